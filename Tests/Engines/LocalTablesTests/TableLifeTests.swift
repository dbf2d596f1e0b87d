import Base
import Dispatch
import Items
import LocalTables
import SQLite
import Tables
import TestKit
import Testing

/// Tables that are changed and deleted while they are used.
@Suite struct TableLifeTests {
    private let fixture: LifeFixture

    init() throws { fixture = try LifeFixture() }

    // MARK: Indexes that are added

    @Test func indexIsBuiltWhileItemsAreWritten() throws {
        let random = SeededRandom(seed: 11)
        try fixture.fill(1500, random)
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        var chunks = 0
        while try fixture.store.keepHouse() {
            chunks += 1
            for _ in 0..<20 { try fixture.writeSomething(random) }
        }
        #expect(chunks > 5)
        #expect(fixture.store.builds(of: fixture.table).isEmpty)
        try fixture.expectIndexEqualsTable(fixture.byColour, fixture.store)
    }

    @Test(arguments: 0..<8) func buildGoesOnAfterARestart(chunksBefore: Int) throws {
        let random = SeededRandom(seed: UInt64(chunksBefore))
        try fixture.fill(1000, random)
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        for _ in 0..<chunksBefore { _ = try fixture.store.keepHouse() }
        let built = fixture.store.builds(of: fixture.table)
        let reopened = try fixture.reopened()
        defer { reopened.close() }
        #expect(reopened.builds(of: fixture.table) == built)
        #expect(built.first?.items == (chunksBefore < 5 ? chunksBefore * 256 : nil) || chunksBefore >= 4)
        for _ in 0..<30 { try fixture.writeSomething(random, reopened) }
        while try reopened.keepHouse() {}
        try fixture.expectIndexEqualsTable(fixture.byColour, reopened)
    }

    @Test func writersAtOnceLoseNoEntry() throws {
        let store = try LocalStore(id: fixture.store.id, path: fixture.folder.path(of: "busy.sqlite"))
        defer { store.close() }
        try store.create(fixture.schema)
        DispatchQueue.concurrentPerform(iterations: 8) { writer in
            let random = SeededRandom(seed: UInt64(writer))
            do {
                for turn in 0..<150 {
                    if writer == 0, turn == 40 { try store.addIndex(fixture.byColour, to: fixture.table) }
                    try fixture.writeSomething(random, store)
                }
            } catch { Issue.record("\(error)") }
        }
        // The store's own thread builds; a second pair of hands makes the end of it known.
        while try store.keepHouse() {}
        try fixture.expectIndexEqualsTable(fixture.byColour, store)
    }

