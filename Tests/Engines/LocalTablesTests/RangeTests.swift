import Base
import Items
import LocalTables
import Tables
import Testing

@Suite struct RangeTests {
    private let fixture: StoreFixture

    init() throws {
        fixture = try StoreFixture()
        for partition in ["a", "b", "c"] {
            for sort in [-20, -3, 0, 5, 100] {
                try fixture.store.write(
                    WriteRequest(
                        fixture.put(
                            fixture.item(
                                partition, sort,
                                [
                                    "kind": .string(sort < 0 ? "minus" : "plus"),
                                    "rank": fixture.number(sort * sort),
                                    "colour": .string("red"), "other": .bool(true),
                                ]))))
            }
        }
    }

    private func query(_ partition: String, limit: Int? = nil) -> ReadRange {
        var range = ReadRange(table: fixture.table)
        range.partition = Array(partition.utf8)
        range.itemsMax = limit
        return range
    }

    @Test(arguments: [nil, 1, 2, 3, 5, 6])
    func readsAPartitionInOrderWhateverThePage(limit: Int?) throws {
        var range = query("b", limit: limit)
        #expect(try fixture.sorts(range) == ["-20", "-3", "0", "5", "100"])
        range.isForward = false
        #expect(try fixture.sorts(range) == ["100", "5", "0", "-3", "-20"])
    }

    @Test(arguments: [nil, 1, 2])
    func keepsToTheSortRange(limit: Int?) throws {
        let low = try fixture.key("b", -3).sort
        let high = try fixture.key("b", 100).sort
        var range = query("b", limit: limit)
        range.sort = SortRange(lower: low, isLowerIncluded: false, upper: high, isUpperIncluded: true)
        #expect(try fixture.sorts(range) == ["0", "5", "100"])
        range.isForward = false
        range.sort = SortRange(lower: low, isLowerIncluded: true, upper: high, isUpperIncluded: false)
        #expect(try fixture.sorts(range) == ["5", "0", "-3"])
    }

    @Test func aPositionOutsideTheRangeDoesNotWidenIt() throws {
        var range = query("b")
        range.sort = SortRange(lower: try fixture.key("b", 0).sort)
        range.after = ReadRange.Position(key: try fixture.key("b", -20))
        #expect(try fixture.sorts(range) == ["0", "5", "100"])
    }

    @Test func aPositionOnABoundThatIsLeftOutDoesNotWidenTheRange() throws {
        var bytes: [UInt8] = []
        Number(25).append(to: &bytes)
        var range = ReadRange(table: fixture.table, index: "by-kind")
        range.partition = Array("plus".utf8)
        // All three partitions have an item of rank 25: they stand beside the position in the index.
        range.after = ReadRange.Position(
            key: try fixture.key("b", 5), indexKey: EncodedKey(partition: Array("plus".utf8), sort: bytes))
        range.sort = SortRange(lower: bytes, isLowerIncluded: false)
        #expect(try ranks(range) == ["10000", "10000", "10000"])
        range.sort = SortRange(upper: bytes, isUpperIncluded: false)
        range.isForward = false
        #expect(try ranks(range) == ["0", "0", "0"])
    }

    private func ranks(_ range: ReadRange) throws -> [String] {
        try fixture.store.read(range).rows.compactMap { try $0.image.item()["rank"]?.number?.text }
    }

    @Test(arguments: [nil, 1, 4, 7])
    func scansEverythingOnce(limit: Int?) throws {
        var range = ReadRange(table: fixture.table)
        range.itemsMax = limit
        #expect(try fixture.sorts(range).count == 15)
    }

    @Test func segmentsShareTheTable() throws {
        var all: [String] = []
        for number in 0..<3 {
            var range = ReadRange(table: fixture.table)
            range.segment = ReadRange.Segment(number: number, total: 3)
            all += try fixture.sorts(range)
        }
        #expect(all.count == 15)
    }

    @Test(arguments: [nil, 1, 2, 5])
    func readsAnIndexInItsOwnOrder(limit: Int?) throws {
        var range = ReadRange(table: fixture.table, index: "by-kind")
        range.partition = Array("minus".utf8)
        range.itemsMax = limit
        #expect(try fixture.sorts(range) == ["-3", "-3", "-3", "-20", "-20", "-20"])
        range.isForward = false
        #expect(try fixture.sorts(range) == ["-20", "-20", "-20", "-3", "-3", "-3"])
        let page = try fixture.store.read(range)
        let item = try page.rows[0].image.item()
        #expect(item["colour"] == .string("red"))
        #expect(item["other"] == nil)
        #expect(page.rows[0].key == (try fixture.key("c", -20)))
    }

    @Test func anIndexFollowsItsTable() throws {
        let moved = try fixture.item("a", -3, ["kind": .string("plus"), "rank": fixture.number(1)])
        try fixture.store.write(WriteRequest(fixture.put(moved)))
        let sparse = try fixture.item("b", -3)
        try fixture.store.write(WriteRequest(fixture.put(sparse)))
        var range = ReadRange(table: fixture.table, index: "by-kind")
        range.partition = Array("minus".utf8)
        #expect(try fixture.sorts(range) == ["-3", "-20", "-20", "-20"])
        range.partition = Array("plus".utf8)
        #expect(try fixture.sorts(range).count == 10)
    }

    @Test func theLimitCountsBeforeTheFilter() throws {
        var attributes = ExpressionAttributes(values: [":n": try fixture.number(0)])
        var range = query("a", limit: 2)
        range.filter = try ConditionExpression.parse("s > :n", kind: .filter, &attributes)
        let page = try fixture.store.read(range)
        #expect(page.count == 0)
        #expect(page.scannedCount == 2)
        #expect(page.next?.key == (try fixture.key("a", -3)))
        #expect(try fixture.sorts(range) == ["5", "100"])
    }

    @Test func aPageEndsWithTheItemThatGoesOver() throws {
        var range = query("a")
        range.bytesMax = 1
        let page = try fixture.store.read(range)
        #expect(page.rows.count == 1)
        #expect(page.next != nil)
        #expect(try fixture.sorts(range).count == 5)
    }

    @Test func projectsAndCounts() throws {
        var attributes = ExpressionAttributes()
        var range = query("a")
        range.projection = try ProjectionExpression.parse("colour", &attributes)
        let page = try fixture.store.read(range)
        #expect(try page.rows[0].image.item() == Item(attributes: ["colour": .string("red")]))
        range.isCountOnly = true
        let counted = try fixture.store.read(range)
        #expect(counted.count == 5)
        #expect(counted.rows.isEmpty)
        #expect(counted.scannedBytes == page.scannedBytes)
    }
}
