import Base
import Dispatch
import Items
import LocalTables
import Synchronization
import Tables
import Testing

/// What follows from a transaction is computed in its commit.
struct SequelTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// A counter that the sequel raises, and a thing with the number it gave.
    private func request(
        _ writes: [ItemWrite], failing: TableError? = nil
    ) throws -> WriteRequest {
        let (table, counter) = (fixture.table, try fixture.key("counter", 0))
        let schema = fixture.schema
        var request = WriteRequest(.transaction, writes)
        request.sequel = WriteSequel(reads: [GetItem(table: table, key: counter)]) {
            found throws(TableError) in
            if let failing { throw failing }
            var next = 1
            if let text = try found[0]?.item()["n"]?.number?.text { next = (Int(text) ?? 0) + 1 }
            func put(_ partition: String, _ sort: Int, _ n: Int) throws(TableError) -> ItemWrite {
                let item: Item = [
                    "p": .string(partition), "s": .number(Number(sort)), "n": .number(Number(n)),
                    "kind": .string(partition), "rank": .number(Number(n)),
                ]
                do throws(ItemError) {
                    return ItemWrite(table: table, key: try schema.key.key(ofItem: item), action: .put(item))
                } catch { throw .invalid(error) }
            }
            return [try put("counter", 0, next), try put("thing", next, next)]
        }
        return request
    }

    private func numbers() throws -> [Int] {
        var range = ReadRange(table: fixture.table, index: "by-kind")
        range.partition = try fixture.schema.indexes[0].key.key(
            ofItem: ["kind": .string("thing"), "rank": .number(Number(1))]
        ).partition
        range.fetchesItems = true
        return try fixture.store.read(range).rows.map {
            Int(try $0.image.item()["n"]?.number?.text ?? "") ?? 0
        }
    }

    @Test func commitsWithTheTransactionAndKeepsIndexes() throws {
        let own = try fixture.put(fixture.item("own", 1))
        #expect(try fixture.store.write(request([own])).count == 1)
        #expect(try fixture.store.write(request([])).isEmpty)
        #expect(try numbers() == [1, 2])
        #expect(try fixture.store.get(GetItem(table: fixture.table, key: own.key)) != nil)
    }

    @Test func aRefusedTransactionHasNoSequel() throws {
        try fixture.store.write(request([]))
        let refused = try fixture.put(fixture.item("own", 1), if: "attribute_exists(p)")
        #expect(throws: TableError.transactionCancelled([.conditionFailed(nil)])) {
            try fixture.store.write(request([refused]))
        }
        try fixture.store.write(request([]))
        #expect(try numbers() == [1, 2])
    }

    @Test func whatItRefusesIsRefusedAlone() throws {
        let own = try fixture.put(fixture.item("own", 1))
        #expect(throws: TableError.invalid(.validation("no"))) {
            try fixture.store.write(request([own], failing: .invalid(.validation("no"))))
        }
        #expect(try fixture.store.get(GetItem(table: fixture.table, key: own.key)) == nil)
        try fixture.store.write(request([own]))
        #expect(try numbers() == [1])
    }

    @Test func itsItemsAreNoneOfTheTransactions() throws {
        let own = try fixture.put(fixture.item("counter", 0))
        #expect(
            throws: TableError.invalid(
                .validation("Transaction request cannot include multiple operations on one item"))
        ) { try fixture.store.write(request([own])) }
        let many = try (1...99).map { try fixture.put(fixture.item("own", $0)) }
        #expect(throws: TableError.self) { try fixture.store.write(request(many)) }
        try fixture.store.write(request(Array(many.dropLast())))
        #expect(try numbers() == [1])
    }

    @Test func itsFaultsStandBehindTheTransactions() throws {
        let table = fixture.table
        let key = try fixture.key("thing", 1)
        let absent = try fixture.condition("attribute_exists(p)")
        var request = WriteRequest(.transaction, [try fixture.put(fixture.item("own", 1))])
        request.sequel = WriteSequel(reads: []) { _ throws(TableError) in
            [ItemWrite(table: table, key: key, action: .delete, condition: absent)]
        }
        #expect(throws: TableError.transactionCancelled([nil, .conditionFailed(nil)])) {
            try fixture.store.write(request)
        }
        #expect(try fixture.store.get(GetItem(table: table, key: try fixture.key("own", 1))) == nil)
    }

    @Test func manyAtOnceGiveNumbersWithoutGaps() throws {
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<25 {
                do {
                    let isRefused = round % 3 == 0
                    let own = try fixture.put(
                        fixture.item("own\(thread)", round), if: isRefused ? "attribute_exists(p)" : nil)
                    do { try fixture.store.write(request([own])) } catch TableError.transactionCancelled {
                        if !isRefused { failures.withLock { $0.append("refused") } }
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try numbers() == Array(1...(8 * 16)))
    }

    @Test func replaysNothingByItsToken() throws {
        var request = try request([try fixture.put(fixture.item("own", 1))])
        request.token = WriteToken(text: "t", digest: [1])
        try fixture.store.write(request)
        #expect(try fixture.store.write(request).map(\.isReplay) == [true])
        #expect(try numbers() == [1])
    }

    @Test func moversSeeWhatItWrote() throws {
        try fixture.store.setResident(
            fixture.tenant, to: Resident(epoch: 1, state: .active, isCaptured: true))
        var request = try request([try fixture.put(fixture.item("own", 1))])
        request.route = WriteRoute(tenant: fixture.tenant, epoch: 1, wall: OpenWall())
        try fixture.store.write(request)
        #expect(try fixture.store.changes(of: fixture.tenant, after: 0, itemsMax: 10).count == 3)
    }

    private struct OpenWall: ItemWall {
        func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
    }
}
