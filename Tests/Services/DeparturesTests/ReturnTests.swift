import Archives
import Base
import Departures
import FoundationEssentials
import Items
import Registry
import RunTestKit
import Tables
import Testing
import Workflows

extension RunRecord {
    /// Why the run was taken back, or nil.
    fileprivate var undoReason: String? {
        if case .backward(let reason) = direction { reason } else { nil }
    }
}

/// What was erased does not come back by what was kept of the time before.
@Suite struct ReturnTests {
    private static let erased: Set<String> = ["1001/PROFILE", "1001/GRADES", "1001#NOTE/PROFILE"]

    @Test func notByABackupFromBefore() throws {
        let world = try ReturnWorld()
        let before = try world.students()
        let backup = try world.backUp()
        let receipt = try #require(try world.departures.receipt(try world.erase().id))
        #expect(receipt.rewritten == [Rewriting(name: backup.id.text, what: "backup", items: 3)])
        #expect(try world.restore(.backup(backup.id)).state == .completed)
        #expect(try world.students() == before.subtracting(Self.erased))
        #expect(before.isSuperset(of: Self.erased))
    }

    @Test func notByAMomentBefore() throws {
        let world = try ReturnWorld()
        let before = try world.students()
        let clock = world.world.folder.clock
        clock.advance(byMilliseconds: 60_000)
        let placement = try world.registry.require(PlacementRecord.self, world.tenant)
        // Something that a restore to the moment takes back, and new versions of what is erased, which the journal shows.
        let moment = clock.now()
        clock.advance(byMilliseconds: 60_000)
        for number in ["1001", "4711"] {
            var student = DepartureWorld.student(number, "PROFILE", of: world.school)
            student.item["text"] = .string("later")
            try world.world.write(student, placement)
        }
        clock.advance(byMilliseconds: 60_000)
        _ = try world.erase()
        #expect(try world.students() == before.subtracting(Self.erased).union(["4711/PROFILE"]))
        let restored = try world.restore(.moment(moment))
        #expect(restored.state == .completed, "\(restored.notes)")
        #expect(try world.students() == before.subtracting(Self.erased))
    }

    @Test func notByAnExportFromBeforeUnlessThatIsAllowed() throws {
        let world = try ReturnWorld()
        let before = try world.students()
        let files = try world.export()
        _ = try world.erase()
        let refused = try world.take(files)
        #expect(refused.state == .undone)
        #expect(refused.undoReason?.contains("3 of 24 rows are under keys that were erased") == true)
        #expect(refused.undoReason?.contains("--allow-erased") == true)
        let shown = try String(decoding: JSONEncoder().encode(refused), as: UTF8.self)
        #expect(!shown.contains("STUDENT#"), "a key is in the run")
        #expect(try world.students() == before.subtracting(Self.erased))

        let dry = try world.take(files, isDryRun: true)
        let report = try JSONDecoder().decode(ImportReport.self, from: Data((dry.result ?? "").utf8))
        #expect(report.erased == 3)
        #expect(report.erasedRows?.count == 3)
        // A child who comes back: somebody says so, and the audit log says that they did.
        #expect(try world.take(files, allowErased: true).state == .completed)
        #expect(try world.students() == before)
        var query = AuditQuery()
        (query.tenant, query.action) = (world.tenant, .named("tenant.imported"))
        let notes = try world.registry.audit(query)
        #expect(notes.entries.last?.detail["underErasedKeys"] == "3")
    }

    @Test func anExportFromAfterIsTaken() throws {
        let world = try ReturnWorld()
        _ = try world.erase()
        #expect(try world.take(try world.export()).state == .completed)
    }

    @Test func notIntoAnotherDistrictUnderMappedIDs() throws {
        let world = try ReturnWorld()
        let files = try world.export()
        _ = try world.erase()
        let other = world.world.neighbour
        var mappings = [world.tenant.text: other.id.text]
        for (old, new) in zip(world.world.leaver.schools, other.schools) {
            mappings[old.id.text] = new.id.text
        }
        let refused = try world.take(files, into: other.id, mappings: mappings)
        #expect(refused.undoReason?.contains("3 of 24 rows are under keys that were erased") == true)
    }

