import Base
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// What a backup is asked for by.
public struct BackupInput: Hashable, Sendable, Codable {
    /// Whose.
    public var tenant: TenantID
    /// Why.
    public var purpose: TenantBackup.Purpose
    /// For how many days it is kept; nil for what the catalog says.
    public var keptForDays: Int?

    /// A wish.
    public init(tenant: TenantID, purpose: TenantBackup.Purpose, keptForDays: Int? = nil) {
        self.tenant = tenant
        self.purpose = purpose
        self.keptForDays = keptForDays
    }
}

/// The run that makes a backup of a tenant: reserve → image → write → tidy. The image is of one instant while writes go on.
public struct BackupWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "tenant.backup"

    /// The kind of its runs.
    public let kind = runKind
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]

    /// The workflow over these stores and records.
    public init(environment: BackupEnvironment) {
        steps = [
            ReserveBackupStep(environment: environment), BackupImageStep(environment: environment),
            WriteBackupStep(environment: environment), TidyBackupStep(environment: environment),
        ]
    }
}

/// What a backup's run remembers.
enum BackupMemory {
    static let id = "backup"
    static let schools = "schools"
    static let digest = "digest"
    static let instant = "instant"

    static func id(_ context: RunContext) throws -> BackupID? { try context.value(for: id) }

    static func required(_ context: RunContext) throws -> BackupID {
        guard let id = try id(context) else { throw TenantBackupError.noSuchBackup(context.run.text) }
        return id
    }
}

/// Looks whether it can be made, and records that it is being written.
struct ReserveBackupStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "reserve"

    func perform(_ context: RunContext) throws -> StepResult {
        if try BackupMemory.id(context) != nil { return .done }
        let input = try context.input(as: BackupInput.self)
        do {
            let tenant = try environment.settledTenant(input.tenant)
            let placement = try environment.registry.require(PlacementRecord.self, tenant.id)
            let store = try environment.stores.store(placement.store)
            let extent = try environment.wholeCoverage(placement, tenant).extent(in: store)
            // The image lies beside the backup until that is written.
            try environment.folder.checkRoom(forBytes: 2 * extent.bytes)
            let now = context.clock.now()
            let days = input.keptForDays ?? environment.plan(of: tenant)?.keptForDays
            let backup = TenantBackup(
                id: BackupID(tenant: tenant.id, snapshot: context.newSnapshotID()), purpose: input.purpose,
                createdAt: now, run: context.run, actor: context.actor,
                expiresAt: (days ?? Limits.backupKeptDaysDefault).map {
                    now.advanced(bySeconds: Int64($0) * 86_400)
                },
                store: placement.store)
            try context.set(backup.id, for: BackupMemory.id)
            context.progress = RunProgress(phase: name, total: extent.items)
            // The record and the memory of it are one commit: none is lost, none is made twice.
            try context.checkpoint(with: RegistryTransaction([.insert(backup)]))
        } catch let error as RestoreError {
            return .fail(reason: error.description)
        } catch let error as TenantBackupError {
            return .fail(reason: error.description)
        }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let id = try BackupMemory.id(context),
            let backup = try environment.registry.read(TenantBackup.self, id)
        else { return .done }
        context.stage(
            RegistryTransaction(
                [.delete(backup)],
                audit: [
                    AuditNote(
                        actor: context.actor, action: "tenant.backup.failed", subject: id.text,
                        tenant: id.tenant, detail: ["run": context.run.text], outcome: .failed,
                        before: backup.auditText)
                ],
                events: [
                    Announcement(
                        type: "tenant.backup.failed", tenant: id.tenant,
                        payload: "{\"run\":\"\(context.run)\"}")
                ]))
        return .done
    }
}

/// Takes the image that the backup is written from.
struct BackupImageStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "image"

    func perform(_ context: RunContext) throws -> StepResult {
        let id = try BackupMemory.required(context)
        let tenant = try environment.tenant(id.tenant)
        let placement = try environment.registry.require(PlacementRecord.self, id.tenant)
        let image = try environment.images.take(
            TenantImage(
                id: id.snapshot, tenant: id.tenant, store: placement.store, epoch: placement.epoch,
                tables: environment.imageTables(environment.wholeCoverage(placement, tenant)),
                createdAt: context.clock.now()))
        try context.set(image.digest, for: BackupMemory.digest)
        try context.set(image.takenAt ?? image.createdAt, for: BackupMemory.instant)
        try context.set(environment.schools(of: tenant, in: image), for: BackupMemory.schools)
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        if let id = try BackupMemory.id(context) { try environment.images.remove(id.snapshot) }
        return .done
    }
}

