import Archives
import Base
import FoundationEssentials
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Testing
import Workflows

@Suite struct TenantBackupTests {
    @Test(arguments: [
        ("t0123456789abcde.01800000000000-0a1b2c3d", true), ("t0123456789abcde", false),
        ("t0123456789abcde.01800000000000-0A1B2C3D", false), (".01800000000000-0a1b2c3d", false),
        ("s0123456789abcde.01800000000000-0a1b2c3d", false),
        ("t0123456789abcde.01800000000000-0a1b2c3d/..", false),
    ]) func readsIDs(text: String, isOne: Bool) {
        #expect(BackupID(text)?.text == (isOne ? text : nil))
    }

    @Test func isOfOneInstantWithDigestsExpiryAndModes() throws {
        let world = try BackupWorld(students: 50)
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        #expect(backup.extent.items == 102)
        #expect(backup.tables.map(\.extent.items) == [2, 100])
        #expect(backup.expiresAt == backup.createdAt.advanced(bySeconds: 14 * 86_400))
        #expect(backup.instant == world.clock.now())
        let files = world.backupFolder.path(of: backup.id)
        #expect(try mode(files) == 0o700)
        for name in ["items-1.zst", "manifest-1.json"] { #expect(try mode(files + "/" + name) == 0o600) }
        // The image that it was written from has the same digest.
        let again = try world.makeBackup(registry, seed: 6)
        #expect(again.digest == backup.digest)
        #expect(again.id != backup.id)
        let audit = try registry.list(AuditEntry.self).records.filter { $0.action == "tenant.backup.made" }
        #expect(audit.map(\.subject) == [backup.id.text, again.id.text])
        #expect(audit.first?.after?["digest"] == backup.digest)
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test(arguments: ["items-1.zst", "manifest-1.json"]) func findsAFlippedByte(name: String) throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        let path = world.backupFolder.path(of: backup.id) + "/" + name
        let whole = try #require(FileManager.default.contents(atPath: path))
        var bytes = [UInt8](whole)
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try world.changeEverything()
        let before = try world.items(of: world.tenant)

        // A restore refuses it before anything is changed, without having been told.
        let engine = world.engine(registry, seed: 9)
        let desk = world.desk(registry, engine)
        let restore = try desk.restore(
            RestoreInput(tenant: world.tenant.id, point: .backup(backup.id)), isPlan: false, actor: .system)
        let refused = try world.finish(restore, engine)
        #expect(refused.state == .undone)
        guard case .backward(let reason) = refused.direction else {
            Issue.record("it went on")
            return
        }
        #expect(reason.contains("is damaged"))
        #expect(try world.items(of: world.tenant) == before)
        #expect(try world.backups(registry).backups(of: world.tenant.id).count == 1, "no safety backup")
        try world.expectServed(registry)

        // Reading it back marks it, and from then on a restore is refused at once.
        let verify = try world.finish(try desk.verify(backup.id, actor: .system), engine)
        #expect(verify.state == .undone)
        let marked = try world.backups(registry).backup(backup.id)
        guard case .damaged(let damage) = marked.state else {
            Issue.record("it is \(marked.state)")
            return
        }
        #expect(throws: TenantBackupError.damaged(backup.id, damage)) {
            try desk.restore(
                RestoreInput(tenant: world.tenant.id, point: .backup(backup.id)), isPlan: false,
                actor: .system)
        }
        // Where the file is as it was again, so is the backup.
        try whole.write(to: URL(fileURLWithPath: path))
        #expect(try world.finish(try desk.verify(backup.id, actor: .system), engine).state == .completed)
        #expect(try world.backups(registry).backup(backup.id).state == .complete)
    }

