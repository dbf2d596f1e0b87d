import Base
import Items
import LocalTables
import SQLite
import Synchronization
import Tables
import TestKit
import Testing

@Suite struct WriteTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    @Test func storesWhatItAcknowledges() throws {
        let item = try fixture.item("a", 1, ["colour": .string("red")])
        let outcome = try fixture.store.write(WriteRequest(fixture.put(item)))
        #expect(outcome[0].old == nil)
        #expect(try outcome[0].new?.item() == item)
        let reopened = try fixture.reopened()
        #expect(try fixture.get("a", 1, from: reopened) == item)
        #expect(reopened.schemas() == [fixture.schema])
    }

    @Test func aFailedConditionChangesNothingAndShowsTheItem() throws {
        let item = try fixture.item("a", 1, ["colour": .string("red")])
        try fixture.store.write(WriteRequest(fixture.put(item, if: "attribute_not_exists(p)")))
        let other = try fixture.item("a", 1, ["colour": .string("blue")])
        #expect(throws: TableError.conditionFailed(ItemImage(item))) {
            try fixture.store.write(WriteRequest(try fixture.put(other, if: "attribute_not_exists(p)")))
        }
        #expect(try fixture.get("a", 1) == item)
    }

    @Test func updatesByExpression() throws {
        var attributes = ExpressionAttributes(values: [":one": try fixture.number(1)])
        let expression = try UpdateExpression.parse("ADD visits :one", &attributes)
        let write = ItemWrite(table: fixture.table, key: try fixture.key("a", 1), action: .update(expression))
        for _ in 0..<3 { try fixture.store.write(WriteRequest(write)) }
        #expect(try fixture.get("a", 1) == fixture.item("a", 1, ["visits": fixture.number(3)]))
    }

    @Test func anUpdateThatOnlyRemovesMakesNoItem() throws {
        var attributes = ExpressionAttributes()
        let expression = try UpdateExpression.parse("REMOVE visits", &attributes)
        let write = ItemWrite(table: fixture.table, key: try fixture.key("a", 1), action: .update(expression))
        #expect(try fixture.store.write(WriteRequest(write))[0].new == nil)
        #expect(try fixture.get("a", 1) == nil)
        try fixture.store.write(
            WriteRequest(fixture.put(fixture.item("a", 1, ["visits": fixture.number(1)]))))
        #expect(try fixture.store.write(WriteRequest(write))[0].new?.item() == fixture.item("a", 1))
    }

    @Test func deletesAndAnswersTheOldItem() throws {
        let item = try fixture.item("a", 1, ["kind": .string("k"), "rank": fixture.number(1)])
        try fixture.store.write(WriteRequest(fixture.put(item)))
        let delete = ItemWrite(table: fixture.table, key: try fixture.key("a", 1), action: .delete)
        #expect(try fixture.store.write(WriteRequest(delete))[0].old?.item() == item)
        #expect(try fixture.store.write(WriteRequest(delete))[0].old == nil)
        #expect(try fixture.get("a", 1) == nil)
        #expect(try fixture.sorts(ReadRange(table: fixture.table, index: "by-kind")) == [])
    }

    @Test func aTransactionIsAllOrNothing() throws {
        let kept = try fixture.item("a", 1)
        try fixture.store.write(WriteRequest(fixture.put(kept)))
        let writes = [
            try fixture.put(fixture.item("a", 2)),
            try fixture.put(fixture.item("a", 1), if: "attribute_not_exists(p)"),
        ]
        #expect(throws: TableError.transactionCancelled([nil, .conditionFailed(ItemImage(kept))])) {
            try fixture.store.write(WriteRequest(.transaction, writes))
        }
        #expect(try fixture.get("a", 2) == nil)
        try fixture.store.write(
            WriteRequest(.transaction, [writes[0], try fixture.put(kept, if: "attribute_exists(p)")]))
        #expect(try fixture.get("a", 2) != nil)
    }

    @Test func refusesTwoWritesOfOneItemInATransaction() throws {
        let write = try fixture.put(fixture.item("a", 1))
        #expect(
            throws: TableError.invalid(
                .validation("Transaction request cannot include multiple operations on one item"))
        ) { try fixture.store.write(WriteRequest(.transaction, [write, write])) }
    }

    @Test func refusesItemsOverTheLimit() throws {
        let big = try fixture.item("a", 1, ["x": .string(String(repeating: "x", count: 409_600))])
        #expect(
            throws: TableError.invalid(.validation("Item size has exceeded the maximum allowed size"))
        ) { try fixture.store.write(WriteRequest(try fixture.put(big))) }
        let fits = try fixture.item(
            "a", 1, ["x": .string(String(repeating: "x", count: 409_600 - big.sizeBytes + 409_600))])
        #expect(fits.sizeBytes == 409_600)
        try fixture.store.write(WriteRequest(fixture.put(fits)))
    }

    @Test func refusesAnIndexKeyOfTheWrongType() throws {
        let item = try fixture.item("a", 1, ["kind": fixture.number(1), "rank": fixture.number(1)])
        #expect {
            try fixture.store.write(WriteRequest(try fixture.put(item)))
        } throws: { error in
            guard case .invalid(.validation(let text))? = error as? TableError else { return false }
            return text.contains("Type mismatch for Index Key kind")
        }
        #expect(try fixture.get("a", 1) == nil)
    }

    @Test func concurrentIncrementsAllCount() async throws {
        var attributes = ExpressionAttributes(values: [":one": try fixture.number(1)])
        let expression = try UpdateExpression.parse("ADD visits :one", &attributes)
        let write = ItemWrite(table: fixture.table, key: try fixture.key("a", 1), action: .update(expression))
        let store = fixture.store
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        store.write(WriteRequest(write)) { result in
                            if case .failure = result {
                                continuation.resume(returning: true)
                            } else {
                                continuation.resume(returning: false)
                            }
                        }
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 0)
        let visits = try fixture.get("a", 1)?["visits"]
        #expect(visits == (try fixture.number(500)), "\(String(describing: visits))")
    }

    @Test func aWriteWaitsForAnotherConnectionThatHoldsTheLockForAMoment() throws {
        // As a reader does that meets the log's index in the midst of a change.
        let other = try Connection(
            path: fixture.folder.path(of: "store.sqlite"), mode: .readWrite, isExclusive: true)
        try other.execute("BEGIN IMMEDIATE")
        let answer = Mutex<Result<[WriteOutcome], TableError>?>(nil)
        fixture.store.write(WriteRequest(try fixture.put(fixture.item("a", 1)))) { result in
            answer.withLock { $0 = result }
        }
        let clock = SystemClock()
        clock.sleep(nanoseconds: 50_000_000)
        #expect(answer.withLock { $0 } == nil, "it waits")
        try other.execute("COMMIT")
        while answer.withLock({ $0 == nil }) { clock.sleep(nanoseconds: 1_000_000) }
        let result = try #require(answer.withLock { $0 })
        #expect(throws: Never.self) { try result.get() }
        #expect(try fixture.get("a", 1) != nil)
    }

    @Test func aFullFileFailsTheGroupAndKeepsWhatWasAcknowledged() throws {
        let filler = AttributeValue.string(String(repeating: "x", count: 100_000))
        try fixture.store.write(WriteRequest(fixture.put(fixture.item("a", 0, ["x": filler]))))
        try fixture.store.limitFile(pages: 120)
        var acknowledged = [0]
        var refused: [Int] = []
        for number in 1...20 {
            do {
                try fixture.store.write(
                    WriteRequest(try fixture.put(fixture.item("a", number, ["x": filler]))))
                acknowledged.append(number)
            } catch TableError.storage(let text) {
                #expect(text.contains("full"))
                refused.append(number)
            }
        }
        #expect(acknowledged.count > 1)
        #expect(!refused.isEmpty)
        try fixture.store.limitFile(pages: 1_000_000)
        let reopened = try fixture.reopened()
        for number in acknowledged { #expect(try fixture.get("a", number, from: reopened) != nil) }
        for number in refused { #expect(try fixture.get("a", number, from: reopened) == nil) }
    }

    @Test func refusesWhatIsNotThere() throws {
        let none = try #require(TableName("none"))
        let write = ItemWrite(table: none, key: try fixture.key("a", 1), action: .delete)
        #expect(throws: TableError.noSuchTable(none)) { try fixture.store.write(WriteRequest(write)) }
        #expect(throws: TableError.noSuchIndex("none")) {
            try fixture.store.read(ReadRange(table: fixture.table, index: "none"))
        }
        #expect(throws: TableError.tableExists(fixture.table)) {
            try fixture.store.create(TableSchema(name: fixture.table, key: fixture.schema.key))
        }
        try fixture.store.create(fixture.schema)
    }
}
