import Archives
import Backups
import Base
import Crypto
import Departures
import FoundationEssentials
import Gateway
import Issuing
import LocalTables
import Registry
import Synchronization
import Tables
import Tenancy
import Workflows

/// The departures of a server. The engine must know their workflows before there is an engine to export with, or a desk of
/// backups: those are attached when they are there, before any run goes on.
final class DepartureWiring: Sendable {
    let environment: DepartureEnvironment
    private let late: LateParts

    init(
        stores: LocalStores, registry: Registry, catalog: Catalog, keyring: KeyringWiring,
        decisions: DecisionStore, recorder: DecisionRecorder, usage: UsageHoard, folder: DataFolder,
        clock: any Clock
    ) throws {
        late = LateParts()
        let exports = ExportFolders(path: folder.path + "/exports", registry: registry, late: late)
        let placements = Placements(registry: registry, catalog: catalog)
        let files = try BackupWiring.environment(
            in: folder, stores: stores, registry: registry, placements: placements)
        let backups = TenantBackups(registry: registry, folder: files.folder, clock: clock)
        environment = DepartureEnvironment(
            stores: stores, registry: registry, placements: placements,
            archive: exports,
            hoards: [
                exports,
                UploadFolders(uploads: ImportUploads(folder: ArchiveFolder(folder.path + "/imports"))),
                BackupHoard(backups: backups), TableBackupHoard(catalog: catalog, late: late), usage,
            ], decisions: decisions,
            otherStores: [DecisionStore.storeID, UsageStore.storeID]
                + [StoreID("registry")].compactMap { $0 },
            digests: try DepartureWiring.digests(keyring.master), sign: keyring.signing.signStatement,
            flushDecisions: { recorder.flush() })
    }

    /// Digests of erased keys, under a secret that follows from the deployment's own.
    static func digests(_ master: [UInt8]) throws -> ErasureDigests {
        ErasureDigests(
            secret: try HKDF.derive(
                secret: master, info: Array("homeroom erased keys".utf8), count: SHA256Digest.byteCount))
    }

    var workflows: [any Workflow] {
        [OffboardWorkflow(environment: environment), ErasureWorkflow(environment: environment)]
    }

    /// Makes the service, now that there is everything.
    func service(engine: WorkflowEngine, backups: BackupDesk, clock: any Clock) -> DepartureService {
        late.attach(engine: engine, backups: backups)
        return DepartureService(environment: environment, engine: engine, clock: clock)
    }
}

/// What is made after the engine.
final class LateParts: Sendable {
    /// Not owned: the engine owns its workflows, and those what finds it here.
    private struct Parts {
        weak var engine: WorkflowEngine?
        weak var backups: BackupDesk?
    }

    private let parts = Mutex(Parts())

    func attach(engine: WorkflowEngine, backups: BackupDesk) {
        parts.withLock { $0 = Parts(engine: engine, backups: backups) }
    }

    func get() throws -> (engine: WorkflowEngine, backups: BackupDesk) {
        try parts.withLock { parts in
            guard let engine = parts.engine, let backups = parts.backups else {
                throw CommandFailure.failed("the server is starting or stopping")
            }
            return (engine, backups)
        }
    }
}

/// The exports of tenants: a folder each, named for the run that made it.
struct ExportFolders: TenantArchiving, TenantHoard {
    private static let runKind = "tenant.export"

    /// What an export's run is started with and leaves, as far as it matters here.
    private struct Request: Codable { let tenant: TenantID }
    private struct Result: Codable {
        let extent: Extent
        let manifestSHA256: String
    }

    let path: String
    let registry: Registry
    let late: LateParts

    var name: String { "exports" }

    private func folder(_ run: RunID) -> String { path + "/" + run.text }
    private static func shown(_ run: RunID) -> String { "exports/\(run)" }
    private static func key(_ run: RunID) -> String { "offboard-export/\(run)" }

    // MARK: The export that is taken along

    func begin(_ tenant: TenantID, for run: RunID, actor: AuditActor) throws {
        _ = try late.get().engine.start(
            kind: ExportFolders.runKind, input: Request(tenant: tenant), tenant: tenant,
            idempotencyKey: ExportFolders.key(run), actor: actor)
        guard let entry = try registry.read(IdempotencyRecord.self, ExportFolders.key(run)),
            try registry.read(ExportHold.self, entry.run) == nil
        else { return }
        try registry.transact(RegistryTransaction([.insert(ExportHold(id: entry.run))]))
    }