/// Writes the files, and makes the record complete.
struct WriteBackupStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "write"

    func perform(_ context: RunContext) throws -> StepResult {
        let id = try BackupMemory.required(context)
        guard let backup = try environment.registry.read(TenantBackup.self, id) else {
            return .fail(reason: TenantBackupError.noSuchBackup(id.text).description)
        }
        if backup.state == .complete { return .done }
        let placement = try environment.registry.require(PlacementRecord.self, id.tenant)
        let manifest = BackupManifest(
            id: id, instant: try context.value(for: BackupMemory.instant) ?? context.clock.now(),
            schools: try context.value(for: BackupMemory.schools) ?? [],
            tables: environment.manifestTables(placement))
        do {
            guard
                let written = try context.write(
                    manifest, from: ImageRows(id.snapshot, in: environment.images), to: environment.folder)
            else { return .again(afterMilliseconds: 0) }
            let expected = try context.value(for: BackupMemory.digest, as: String.self)
            guard written.manifest.digest == expected else {
                return .fail(reason: "what was written is not what the image holds; try again")
            }
            try context.complete(backup, by: written)
        } catch let error as TenantBackupError {
            guard case .diskFull = error else { throw error }
            return .fail(reason: error.description)
        }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        if let id = try BackupMemory.id(context) { try environment.folder.remove(id) }
        return .done
    }
}

/// Removes the image.
struct TidyBackupStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "tidy"

    func perform(_ context: RunContext) throws -> StepResult {
        let id = try BackupMemory.required(context)
        guard try environment.registry.read(TenantBackup.self, id)?.state == .complete else {
            return .fail(reason: "the backup was not written")
        }
        try environment.images.remove(id.snapshot)
        try context.setResult(BackupResult(backup: id))
        return .done
    }
}

/// What a backup's run leaves.
public struct BackupResult: Hashable, Sendable, Codable {
    /// The backup that it made.
    public var backup: BackupID
}

extension RunContext {
    /// A name for an image or a backup of this run.
    func newSnapshotID() -> SnapshotID { SnapshotID(now: clock.now(), random: random) }

    /// Writes all of the rows into the files of generation 1; nil where the run is wanted to do something else.
    func write(
        _ manifest: BackupManifest, from rows: any ArchiveRows, within coverage: RestoreCoverage? = nil,
        to folder: BackupFolder
    ) throws -> WrittenManifest? {
        let writer = try folder.writer(of: manifest, generation: 1)
        let total = progress?.total
        let begun = clock.monotonicNanoseconds()
        for table in manifest.tables {
            try writer.beginTable()
            let walk = RowWalk(rows, table: table.name, after: nil, within: coverage)
            while let row = try walk.next() {
                try writer.add(row)
                guard writer.items % Limits.archiveRowsMax == 0 else { continue }
                let seconds = Double(max(1, clock.monotonicNanoseconds() - begun)) / 1e9
                progress = RunProgress(
                    phase: record.step?.name ?? "", done: writer.items, total: total,
                    ratePerSecond: Double(writer.items) / seconds)
                if isInterrupted { return nil }
            }
        }
        progress = RunProgress(phase: record.step?.name ?? "", done: writer.items, total: writer.items)
        return try writer.finish()
    }

    /// Makes the record of a backup complete with the end of this call.
    func complete(_ backup: TenantBackup, by written: WrittenManifest) throws {
        var complete = backup
        complete.adopt(written)
        stage(
            RegistryTransaction(
                [.replace(complete)],
                audit: [
                    AuditNote(
                        actor: actor, action: "tenant.backup.made", subject: backup.id.text,
                        tenant: backup.tenant, detail: ["run": run.text, "purpose": backup.purpose.rawValue],
                        after: complete.auditText)
                ],
                events: [
                    Announcement(
                        type: "tenant.backup.made", tenant: backup.tenant,
                        payload: "{\"backup\":\"\(backup.id)\",\"run\":\"\(run)\"}")
                ]))
    }
}

extension BackupEnvironment {
    /// The schools of the tenant whose keys the image has: an earlier call may have taken it, when there were others.
    func schools(of tenant: TenantRecord, in image: TenantImage) -> [SchoolID] {
        tenant.schools.map(\.id).filter { school in
            image.tables.allSatisfy { table in
                let spans =
                    catalog.tables.first { $0.name.text == table.name }?
                    .ownedKeys.spans(tenant: tenant.id, schools: [school]) ?? []
                return spans.allSatisfy { span in
                    table.ranges.contains { $0.lower == span.lower && $0.upper == span.upper }
                }
            }
        }
    }

    /// The tables and keys that an image of this coverage has.
    func imageTables(_ coverage: RestoreCoverage) -> [TenantImage.Table] {
        coverage.tables.map { TenantImage.Table(name: $0.name, ranges: $0.ranges) }
    }
}
