import Base
import Items
import SQLite
import TestKit
import Testing

@testable import LocalTables
@testable import Tables

/// A store with forty items, half of which have an index entry, and hands that change its file behind its back.
@Suite struct StoreCheckTests {
    private let fixture: StoreFixture

    init() throws {
        fixture = try StoreFixture()
        for number in 0..<40 {
            var more: [String: AttributeValue] = ["colour": .string("red"), "other": .string("\(number)")]
            if number % 2 == 0 {
                more["kind"] = .string("k\(number % 3)")
                more["rank"] = try fixture.number(number)
            }
            try fixture.store.write(WriteRequest(fixture.put(fixture.item("a", number, more))))
        }
    }

    private func check(after sql: String? = nil) throws -> StoreCheck {
        fixture.store.close()
        let path = fixture.folder.path(of: "store.sqlite")
        if let sql { try Connection(path: path, mode: .readWrite).execute(sql) }
        return StoreChecker.check(fixture.store.id, path: path, on: SystemFiles())
    }

    @Test func findsNothingWrongWithASoundStore() throws {
        // An update that leaves the projected attributes as they were leaves the index entry, too.
        try fixture.store.write(
            WriteRequest(
                fixture.put(
                    fixture.item(
                        "a", 2,
                        [
                            "other": .string("new"), "rank": fixture.number(2), "colour": .string("red"),
                            "kind": .string("k2"),
                        ]))))
        let check = try check()
        #expect(check.findings == [])
        #expect(check.isSound)
        #expect((check.tables, check.items, check.indexEntries) == (1, 40, 20))
    }

    @Test func leavesTheFileAsItIs() throws {
        fixture.store.close()
        let path = fixture.folder.path(of: "store.sqlite")
        let before = try fixture.folder.bytes(of: "store.sqlite")
        #expect(StoreChecker.check(fixture.store.id, path: path, on: SystemFiles()).isSound)
        #expect(try fixture.folder.bytes(of: "store.sqlite") == before)
    }

    @Test(arguments: [
        (
            "DELETE FROM t1_i0 WHERE rowid IN (SELECT rowid FROM t1_i0 LIMIT 3)",
            ["3 entries of index `by-kind` of table `things` are missing"]
        ),
        (
            "UPDATE t1_i0 SET item = replace(item, 'red', 'sad') WHERE rowid = 1",
            ["1 entries of index `by-kind` of table `things` are not what their items are"]
        ),
        (
            "UPDATE t1_i0 SET size = size + 1 WHERE rowid = 2",
            ["1 entries of index `by-kind` of table `things` are not what their items are"]
        ),
        (
            "INSERT INTO t1_i0 SELECT ipk, isk, pk, x'00', size, item FROM t1_i0 WHERE rowid = 1",
            ["1 entries of index `by-kind` of table `things` belong to no item"]
        ),
        (
            "DELETE FROM t1 WHERE rowid = 1",
            ["1 entries of index `by-kind` of table `things` belong to no item"]
        ),
        (
            "UPDATE t1 SET item = substr(item, 2) WHERE rowid = 2",
            ["1 items of table `things` do not read"]
        ),
        (
            "UPDATE t1 SET size = size + 1 WHERE rowid IN (2, 4)",
            ["2 items of table `things` have another size than is noted"]
        ),
        (
            "UPDATE t1 SET pk = x'62' WHERE rowid = 2",
            ["1 items of table `things` lie under a key that is not theirs"]
        ),
        (
            "DROP TABLE t1_i0",
            [
                "the file cannot be read to its end: SQLite error 1: no such table: t1_i0 in "
                    + "`SELECT size, item FROM t1_i0 WHERE ipk = ? AND isk = ? AND pk = ? AND sk = ?`"
            ]
        ),
    ])
    func namesWhatIsWrong(sql: String, findings: [String]) throws {
        let check = try check(after: sql)
        #expect(check.findings == findings)
        #expect(!check.isSound)
    }

    @Test func namesAFileThatIsNone() throws {
        let path = fixture.folder.path(of: "none.sqlite")
        try fixture.folder.write([UInt8](repeating: 0xA5, count: 20_000), to: "none.sqlite")
        let check = StoreChecker.check(fixture.store.id, path: path, on: SystemFiles())
        #expect(check.findings.count == 1)
        #expect(check.findings[0].contains("SQLite error 26: file is not a database"))
    }

    @Test func findsWhatAnEmptiedFileIs() throws {
        try fixture.folder.write([], to: "none.sqlite")
        let check = StoreChecker.check(
            fixture.store.id, path: fixture.folder.path(of: "none.sqlite"), on: SystemFiles())
        #expect(check.findings.count == 1)
        #expect(check.findings[0].contains("the file is empty or no store of Homeroom"))
    }

    @Test func tellsNoMoreThanItMay() throws {
        var check = StoreCheck(store: fixture.store.id)
        for number in 0...Limits.checkFindingsMax { check.find("\(number)") }
        #expect(check.findings.count == Limits.checkFindingsMax)
    }

    // MARK: Expiry and the journal

    @Test(arguments: [
        ("", []),
        ("UPDATE t1_ttl SET at = at + 1", ["2 items of table `things` end at another time than is noted"]),
        (
            "DELETE FROM t1_ttl WHERE at = 1001",
            ["1 items of table `things` end at another time than is noted"]
        ),
        (
            "INSERT INTO t1_ttl SELECT pk, sk || x'00', at FROM t1_ttl",
            ["2 ends of life of table `things` are noted of items that have none"]
        ),
        (
            "UPDATE journal SET at = 1 WHERE sequence = 2",
            ["1 entries of the journal are of an earlier time than the one before"]
        ),
        // A table that the expiry table does not know wholly yet lacks nothing.
        ("INSERT INTO backfills VALUES (1, x'', x''); DELETE FROM t1_ttl", []),
    ])
    func looksOverExpiryAndJournal(sql: String, findings: [String]) throws {
        try fixture.store.updateOptions(of: fixture.table) { options in
            options.timeToLiveAttribute = "end"
            options.stream = TableOptions.Stream(
                viewType: .newAndOldImages, startedAt: Timestamp(milliseconds: 1))
        }
        _ = try fixture.store.expireItems(itemsMax: 100) { _, _ in .nobody }
        for number in 0...1 {
            let end = ["end": try fixture.number(1000 + number)]
            try fixture.store.write(WriteRequest(fixture.put(fixture.item("end", number, end))))
        }
        #expect(try check(after: sql).findings == findings)
    }
}
