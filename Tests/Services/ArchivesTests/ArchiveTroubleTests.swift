import Archives
import Base
import FoundationEssentials
import Registry
import RunTestKit
import Tables
import Testing
import Workflows

/// Files of backups and exports beside what should be there.
@Suite struct ArchiveTroubleTests {
    private func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func cut(_ path: String) throws -> Int {
        let whole = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        try write(Array(whole.dropLast()), to: path)
        return whole.count
    }

    // MARK: Backups

    @Test func filesThatNoBackupsRecordNamesAreStrays() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        let backups = world.backups(registry)
        #expect(try backups.troubles() == [])
        let root = world.backupFolder.path
        let own = "\(backup.tenant)/\(backup.id.snapshot)"
        try write([1], to: "\(root)/notes")
        try write([1], to: "\(root)/\(own)/items-2.zst")
        for name in ["\(backup.tenant)/01700000000000-0a1b2c3d", "\(world.neighbour.id)/other"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(name)", withIntermediateDirectories: true)
        }
        let troubles = try backups.troubles()
        #expect(troubles.allSatisfy { $0.kind == .stray })
        #expect(
            Set(troubles.map(\.name)) == [
                "notes", "\(own)/items-2.zst", "\(backup.tenant)/01700000000000-0a1b2c3d",
                "\(world.neighbour.id)/other",
            ])
    }

    @Test(arguments: ["items-1.zst", "manifest-1.json"])
    func aBackupsFileThatIsNotThereOrShorterIsTold(name: String) throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        let backups = world.backups(registry)
        let path = world.backupFolder.path(of: backup.id) + "/" + name
        _ = try cut(path)
        let cut = try #require(try backups.troubles().first)
        #expect(cut.kind == .differs(expectedBytes: backup.diskBytes, foundBytes: backup.diskBytes - 1))
        try FileManager.default.removeItem(atPath: path)
        let troubles = try backups.troubles()
        #expect(troubles.map(\.kind) == [.missing])
        #expect(troubles.map(\.name) == ["\(backup.tenant)/\(backup.id.snapshot)/\(name)"])
        #expect(troubles[0].owner == "backup `\(backup.id)`")
        #expect(troubles[0].remedy.contains("homeroom backup delete \(backup.id)"))
    }

    @Test func theBackupsOfATenantWithARunUnderWayAreLeftToIt() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        try write([1], to: world.backupFolder.path(of: backup.id) + "/items-2.zst")
        let engine = world.engine(registry, seed: 8)
        let run = try world.desk(registry, engine).verify(backup.id, actor: .system)
        #expect(try world.backups(registry).troubles() == [])
        #expect(try world.finish(run, engine).state == .completed)
        #expect(try world.backups(registry).troubles().count == 1)
    }

    // MARK: Exports

    @Test func filesOfExportsAreComparedWithTheirManifests() throws {
        let world = try ArchiveWorld()
        let registry = try world.folder.open()
        let (run, manifest) = try world.export(registry)
        let desk = ExportDesk(
            images: world.images(registry), folder: world.exports,
            engine: world.engine(registry, [world.exportWorkflow(registry)]))
        #expect(try desk.troubles() == [])
        let root = world.exports.path
        let files = manifest.files.map(\.name)
        let bytes = try cut("\(root)/\(run.id)/\(files[0])")
        try FileManager.default.removeItem(atPath: "\(root)/\(run.id)/\(files[1])")
        try write([1], to: "\(root)/notes")
        // An export without manifest whose run is not there any more.
        try FileManager.default.createDirectory(
            atPath: "\(root)/r00000000000000a", withIntermediateDirectories: true)
        let troubles = try desk.troubles()
        #expect(
            troubles.filter { $0.kind == .stray }.map(\.name).sorted() == ["notes", "r00000000000000a"])
        #expect(troubles.filter { $0.kind == .missing }.map(\.name) == ["\(run.id)/\(files[1])"])
        let differing = troubles.filter {
            $0.kind == .differs(expectedBytes: bytes, foundBytes: bytes - 1)
        }
        #expect(differing.map(\.name) == ["\(run.id)/\(files[0])"])
        #expect(differing[0].remedy.contains("homeroom tenant export \(world.district.id)"))
    }
}
