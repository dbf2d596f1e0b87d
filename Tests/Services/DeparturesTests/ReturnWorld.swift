import Archives
import Base
import Departures
import FoundationEssentials
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

/// Two districts with real backups, exports, uploads and journals, one of which erases a student.
final class ReturnWorld {
    let world: DepartureWorld
    let registry: Registry
    let engine: WorkflowEngine
    let departures: DepartureService
    let backups: TenantBackups
    let backupDesk: TenantBackupDesk
    let exports: ExportDesk
    let imports: ImportDesk
    let uploads: ImportUploads
    private let disk: TemporaryFolder
    private let exportFolder: ArchiveFolder

    init() throws {
        world = try DepartureWorld()
        disk = try TemporaryFolder()
        registry = try world.folder.open()
        let (clock, stores, random) = (world.folder.clock, world.stores, SeededRandom(seed: 4))
        clock.advance(byMilliseconds: 1_800_000_000_000)
        let placements = Placements(registry: registry, catalog: world.catalog)
        try placements.applyOptions(stores: stores, now: clock.now()) { _, _ in }
        let backupFolder = try BackupFolder(path: disk.path(of: "backups"))
        backups = TenantBackups(registry: registry, folder: backupFolder, clock: clock)
        let keeper = try LocalTenantImages(folder: disk.path(of: "images"), stores: stores)
        let backupEnvironment = BackupEnvironment(
            stores: stores, registry: registry, placements: placements, images: keeper, folder: backupFolder)
        let images = TenantImages(registry: registry, placements: placements, stores: stores, keeper: keeper)
        exportFolder = ArchiveFolder(disk.path(of: "exports"))
        let importFolder = ArchiveFolder(disk.path(of: "imports"))
        uploads = ImportUploads(folder: importFolder)
        var environment = try world.environment(registry)
        environment.hoards = [BackupHoard(backups: backups)]
        let erased = ErasureGuard(registry: registry, digests: DepartureWorld.digests)
        engine = WorkflowEngine(
            registry: registry,
            workflows: [
                OffboardWorkflow(environment: environment), ErasureWorkflow(environment: environment),
                ExportWorkflow(images: images, folder: exportFolder),
                ImportWorkflow(
                    registry: registry, placements: placements, stores: stores, folder: importFolder,
                    erased: erased),
            ] + TenantBackupDesk.workflows(backupEnvironment), clock: clock, random: random, threads: 0)
        departures = DepartureService(environment: environment, engine: engine, clock: clock)
        backupDesk = TenantBackupDesk(
            environment: backupEnvironment, backups: backups, engine: engine, clock: clock)
        exports = ExportDesk(images: images, folder: exportFolder, engine: engine)
        imports = ImportDesk(
            registry: registry, folder: importFolder, engine: engine, clock: clock, random: random)
    }

    var tenant: TenantID { world.leaver.id }
    var school: SchoolID { world.leaver.schools[0].id }

    /// Lets the run come to its end, whatever that is.
    func finish(_ run: RunID) throws -> RunRecord {
        for _ in 0..<5000 {
            guard let due = try engine.runUntilIdle() else { return try engine.get(run) }
            world.folder.clock.advance(
                byMilliseconds: max(1, due.milliseconds(since: world.folder.clock.now())))
        }
        throw DepartureWorld.Unmet(description: "it does not come to an end")
    }

    func complete(_ run: RunID) throws -> RunRecord {
        let record = try finish(run)
        try world.expect(record.state == .completed, "\(record.kind) is \(record.state): \(record.notes)")
        return record
    }

    func backUp() throws -> TenantBackup {
        let run = try backupDesk.create(tenant, keptForDays: nil, actor: .system)
        _ = try complete(run)
        return try #require(try backups.backups(of: tenant).first { $0.run == run })
    }

    func erase(_ key: String = "STUDENT#1001*", table: String = "student-table") throws -> RunRecord {
        let pattern = ErasedKeys.Pattern(table: table, partition: "TENANT#\(school)#\(key)")
        return try complete(
            try departures.erase([pattern], from: tenant, reason: "request 12", actor: .system))
    }

    func restore(_ point: RestorePoint) throws -> RunRecord {
        try finish(
            try backupDesk.restore(RestoreInput(tenant: tenant, point: point), isPlan: false, actor: .system))
    }

    /// The files of an export of the district as it is.
    func export() throws -> [String: [UInt8]] {
        let run = try complete(try exports.start(ExportRequest(tenant: tenant), actor: .system)).id
        let root = exportFolder.path + "/" + run.text
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            if let data = FileManager.default.contents(atPath: root + "/" + name) {
                files[name] = [UInt8](data)
            }
        }
        return files
    }

    /// An import of such files.
    func take(
        _ files: [String: [UInt8]], into tenant: TenantID? = nil, allowErased: Bool = false,
        isDryRun: Bool = false, mappings: [String: String] = [:]
    ) throws -> RunRecord {
        let tenant = tenant ?? self.tenant
        let upload = try imports.open(for: tenant)
        for (name, bytes) in files { _ = try imports.add(bytes, to: name, at: 0, of: upload, for: tenant) }
        return try finish(
            try imports.start(
                ImportRequest(
                    tenant: tenant, upload: upload, onConflict: .skip, isDryRun: isDryRun,
                    takesErased: allowErased, mappings: mappings), actor: .system))
    }

    /// The students' numbers that the school has, with their entities.
    func students() throws -> Set<String> {
        let prefix = "TENANT#\(school)#STUDENT#"
        var found: Set<String> = []
        for entity in try world.items(of: world.leaver) {
            if case .string(let key)? = entity.item["recordKey"], key.hasPrefix(prefix),
                case .string(let sort)? = entity.item["entityKey"]
            {
                found.insert(key.dropFirst(prefix.count) + "/" + sort)
            }
        }
        return found
    }
}
