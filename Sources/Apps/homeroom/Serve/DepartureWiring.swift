import Archives
import Backups
import Base
import Departures
import FoundationEssentials
import Gateway
import LocalTables
import Registry
import Synchronization
import Tables
import Tenancy
import Tokens
import Workflows

/// The departures of a server. The engine must know their workflows before there is an engine to export with, or a desk of
/// backups: those are attached when they are there, before any run goes on.
final class DepartureWiring: Sendable {
    let environment: DepartureEnvironment
    private let late: LateParts

    init(
        stores: LocalStores, registry: Registry, catalog: Catalog, ring: SigningKeyRing,
        decisions: DecisionStore, recorder: DecisionRecorder, folder: DataFolder, clock: any Clock
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
                exports, BackupHoard(backups: backups), TableBackupHoard(catalog: catalog, late: late),
            ], decisions: decisions,
            otherStores: [DecisionStore.storeID] + [StoreID("registry")].compactMap { $0 },
            sign: ring.signStatement, flushDecisions: { recorder.flush() })
    }

    var workflows: [any Workflow] {
        [OffboardWorkflow(environment: environment), ErasureWorkflow(environment: environment)]
    }

    /// Makes the service, now that there is everything.
    func service(engine: WorkflowEngine, backups: BackupDesk, clock: any Clock) -> DepartureService {
        late.parts.withLock { $0 = (engine, backups) }
        return DepartureService(environment: environment, engine: engine, clock: clock)
    }
}

/// What is made after the engine.
final class LateParts: Sendable {
    let parts = Mutex<(engine: WorkflowEngine, backups: BackupDesk)?>(nil)

    func get() throws -> (engine: WorkflowEngine, backups: BackupDesk) {
        guard let parts = parts.withLock({ $0 }) else {
            throw CommandFailure.failed("the server is starting")
        }
        return parts
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
            let result = try JSONDecoder().decode(Result.self, from: Data((record.result ?? "").utf8))
            return .done(
                ArchivedExport(
                    folder: ExportFolders.shown(record.id), digest: result.manifestSHA256,
                    items: result.extent.items, keptUntil: nil))
        case .pending, .running, .waiting, .paused, .undoing: return .underWay(record.progress)
        }
    }

    func withdraw(_ tenant: TenantID, for run: RunID) throws {
        guard let entry = try registry.read(IdempotencyRecord.self, ExportFolders.key(run)) else { return }
        let record = try registry.require(RunRecord.self, entry.run)
        if !record.state.isFinal { try late.get().engine.cancel(record.id, actor: .system) }
        try remove(folder(record.id))
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
