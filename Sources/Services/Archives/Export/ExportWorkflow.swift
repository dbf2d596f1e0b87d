import Base
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// A wish to have all of a tenant's items in files.
public struct ExportRequest: Hashable, Sendable, Codable {
    /// Whose items.
    public var tenant: TenantID
    /// The past moment that the export is to show; nil for the moment it is made.
    public var asOf: Timestamp?

    /// An export of the tenant.
    public init(tenant: TenantID, asOf: Timestamp? = nil) {
        self.tenant = tenant
        self.asOf = asOf
    }
}

/// What an export's run leaves.
public struct ExportResult: Hashable, Sendable, Codable {
    /// How many items, and how large by DynamoDB's rule.
    public var extent: Extent
    /// The moment that it shows.
    public var instant: Timestamp
    /// SHA-256 of its manifest, in base 16.
    public var manifestSHA256: String
    /// The size of its files, without manifests, in bytes.
    public var fileBytes: Int
}

/// Writes all items of a tenant, as of one instant, into files in the form of DynamoDB's exports.
///
/// A run that fails stops where it is: what is written stays, and goes on by a retry. What it leaves lies in the folder of
/// exports under the run's id.
public struct ExportWorkflow: Workflow {
    /// The name that its runs are stored with.
    public static let runKind = "tenant.export"

    /// The name that its runs are stored with.
    public let kind: String = ExportWorkflow.runKind
    /// Its steps.
    public let steps: [any WorkflowStep]
    /// It stops: a full disk is made room on, and the run goes on.
    public let onFailure: FailurePolicy = .stop

    /// Exports into `folder`.
    /// - Parameter partBytes: how many bytes of lines a part holds at the most, but for one item more.
    public init(images: TenantImages, folder: ArchiveFolder, partBytes: Int = Limits.exportPartBytes) {
        let environment = ExportEnvironment(images: images, folder: folder, partBytes: partBytes)
        steps = [
            ExportImageStep(environment: environment), ExportWriteStep(environment: environment),
            ExportManifestStep(environment: environment), ExportVerifyStep(environment: environment),
        ]
    }
}

/// What the steps of an export work with.
struct ExportEnvironment: Sendable {
    let images: TenantImages
    let folder: ArchiveFolder
    let partBytes: Int

    /// The folder of a run's export.
    func folder(_ run: RunID) -> ArchiveFolder { folder.folder(run.text) }
}

/// What an export remembers between its steps, by name in the run's record. No key and no item is among it.
enum ExportMemory {
    static let imageID = "imageID"
    static let image = "image"
    static let cursor = "cursor"
    static let tables = "tables"
    static let isTold = "isTold"
}

/// What an export has taken.
struct ExportedImage: Hashable, Codable {
    struct Table: Hashable, Codable {
        var name: String
        var extent: Extent
    }

    var id: SnapshotID
    var name: String
    var schools: [ExportManifest.School]
    var tier: String
    var instant: Timestamp
    var digest: String
    var tables: [Table]

    var items: Int { tables.reduce(0) { $0 + $1.extent.items } }
}

/// How far the parts are written.
struct ExportCursor: Hashable, Codable {
    /// The table that is being written, by its place.
    var table = 0
    /// Its parts that are whole.
    var parts = 0
    /// Items and bytes of lines of all parts that are whole.
    var items = 0
    var lineBytes = 0
}

/// What is known of a table whose parts are all written.
struct ExportedTable: Hashable, Codable {
    var parts: Int
    var items: Int
    var lineBytes: Int
    var linesSHA256: String
}

extension RunContext {
    /// The outcome for a failure of an archive: a full disk is for somebody to see to, other failures may pass.
    func outcome(of error: ArchiveError) throws -> StepResult {
        switch error {
        case .diskFull, .damaged, .unsupported, .tooLarge, .missing: return .fail(reason: error.description)
        case .system: throw error
        }
    }
}

/// Takes the image.
struct ExportImageStep: WorkflowStep {
    let environment: ExportEnvironment
    let name = "image"

    func perform(_ context: RunContext) throws -> StepResult {
        if try context.value(for: ExportMemory.image, as: ExportedImage.self) != nil { return .done }
        let request = try context.input(as: ExportRequest.self)
        guard let record = try context.registry.read(TenantRecord.self, request.tenant) else {
            return .fail(reason: "there is no tenant `\(request.tenant)`")
        }
        guard record.state != .onboarding else {
            return .fail(reason: "tenant `\(request.tenant)` is being onboarded; export it when it is active")
        }
        do { try environment.images.requireRoom(for: record) } catch let error as NoCapacity {
            return .fail(reason: error.description)
        }
        let id: SnapshotID
        if let known = try context.value(for: ExportMemory.imageID, as: SnapshotID.self) {
            id = known
        } else {
            id = SnapshotID(now: context.clock.now(), random: context.random)
            try context.set(id, for: ExportMemory.imageID)
            // Before there is one: so that the undo knows its name.
            try context.checkpoint()
        }
        let taken: TenantImages.Taken?
        do {
            taken = try environment.images.take(
                of: request.tenant, id: id, asOf: request.asOf, at: context.clock.now())
        } catch let error as TableError {
            if case .invalid(let reason) = error { return .fail(reason: reason.text) }
            throw error
        }
        guard let taken else { return .again(afterMilliseconds: Limits.archiveRouteDelayMilliseconds) }
        let image = taken.image
        try context.set(
            ExportedImage(
                id: id, name: taken.record.name,
                schools: taken.record.schools.map { ExportManifest.School(id: $0.id, name: $0.name) },
                tier: taken.record.tier.text, instant: image.takenAt ?? image.createdAt, digest: image.digest,
                tables: image.tables.map { ExportedImage.Table(name: $0.name, extent: $0.extent) }),
            for: ExportMemory.image)
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        if let id = try context.value(for: ExportMemory.imageID, as: SnapshotID.self) {
            try environment.images.keeper.remove(id)
        }
        return .done
    }
}
