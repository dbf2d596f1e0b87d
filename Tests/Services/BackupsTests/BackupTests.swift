import Base
import FoundationEssentials
import Items
import LocalTables
import Synchronization
import Tables
import TestKit
import Testing

@testable import Backups

/// A store `main` with one table, `things`, and a desk before it.
final class BackupFixture {
    let folder: TemporaryFolder
    let clock = ManualClock()
    let id: StoreID
    let name: TableName
    let failures = Failures()
    private(set) var stores: LocalStores
    private(set) var desk: BackupDesk
    private(set) var snapshots: LocalSnapshots

    final class Failures: Sendable {
        let all = Mutex<[String]>([])
    }

    init() throws {
        folder = try TemporaryFolder()
        id = try #require(StoreID("main"))
        name = try #require(TableName("things"))
        (stores, snapshots, desk) = try Self.open(folder, clock, id, failures, isFirst: true)
        let store = try self.store
        try store.create(TableRecord(schema: schema(), id: "1", createdAt: clock.now()))
        try store.updateOptions(of: name) { [clock] in
            $0.recovery = TableOptions.PointInTimeRecovery(startedAt: clock.now())
        }
    }

    private static func open(
        _ folder: TemporaryFolder, _ clock: ManualClock, _ id: StoreID, _ failures: Failures, isFirst: Bool
    ) throws -> (LocalStores, LocalSnapshots, BackupDesk) {
        let stores = try LocalStores(
            folder: folder.path(of: "stores"), surroundings: StoreSurroundings(clock: clock))
        if isFirst { _ = try stores.create(id, tables: []) }
        let snapshots = try LocalSnapshots(folder: folder.path(of: "backups"), stores: stores)
        let desk = try BackupDesk(
            snapshots: snapshots, stores: stores, store: id, clock: clock, random: SeededRandom(seed: 4)
        ) { what, error in failures.all.withLock { $0.append("\(what): \(error)") } }
        return (stores, snapshots, desk)
    }

    /// The same folder opened anew, as after a restart.
    func reopen() throws {
        desk.stop()
        stores.close()
        (stores, snapshots, desk) = try Self.open(folder, clock, id, failures, isFirst: false)
    }

    func schema(_ name: TableName? = nil) -> TableSchema {
        TableSchema(
            name: name ?? self.name,
            key: KeySchema(
                partition: KeyAttribute(name: "p", type: .string),
                sort: KeyAttribute(name: "s", type: .number)),
            indexes: [
                IndexSchema(
                    name: "by-kind", key: KeySchema(partition: KeyAttribute(name: "kind", type: .string)))
            ])
    }