    @Test func indexInTheMakingIsNotRead() throws {
        try fixture.fill(10, SeededRandom(seed: 1))
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        #expect(fixture.store.builds(of: fixture.table) == [IndexBuild(index: "by-colour", items: 0)])
        #expect(
            throws: TableError.invalid(
                .validation("Cannot read from backfilling global secondary index: by-colour"))
        ) { try fixture.store.read(ReadRange(table: fixture.table, index: "by-colour")) }
        while try fixture.store.keepHouse() {}
        #expect(try fixture.store.read(ReadRange(table: fixture.table, index: "by-colour")).count > 0)
    }

    @Test func itemsOfAnotherKindAreLeftOutAndNewOnesRefused() throws {
        try fixture.put("a", ["colour": .string("red")])
        try fixture.put("b", ["colour": .number(Number(7))])
        try fixture.put("c", ["colour": .string("")])
        try fixture.put("d", [:])
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        #expect(throws: TableError.self) { try fixture.put("e", ["colour": .number(Number(8))]) }
        while try fixture.store.keepHouse() {}
        #expect(
            try fixture.indexed(fixture.byColour, fixture.store).map(\.key.partition) == [Array("a".utf8)])
        #expect(
            throws: TableError.invalid(
                .validation(
                    "One or more parameter values were invalid: Type mismatch for Index Key colour Expected: S "
                        + "Actual: N IndexName: by-colour"))
        ) { try fixture.put("e", ["colour": .number(Number(8))]) }
        // What was left out can be mended and removed.
        try fixture.put("b", ["colour": .string("blue")])
        try fixture.delete("c")
        try fixture.expectIndexEqualsTable(fixture.byColour, fixture.store)
    }

    @Test func nameOfAnIndexIsTakenOnce() throws {
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        #expect(
            throws: TableError.invalid(.validation("Attempting to create an index which already exists"))
        ) { try fixture.store.addIndex(fixture.byColour, to: fixture.table) }
        let absent = try #require(TableName("absent"))
        #expect(throws: TableError.noSuchTable(absent)) {
            try fixture.store.addIndex(fixture.byColour, to: absent)
        }
        #expect(fixture.store.schema(of: fixture.table)?.indexes.count == 1)
    }

    @Test func optionsChangeInTheSameCommitOrNotAtAll() throws {
        let record = try fixture.store.addIndex(fixture.byColour, to: fixture.table) {
            $0.indexThroughput["by-colour"] = TableOptions.Throughput(readUnits: 1, writeUnits: 2)
        }
        #expect(record.options.indexThroughput.count == 1)
        #expect(record.schema.indexes == [fixture.byColour])
        #expect(throws: TableError.notArriving(TenantID(random: SeededRandom(seed: 1)))) {
            try fixture.store.removeIndex("by-colour", of: fixture.table) { _ throws(TableError) in
                throw .notArriving(TenantID(random: SeededRandom(seed: 1)))
            }
        }
        #expect(fixture.store.record(of: fixture.table) == record)
    }

    // MARK: Indexes that are removed

    @Test func removalOfOneIndexLeavesTheOthers() throws {
        let random = SeededRandom(seed: 3)
        try fixture.fill(600, random)
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        try fixture.store.addIndex(fixture.byShape, to: fixture.table)
        while try fixture.store.keepHouse() {}
        try fixture.store.removeIndex("by-colour", of: fixture.table)
        #expect(throws: TableError.noSuchIndex("by-colour")) {
            try fixture.store.read(ReadRange(table: fixture.table, index: "by-colour"))
        }
        #expect(throws: TableError.noSuchIndex("by-colour")) {
            try fixture.store.removeIndex("by-colour", of: fixture.table)
        }
        for _ in 0..<50 { try fixture.writeSomething(random) }
        try fixture.expectIndexEqualsTable(fixture.byShape, fixture.store)
        // Its entries go in chunks: 600 of them in three, and the table with the fourth.
        var chunks = 0
        while try fixture.store.keepHouse() { chunks += 1 }
        #expect(chunks >= 3)

        // One of the same name is another one.
        let reopened = try fixture.reopened()
        defer { reopened.close() }
        try reopened.addIndex(fixture.byColour, to: fixture.table)
        while try reopened.keepHouse() {}
        try fixture.expectIndexEqualsTable(fixture.byColour, reopened)
        try fixture.expectIndexEqualsTable(fixture.byShape, reopened)
    }

    @Test func indexInTheMakingCanBeRemoved() throws {
        try fixture.fill(600, SeededRandom(seed: 4))
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        _ = try fixture.store.keepHouse()
        try fixture.store.removeIndex("by-colour", of: fixture.table)
        #expect(fixture.store.builds(of: fixture.table).isEmpty)
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        while try fixture.store.keepHouse() {}
        try fixture.expectIndexEqualsTable(fixture.byColour, fixture.store)
    }

    /// A file of the days when indexes had no numbers of their own, and one of when a table was its shape alone.
    @Test(arguments: ["json_remove(schema, '$.indexes', '$.nextIndexNumber')", "schema -> '$.schema'"])
    func tableOfAnOlderFileGetsNumbers(_ older: String) throws {
        let random = SeededRandom(seed: 6)
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        while try fixture.store.keepHouse() {}
        try fixture.fill(100, random)
        fixture.store.close()
        do {
            let file = try Connection(
                path: fixture.folder.path(of: "store.sqlite"), mode: .readWrite, isExclusive: true)
            try file.execute("UPDATE tables SET schema = \(older)")
        }
        let reopened = try fixture.reopened()
        defer { reopened.close() }
        try fixture.expectIndexEqualsTable(fixture.byColour, reopened)
        try reopened.addIndex(fixture.byShape, to: fixture.table)
        while try reopened.keepHouse() {}
        try reopened.removeIndex("by-colour", of: fixture.table)
        while try reopened.keepHouse() {}
        try fixture.expectIndexEqualsTable(fixture.byShape, reopened)
    }

    // MARK: Tables that are deleted

    @Test func deletedTableIsGoneAndItsNumberIsNotGivenAgain() throws {
        try fixture.fill(600, SeededRandom(seed: 5))
        let key = try fixture.key("k1")
        let before = try #require(fixture.store.record(of: fixture.table))
        let write = ItemWrite(table: fixture.table, key: key, action: .delete)
        #expect(try fixture.store.delete(fixture.table) == before)
        #expect(fixture.store.schemas().isEmpty)
        #expect(throws: TableError.noSuchTable(fixture.table)) {
            try fixture.store.get(GetItem(table: fixture.table, key: key))
        }
        #expect(throws: TableError.noSuchTable(fixture.table)) {
            try fixture.store.write(WriteRequest(write))
        }
        #expect(throws: TableError.noSuchTable(fixture.table)) { try fixture.store.delete(fixture.table) }

        // Made anew while the old rows are still there, by a process that knows the old one's number from the file alone.
        let reopened = try fixture.reopened()
        defer { reopened.close() }
        try reopened.create(fixture.schema)
        #expect(try reopened.get(GetItem(table: fixture.table, key: key)) == nil)
        #expect(reopened.record(of: fixture.table)?.id != before.id)
        try fixture.put("k1", ["n": .number(Number(1))], reopened)
        var chunks = 0
        while try reopened.keepHouse() { chunks += 1 }
        #expect(chunks >= 3)
        #expect(try reopened.get(GetItem(table: fixture.table, key: key)) != nil)
        #expect(try reopened.sizes(of: fixture.table).table.items == 1)
    }

    @Test func streamOfADeletedTableIsReadToItsEnd() throws {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        try fixture.store.updateOptions(of: fixture.table) {
            $0.stream = TableOptions.Stream(viewType: .keysOnly, startedAt: start)
            $0.timeToLiveAttribute = "ends"
        }
        try fixture.put("a", [:])
        try fixture.store.delete(fixture.table)
        #expect(try fixture.store.streams().map { $0.endedAt != nil } == [true])
        let selection = ChangeSelection(table: fixture.table, startedAt: start)
        #expect(try fixture.store.streamChanges(selection).map(\.event) == [.insert])
        // The next table of the name begins without all that.
        try fixture.store.create(fixture.schema)
        try fixture.put("b", [:])
        #expect(try fixture.store.streamChanges(selection).count == 1)
        #expect(fixture.store.record(of: fixture.table)?.options == TableOptions())
    }

    @Test func deletionIsAskedForInItsCommit() throws {
        try fixture.store.updateOptions(of: fixture.table) { $0.isDeletionProtected = true }
        #expect(throws: TableError.tableExists(fixture.table)) {
            try fixture.store.delete(fixture.table) { record throws(TableError) in
                guard !record.options.isDeletionProtected else { throw .tableExists(record.schema.name) }
            }
        }
        #expect(fixture.store.record(of: fixture.table) != nil)
    }

    @Test func readersAndWritersOfADeletedTableAreTold() throws {
        let store = try LocalStore(id: fixture.store.id, path: fixture.folder.path(of: "busy.sqlite"))
        defer { store.close() }
        try store.create(fixture.schema)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            let random = SeededRandom(seed: UInt64(thread))
            for turn in 0..<100 {
                do {
                    switch thread {
                    case 0 where turn % 2 == 0: try store.delete(fixture.table)
                    case 0: try store.create(fixture.schema)
                    case 1: _ = try store.read(ReadRange(table: fixture.table))
                    default: try fixture.writeSomething(random, store)
                    }
                } catch TableError.noSuchTable {
                } catch { Issue.record("\(error)") }
            }
        }
    }

    // MARK: Sizes

    @Test func sizesAreThoseOfTheItems() throws {
        try fixture.store.addIndex(fixture.byColour, to: fixture.table)
        while try fixture.store.keepHouse() {}
        #expect(try fixture.store.sizes(of: fixture.table).table == Extent())
        try fixture.put("a", ["colour": .string("red"), "note": .string("12345")])
        try fixture.put("b", [:])
        let sizes = try fixture.store.sizes(of: fixture.table)
        // Names and values: p a, colour red, note 12345; p b. The index has the keys alone.
        #expect(sizes.table == Extent(items: 2, bytes: 2 + 9 + 9 + 2))
        #expect(sizes.indexes == ["by-colour": Extent(items: 1, bytes: 2 + 9)])
        #expect(try fixture.store.sizes(of: fixture.table) == sizes)
        try fixture.delete("a")
        #expect(try fixture.store.sizes(of: fixture.table).table == Extent(items: 1, bytes: 2))
    }
}