    func standing(of tenant: TenantID, for run: RunID) throws -> ArchiveStanding {
        guard let entry = try registry.read(IdempotencyRecord.self, ExportFolders.key(run)) else {
            return .failed(reason: "it was never begun")
        }
        let record = try registry.require(RunRecord.self, entry.run)
        switch record.state {
        case .failed(let reason): return .failed(reason: reason)
        case .undone: return .failed(reason: "it was cancelled")
        case .completed:
            guard FileManager.default.fileExists(atPath: folder(record.id) + "/" + ExportManifest.fileName)
            else {
                return .failed(reason: "somebody has removed it")
            }
            let result = try JSONDecoder().decode(Result.self, from: Data((record.result ?? "").utf8))
            return .done(
                ArchivedExport(
                    folder: ExportFolders.shown(record.id), digest: result.manifestSHA256,
                    items: result.extent.items, keptUntil: nil))
        case .pending, .running, .waiting, .paused, .undoing: return .underWay(record.progress)
        }
    }

    func keep(_ tenant: TenantID, for run: RunID, until: Timestamp) throws {
        guard let entry = try registry.read(IdempotencyRecord.self, ExportFolders.key(run)) else { return }
        if try registry.read(ExportHold.self, entry.run) != nil {
            try registry.update(ExportHold.self, entry.run) { hold, _ in hold.until = until }
        } else {
            // One of the version before, which held none.
            try registry.transact(RegistryTransaction([.insert(ExportHold(id: entry.run, until: until))]))
        }
    }

    func withdraw(_ tenant: TenantID, for run: RunID) throws {
        guard let entry = try registry.read(IdempotencyRecord.self, ExportFolders.key(run)) else { return }
        let record = try registry.require(RunRecord.self, entry.run)
        if !record.state.isFinal { try late.get().engine.cancel(record.id, actor: .system) }
        try remove(folder(record.id))
        if let hold = try registry.read(ExportHold.self, record.id) {
            try registry.transact(RegistryTransaction([.delete(hold)]))
        }
    }

    // MARK: All exports

    func holdings(of tenant: TenantRecord) throws -> [Holding] {
        try runs(of: tenant.id).map { Holding(name: ExportFolders.shown($0), what: "export") }
    }

    func remove(of tenant: TenantRecord, except kept: String?) throws -> Int {
        let doomed = try runs(of: tenant.id).filter { ExportFolders.shown($0) != kept }
        for run in doomed { try remove(folder(run)) }
        return doomed.count
    }

    /// An export is handed out as it was made: one that has such items is not changed, it goes.
    func rewrite(of tenant: TenantRecord, without keys: ErasedKeys, run: RunID) throws -> [Rewriting] {
        let doomed = try runs(of: tenant.id)
        for run in doomed { try remove(folder(run)) }
        return doomed.map { Rewriting(name: ExportFolders.shown($0), what: "export", items: nil) }
    }

    private func runs(of tenant: TenantID) throws -> [RunID] {
        var found: [RunID] = []
        try registry.forEach(TenantRun.self, prefix: TenantRun.prefix(of: tenant)) { found.append($0.id.run) }
        return found.filter { FileManager.default.fileExists(atPath: folder($0)) }
    }

    private func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }
}

/// What was sent to be imported into tenants: it goes with the tenant, and with whatever of it is erased.
struct UploadFolders: TenantHoard {
    let uploads: ImportUploads

    var name: String { "uploads" }

    func holdings(of tenant: TenantRecord) throws -> [Holding] {
        try uploads.uploads(of: tenant.id).map { Holding(name: "imports/\($0)", what: "upload") }
    }

    func remove(of tenant: TenantRecord, except kept: String?) throws -> Int {
        let doomed = try uploads.uploads(of: tenant.id)
        for upload in doomed { try uploads.remove(upload) }
        return doomed.count
    }

    /// Whole, as exports: no import of it is under way when this is asked for.
    func rewrite(of tenant: TenantRecord, without keys: ErasedKeys, run: RunID) throws -> [Rewriting] {
        let doomed = try uploads.uploads(of: tenant.id)
        for upload in doomed { try uploads.remove(upload) }
        return doomed.map { Rewriting(name: "imports/\($0)", what: "upload", items: nil) }
    }
}

/// Operators' backups of physical tables: they hold many tenants' items, so they are told of and not changed.
struct TableBackupHoard: TenantHoard {
    let catalog: Catalog
    let late: LateParts

    var name: String { "table backups" }

    func holdings(of tenant: TenantRecord) throws -> [Holding] {
        let desk = try late.get().backups
        let schools = tenant.schools.map(\.id)
        return try desk.backups().compactMap { backup in
            let schema = backup.manifest.table.schema
            let ranges = catalog.tables.filter { $0.key == schema.key }.flatMap { table in
                table.ownedKeys.spans(tenant: tenant.id, schools: schools).map {
                    KeyRange(table: schema.name, lower: $0.lower, upper: $0.upper)
                }
            }
            guard backup.isAvailable, try desk.holds(backup.manifest.id, in: ranges) else { return nil }
            return Holding(
                name: backup.resource, what: "operators' backup of table \(schema.name)", isShared: true,
                remedy: "an operator deletes it with DeleteBackup")
        }
    }

    func remove(of tenant: TenantRecord, except kept: String?) -> Int { 0 }

    func rewrite(of tenant: TenantRecord, without keys: ErasedKeys, run: RunID) -> [Rewriting] { [] }
}