    @Test func anImportUnderWayIsWaitedFor() throws {
        let world = try ReturnWorld()
        let before = try world.students()
        let files = try world.export()
        let upload = try world.imports.open(for: world.tenant)
        for (name, bytes) in files {
            _ = try world.imports.add(bytes, to: name, at: 0, of: upload, for: world.tenant)
        }
        let reading = try world.imports.start(
            ImportRequest(tenant: world.tenant, upload: upload, onConflict: .skip), actor: .system)
        try world.engine.pause(reading, actor: .system)
        let pattern = ErasedKeys.Pattern(
            table: "student-table", partition: "TENANT#\(world.school)#STUDENT#1001*")
        let erasing = try world.departures.erase(
            [pattern], from: world.tenant, reason: "request 12", actor: .system)
        let clock = world.world.folder.clock
        for _ in 0..<20 {
            let due = try #require(try world.engine.runUntilIdle())
            clock.advance(byMilliseconds: max(1, due.milliseconds(since: clock.now())))
        }
        let waiting = try world.engine.get(erasing)
        #expect(waiting.step?.name == "rewrite copies")
        #expect(waiting.progress?.text?.contains(reading.text) == true)
        try world.engine.resume(reading, actor: .system)
        #expect(try world.complete(erasing).state == .completed)
        #expect(try world.students() == before.subtracting(Self.erased))
    }

    @Test func aDamagedBackupGoesAsAWhole() throws {
        let world = try ReturnWorld()
        let backup = try world.backUp()
        var record = try world.registry.require(TenantBackup.self, backup.id)
        record.state = .damaged("a byte is flipped")
        try world.registry.transact(RegistryTransaction([.replace(record)]))
        let receipt = try #require(try world.departures.receipt(try world.erase().id))
        #expect(receipt.rewritten == [Rewriting(name: backup.id.text, what: "damaged backup", items: nil)])
        #expect(try world.registry.read(TenantBackup.self, backup.id) == nil)
    }

    @Test func anErasureThatIsTakenBackLeavesNoMark() throws {
        let world = try ReturnWorld()
        _ = try world.erase("STUDENT#2002")
        let marks = try world.registry.list(ErasureMark.self).records
        #expect(marks.count == 1)
        let pattern = ErasedKeys.Pattern(
            table: "student-table", partition: "TENANT#\(world.school)#STUDENT#100")
        let same = ErasedKeys.Pattern(
            table: "student-table", partition: "TENANT#\(world.school)#STUDENT#2002")
        let run = try world.departures.erase(
            [pattern, same], from: world.tenant, reason: "r", actor: .system)
        try world.engine.cancel(run, actor: .system)
        #expect(try world.finish(run).state == .undone)
        #expect(try world.registry.list(ErasureMark.self).records == marks)
        // A district that leaves leaves no marks either.
        let leaving = try world.departures.offboard(
            OffboardInput(tenant: world.tenant, reason: "r", graceSeconds: 0), actor: .system)
        _ = try world.complete(leaving)
        #expect(try world.registry.list(ErasureMark.self).records.isEmpty)
    }

    @Test(arguments: [
        ("STUDENT#1001*", "STUDENT#1001", true), ("STUDENT#1001*", "STUDENT#1001#NOTE", true),
        ("STUDENT#1001*", "STUDENT#10012", false), ("STUDENT#1001*", "STUDENT#1001x", false),
        ("STUDENT#1001*", "STUDENT#100", false), ("STUDENT#1001", "STUDENT#1001#NOTE", false),
        ("STUDENT#*", "STUDENT#x", true), ("STUDENT#*", "STUDENTS#1", false),
        ("STUDENT#é*", "STUDENT#éa", false), ("STUDENT#é*", "STUDENT#é#1", true),
    ])
    func aMarkMatchesWhatThePatternDoes(pattern: String, key: String, isErased: Bool) throws {
        let world = try ReturnWorld()
        _ = try world.erase(pattern)
        let patterns = try ErasedPatterns(
            of: [world.school.text], in: world.registry, digests: DepartureWorld.digests)
        let partition = Array("TENANT#\(world.school)#\(key)".utf8)
        #expect(patterns.contains(EncodedKey(partition: partition), table: "student-table") == isErased)
        #expect(!patterns.contains(EncodedKey(partition: partition), table: "school-table"))
        let others = ErasureDigests(secret: [UInt8](repeating: 8, count: 32))
        let blind = try ErasedPatterns(of: [world.school.text], in: world.registry, digests: others)
        #expect(!blind.contains(EncodedKey(partition: partition), table: "student-table"))
    }
}