    var store: LocalStore {
        get throws { try #require(try stores.store(id) as? LocalStore) }
    }

    var record: TableRecord {
        get throws { try #require(try store.record(of: name)) }
    }

    func target(_ name: String = "copy") throws -> TableRecord {
        let table: TableName = try #require(TableName(name))
        return TableRecord(schema: schema(table), id: "id-of-\(name)", createdAt: clock.now())
    }

    func put(_ number: Int, _ value: Int) throws {
        let item: Item = [
            "p": .string("p\(number % 3)"), "s": .number(Number(number)), "v": .number(Number(value)),
            "kind": .string("k\(value % 2)"),
        ]
        try store.write(
            WriteRequest(
                ItemWrite(table: name, key: try schema().key.key(ofItem: item), action: .put(item))))
    }

    func delete(_ number: Int) throws {
        let key: Item = ["p": .string("p\(number % 3)"), "s": .number(Number(number))]
        try store.write(
            WriteRequest(
                ItemWrite(table: name, key: try schema().key.key(ofKey: key), action: .delete)))
    }

    /// Every item's number and value, and how many of them the index has.
    func contents(_ name: String) throws -> [Int: Int] {
        let table = try #require(TableName(name))
        var found: [Int: Int] = [:]
        for row in try store.read(ReadRange(table: table)).rows {
            let item = try row.image.item()
            guard case .number(let number)? = item["s"], case .number(let value)? = item["v"] else {
                continue
            }
            found[Int(number.text) ?? -1] = Int(value.text)
        }
        let indexed = try store.read(ReadRange(table: table, index: "by-kind")).count
        #expect(indexed == found.count)
        return found
    }
}

@Suite struct BackupTests {
    @Test func aBackupIsTheTableOfItsMoment() throws {
        let fixture = try BackupFixture()
        for number in 0..<250 { try fixture.put(number, 1) }
        let begun = fixture.desk.create(named: "nightly", of: try fixture.record, in: fixture.id)
        #expect(!begun.isAvailable)
        fixture.desk.settle()
        try fixture.put(1, 2)
        try fixture.delete(2)
        let backup = try #require(fixture.desk.backup(begun.manifest.id))
        #expect(backup.isAvailable)
        #expect(backup.manifest.extent.items == 250)
        #expect(backup.manifest.digest.utf8.count == 64)
        try fixture.desk.restore(backup.manifest.id, to: try fixture.target())
        fixture.desk.settle()
        #expect(try fixture.contents("copy") == Dictionary(uniqueKeysWithValues: (0..<250).map { ($0, 1) }))
        #expect(fixture.desk.restores().isEmpty)
        #expect(try fixture.store.record(of: #require(TableName("copy"))) == fixture.target())
        #expect(fixture.failures.all.withLock { $0 } == [])
    }

    @Test func backupsOutliveARestartAndHalfOnesDoNot() throws {
        let fixture = try BackupFixture()
        try fixture.put(1, 1)
        let first = fixture.desk.create(named: "one", of: try fixture.record, in: fixture.id)
        fixture.desk.settle()
        let part = fixture.folder.path(of: "backups") + "/00000000000001-00000000.part"
        try Data("half".utf8).write(to: URL(filePath: part))
        let damaged = fixture.folder.path(of: "backups") + "/00000000000001-00000001.sqlite"
        try Data("no database".utf8).write(to: URL(filePath: damaged))
        try fixture.reopen()
        #expect(fixture.failures.all.withLock { $0.count } == 1)
        #expect(FileManager.default.fileExists(atPath: damaged))
        #expect(fixture.desk.backups().map(\.manifest.name) == ["one"])
        #expect(!FileManager.default.fileExists(atPath: part))
        #expect(try fixture.desk.delete(first.manifest.id).manifest.name == "one")
        #expect(throws: BackupError.notFound(first.manifest.id)) {
            try fixture.desk.delete(first.manifest.id)
        }
        try fixture.reopen()
        #expect(fixture.desk.backups().isEmpty)
    }

    /// Stops the desk after each chunk in turn; the next one goes on.
    @Test func anInterruptedRestoreGoesOn() throws {
        let fixture = try BackupFixture()
        for number in 0..<350 { try fixture.put(number, number) }
        let backup = fixture.desk.create(named: "b", of: try fixture.record, in: fixture.id)
        fixture.desk.settle()
        fixture.desk.stop()
        let job = RestoreJob(
            target: try fixture.target(),
            snapshot: try #require(fixture.desk.backup(backup.manifest.id)).manifest,
            backup: nil)
        let store = try fixture.store
        try store.create(try job.workingRecord())
        // As far as a desk had come when the power went.
        let rows = try fixture.snapshots.rows(
            of: backup.manifest.id, after: nil, itemsMax: 140, bytesMax: .max)
        for row in rows {
            try store.write(
                WriteRequest(
                    ItemWrite(table: job.workingName, key: row.key, action: .put(try row.image.item()))))
        }
        #expect(store.schema(of: job.target.schema.name) == nil)
        try fixture.reopen()
        #expect(fixture.desk.backup(backup.manifest.id) != nil)
        fixture.desk.settle()
        #expect(try fixture.contents("copy") == fixture.contents("things"))
        #expect(try fixture.store.records().map(\.schema.name.text) == ["copy", "things"])
        try fixture.reopen()
        #expect(fixture.desk.restores().isEmpty)
    }

    @Test func refusesATargetThatIsThereAndABackupInUse() throws {
        let fixture = try BackupFixture()
        let missing = try #require(SnapshotID("00000000000001-00000000"))
        #expect(throws: BackupError.notFound(missing)) {
            try fixture.desk.restore(missing, to: try fixture.target())
        }
        let backup = fixture.desk.create(named: "b", of: try fixture.record, in: fixture.id)
        fixture.desk.settle()
        #expect(throws: BackupError.tableExists(fixture.name)) {
            try fixture.desk.restore(backup.manifest.id, to: try fixture.target("things"))
        }
        #expect(fixture.desk.restores().isEmpty)
    }

    @Test func aDamagedSnapshotBecomesNoTable() throws {
        let fixture = try BackupFixture()
        for number in 0..<20 { try fixture.put(number, 1) }
        let backup = fixture.desk.create(named: "b", of: try fixture.record, in: fixture.id)
        fixture.desk.settle()
        let path = fixture.folder.path(of: "backups") + "/\(backup.manifest.id).sqlite"
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        let item = try #require(
            bytes.indices.first { bytes[$0...].starts(with: Array(#""v":{"N":"1"}"#.utf8)) })
        bytes[item + 10] = UInt8(ascii: "7")
        try Data(bytes).write(to: URL(filePath: path))
        try fixture.desk.restore(backup.manifest.id, to: try fixture.target())
        fixture.desk.settle()
        #expect(try fixture.store.schema(of: #require(TableName("copy"))) == nil)
        #expect(fixture.failures.all.withLock { $0.count } == 1)
    }

    @Test func restoresAnyMomentOfTheRecovery() throws {
        let fixture = try BackupFixture()
        var states: [(Timestamp, [Int: Int])] = []
        let random = SeededRandom(seed: 11)
        for round in 0..<12 {
            fixture.clock.advance(byMilliseconds: 1000)
            for _ in 0..<10 {
                let byte = Int(random.bytes(1)[0])
                if byte % 4 == 0 {
                    try fixture.delete(byte / 4 % 15)
                } else {
                    try fixture.put(byte / 4 % 15, round)
                }
            }
            states.append((fixture.clock.now(), try fixture.contents("things")))
        }
        for (number, state) in states.enumerated() {
            try fixture.desk.restore(
                try fixture.record, in: fixture.id, asOf: state.0, to: try fixture.target("copy-\(number)"))
        }
        fixture.desk.settle()
        for (number, state) in states.enumerated() {
            #expect(try fixture.contents("copy-\(number)") == state.1)
        }
        #expect(fixture.failures.all.withLock { $0 } == [])
        // The way stations are gone.
        #expect(try fixture.snapshots.list { Issue.record("\($0): \($1)") } == [])
    }

    @Test func aRestoreToAMomentThatWasInterruptedBeforeItsSnapshotGoesOn() throws {
        let fixture = try BackupFixture()
        try fixture.put(1, 1)
        let moment = fixture.clock.now()
        fixture.clock.advance(byMilliseconds: 1000)
        try fixture.put(1, 2)
        fixture.desk.stop()
        try fixture.desk.restore(try fixture.record, in: fixture.id, asOf: moment, to: try fixture.target())
        try fixture.reopen()
        fixture.desk.settle()
        #expect(try fixture.contents("copy") == [1: 1])
    }

    @Test(arguments: [
        ("01489602797149-73d8d5bc", true), ("01489602797149-73d8d5bC", false),
        ("1489602797149-73d8d5bc", false),
        ("../89602797149-73d8d5bc", false), ("01489602797149-73d8d5b", false), ("", false),
    ])
    func anIDIsAFileName(_ text: String, _ isValid: Bool) {
        #expect((SnapshotID(text) != nil) == isValid)
    }
}