    @Test func isRewrittenWithoutSomeItems() throws {
        let world = try BackupWorld(students: 6)
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        let backups = world.backups(registry)
        let run = RunID(random: SeededRandom(seed: 1))
        let school = world.tenant.schools[0].id
        let erased = Array("TENANT#\(school)#STUDENT#3".utf8)
        let isErased = { (table: String, key: EncodedKey) in
            table == "student-table" && key.partition == erased
        }
        #expect(try backups.count(in: backup.id, where: isErased) == ["student-table": 1])
        let rewrite = try backups.rewrite(backup.id, run: run, actor: .system, leavingOut: isErased)
        #expect(rewrite.removedItems == 1)
        #expect(rewrite.formerDigest == backup.digest)
        let now = try backups.backup(backup.id)
        #expect(now.digest == rewrite.digest && now.digest != backup.digest)
        #expect(now.generation == 2 && now.extent.items == backup.extent.items - 1)
        #expect(try backups.count(in: backup.id, where: isErased) == [:])
        let files = try FileManager.default.contentsOfDirectory(
            atPath: world.backupFolder.path(of: backup.id))
        #expect(files.sorted() == ["items-2.zst", "manifest-2.json"])
        let manifest = try #require(
            FileManager.default.contents(
                atPath: world.backupFolder.path(of: backup.id) + "/manifest-2.json"))
        let text = String(decoding: manifest, as: UTF8.self)
        #expect(text.contains(backup.digest) && text.contains(run.text))

        // Again it finds nothing to do, and writes nothing.
        let again = try backups.rewrite(backup.id, run: run, actor: .system, leavingOut: isErased)
        #expect(
            again
                == BackupRewrite(
                    backup: backup.id, removedItems: 0, formerDigest: now.digest, digest: now.digest))
        let note = try registry.list(AuditEntry.self).records.filter {
            $0.action == "tenant.backup.rewritten"
        }
        #expect(note.count == 1)
        #expect(note.first?.before == ["digest": backup.digest])
    }

    @Test func aRewritingThatWasCutShortLeavesTheOldOne() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let backup = try world.makeBackup(registry)
        let backups = world.backups(registry)
        // What a crash leaves before the record names it.
        let part = world.backupFolder.path(of: backup.id) + "/items-2.zst"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: part))
        #expect(try backups.count(in: backup.id) { _, _ in true }.values.reduce(0, +) == backup.extent.items)
        let run = RunID(random: SeededRandom(seed: 1))
        _ = try backups.rewrite(backup.id, run: run, actor: .system) { _, _ in false }
        #expect(!FileManager.default.fileExists(atPath: part))
    }

    @Test func allOfATenantAreDeletedAndThoseOfOthersStay() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let first = try world.makeBackup(registry)
        let second = try world.makeBackup(registry, seed: 6)
        let engine = world.engine(registry, seed: 7)
        let other = try world.desk(registry, engine).create(
            world.neighbour.id, keptForDays: 3, actor: .system)
        #expect(try world.finish(other, engine).state == .completed)
        let deleted = try world.backups(registry).deleteAll(
            of: world.tenant.id, reason: "departure", actor: .system)
        #expect(deleted.map(\.id) == [first.id, second.id])
        #expect(try world.backups(registry).backups(of: world.tenant.id).isEmpty)
        #expect(try world.backups(registry).backups(of: world.neighbour.id).count == 1)
        try world.expectNoLeftovers(registry)
        let notes = try registry.list(AuditEntry.self).records.filter {
            $0.action == "tenant.backup.deleted"
        }
        #expect(notes.map(\.subject) == [first.id.text, second.id.text])
        #expect(notes.allSatisfy { $0.detail == ["reason": "departure"] })
    }

    @Test func oneThatIsBeingWrittenIsNotDeleted() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let engine = WorkflowEngine(
            registry: registry, workflows: TenantBackupDesk.workflows(world.environment(registry)),
            clock: world.clock, random: SeededRandom(seed: 5), threads: 0,
            onBoundary: { boundary in
                guard boundary.step == "image", let run = Optional(boundary.run) else { return }
                let backups = world.backups(registry)
                guard let backup = try backups.backups(of: world.tenant.id).first else { return }
                #expect(throws: TenantBackupError.inUse(backup.id, by: run)) {
                    try backups.delete(backup.id, reason: "requested", actor: .system)
                }
            })
        let run = try world.desk(registry, engine).create(world.tenant.id, keptForDays: nil, actor: .system)
        #expect(try world.finish(run, engine).state == .completed)
    }

    @Test func deletingOneThatIsNotThereDoesNothing() throws {
        let world = try BackupWorld()
        let registry = try world.registryFolder.open()
        let id = BackupID(
            tenant: world.tenant.id,
            snapshot: SnapshotID(now: world.clock.now(), random: SeededRandom(seed: 2)))
        #expect(try world.backups(registry).delete(id, reason: "requested", actor: .system) == nil)
        #expect(throws: TenantBackupError.noSuchBackup(id.text)) { try world.backups(registry).backup(id) }
    }
}
