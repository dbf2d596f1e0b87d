import Base
import Registry
import RunTestKit
import Synchronization
import Tables
import Testing

@Suite struct DirectoryTests {
    final class Compiled: Sendable {
        let text: String
        init(_ text: String) { self.text = text }
    }

    let folder: RegistryFolder
    let registry: Registry

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
    }

    @Test func showsWhatIsThereAtTheStart() throws {
        for number in 0..<3 {
            try registry.transact(
                RegistryTransaction([
                    .insert(try tenantRecord(number, schools: 2)), .insert(try placement(number)),
                ]))
        }
        let directory = try Directory(following: registry)
        #expect(directory.count == 3)
        #expect(directory.entries().map(\.record.id) == (try (0..<3).map { try tenantID($0) }).sorted())
        #expect(directory.entry(try tenantID(1))?.placement?.epoch == 1)
        #expect(directory.owner(of: try schoolID(2001))?.record.id == (try tenantID(2)))
        #expect(directory.owner(of: try schoolID(2002)) == nil)
        #expect(directory.entry(try tenantID(3)) == nil)
    }

    @Test func findsByBytesOfRightLengthOnly() throws {
        let directory = try Directory(following: registry)
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1, schools: 1))]))
        let tenant = Array(try tenantID(1).text.utf8)
        let school = Array(try schoolID(1000).text.utf8)
        #expect(tenant.withUnsafeBytes { directory.entry(tenantBytes: $0) } != nil)
        #expect(school.withUnsafeBytes { directory.owner(schoolBytes: $0) } != nil)
        #expect(school.withUnsafeBytes { directory.entry(tenantBytes: $0) } == nil)
        for bytes in [[], tenant.dropLast(), tenant + [0x61]] {
            #expect(Array(bytes).withUnsafeBytes { directory.entry(tenantBytes: $0) } == nil)
        }
    }

    @Test func followsCommitsAndKeepsOldEntriesAsTheyWere() throws {
        let directory = try Directory(following: registry) { record, placement in
            Compiled("\(record.name) \(placement?.epoch ?? 0)")
        }
        let changes = Mutex<[TenantID]>([])
        directory.onChange { tenant in changes.withLock { $0.append(tenant) } }
        let id = try tenantID(1)
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1, schools: 2))]))
        let first = try #require(directory.entry(id))
        #expect(first.placement == nil)
        try registry.transact(RegistryTransaction([.insert(try placement(1))]))
        try registry.update(TenantRecord.self, id) { record, _ in
            record.schools.removeFirst()
            record.schools.append(
                SchoolRecord(id: try schoolID(5), name: "new", createdAt: Timestamp(milliseconds: 9)))
        }
        try registry.update(PlacementRecord.self, id) { placement, _ in placement.epoch = 2 }
        let entry = try #require(directory.entry(id))
        #expect(entry.record.version == 2)
        #expect((entry.compiled as? Compiled)?.text == "District 1 2")
        #expect((first.compiled as? Compiled)?.text == "District 1 0")
        #expect(directory.owner(of: try schoolID(1000)) == nil)
        #expect(directory.owner(of: try schoolID(1001)) != nil)
        #expect(directory.owner(of: try schoolID(5)) != nil)
        #expect(changes.withLock { $0 } == [id, id, id, id])
    }

    @Test func forgetsWhatIsDeleted() throws {
        let directory = try Directory(following: registry)
        let commit = try registry.transact(
            RegistryTransaction([.insert(try tenantRecord(1, schools: 1)), .insert(try placement(1))]))
        let record = try #require(commit.record(TenantRecord.self))
        let place = try #require(commit.record(PlacementRecord.self))
        try registry.transact(RegistryTransaction([.delete(record)]))
        #expect(directory.entry(record.id) == nil)
        #expect(directory.owner(of: try schoolID(1000)) == nil)
        try registry.transact(RegistryTransaction([.delete(place)]))
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1))]))
        #expect(directory.entry(record.id)?.placement == nil)
        #expect(directory.count == 1)
    }

    @Test func takesAPlacementThatComesBeforeItsTenant() throws {
        let directory = try Directory(following: registry)
        try registry.transact(RegistryTransaction([.insert(try placement(1, epoch: 4))]))
        #expect(directory.entry(try tenantID(1)) == nil)
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1))]))
        #expect(directory.entry(try tenantID(1))?.placement?.epoch == 4)
    }

    @Test func showsNothingOfWhatConflicted() throws {
        let directory = try Directory(following: registry)
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1))]))
        var record = try tenantRecord(1)
        record.name = "other"
        #expect(throws: RegistryError.conflict(record.key)) {
            try registry.transact(RegistryTransaction([.insert(record), .insert(try tenantRecord(2))]))
        }
        #expect(directory.entry(record.id)?.record.name == "District 1")
        #expect(directory.count == 1)
    }

    @Test func showsTheLastCommitWhateverThreadMadeIt() throws {
        let directory = try Directory(following: registry)
        let id = try tenantID(1)
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1)), .insert(try placement(1))]))
        let registry = registry
        let failures = Mutex<[String]>([])
        concurrently(4) { thread in
            for _ in 0..<10 {
                do {
                    if thread % 2 == 0 {
                        try registry.update(TenantRecord.self, id) { record, _ in record.name += "x" }
                    } else {
                        try registry.update(PlacementRecord.self, id) { placement, _ in placement.epoch += 1 }
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
        }
        #expect(failures.withLock { $0 } == [])
        let entry = try #require(directory.entry(id))
        #expect(entry.record == (try registry.require(TenantRecord.self, id)))
        #expect(entry.placement == (try registry.require(PlacementRecord.self, id)))
        #expect(entry.record.version == 21)
    }

    @Test(arguments: MortalEngine.Death.allCases) func looksAgainWhereTheEngineFailed(
        death: MortalEngine.Death
    ) throws {
        let flaky = FlakyEngine(folder.store, failingAt: 2, isWritten: death == .afterWrite)
        let registry = try Registry(engine: flaky, clock: folder.clock)
        let directory = try Directory(following: registry)
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1))]))
        #expect(throws: RegistryError.table(.storage("by the test"))) {
            try registry.update(TenantRecord.self, try tenantID(1)) { record, _ in record.name = "new" }
        }
        let name = directory.entry(try tenantID(1))?.record.name
        #expect(name == (death == .afterWrite ? "new" : "District 1"))
    }

    @Test func recompilesAllEntries() throws {
        final class Box: Sendable {
            let value = Mutex(1)
        }
        let box = Box()
        let directory = try Directory(following: registry) { _, _ in Compiled("\(box.value.withLock { $0 })")
        }
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1))]))
        box.value.withLock { $0 = 2 }
        directory.recompile()
        #expect((directory.entry(try tenantID(1))?.compiled as? Compiled)?.text == "2")
    }
}
