import Base
import GatewayTestKit
import Items
import Tables
import Testing

@testable import Gateway

/// What reads and writes cost. Sources: DynamoDB Developer Guide, "Read consumption", "Write consumption", and the sections on
/// global and local secondary indexes.
struct CapacityTests {
    private let deployment: TestDeployment
    private let caller: GatewayCaller

    init() throws {
        deployment = try TestDeployment()
        deployment.policies.replace(by: try TestPolicies.faulty())
        caller = try deployment.caller(deployment.own)
    }

    @Test(arguments: [
        (0, false, 1), (1, false, 1), (4096, false, 1), (4097, false, 2), (3584, true, 2), (10240, true, 6),
        (13312, true, 8), (409_600, false, 100),
    ])
    func readsCostByFourKilobytes(bytes: Int, isConsistent: Bool, halfUnits: Int) {
        #expect(CapacityUsed.readHalfUnits(bytes: bytes, isConsistent: isConsistent) == halfUnits)
    }

    @Test(arguments: [(0, 2), (500, 2), (1024, 2), (1025, 4), (1536, 4), (409_600, 800)])
    func writesCostByTheKilobyte(bytes: Int, halfUnits: Int) {
        #expect(CapacityUsed.writeHalfUnits(bytes: bytes) == halfUnits)
    }

    // MARK: Writes

    private func student(
        grade: Int? = nil, remark: Int = 0, note: Int = 0, rank: Int? = nil
    ) -> Item {
        var item = deployment.key(of: deployment.own)
        if let grade { item["grade"] = .number(Number(grade)) }
        if remark > 0 { item["remark"] = .string(String(repeating: "x", count: remark)) }
        if note > 0 { item["note"] = .string(String(repeating: "y", count: note)) }
        if let rank {
            item["rank"] = .number(Number(rank))
            item["groupKey"] = .string("TENANT#\(deployment.own.school)#GROUP")
        }
        return item
    }

    /// Units of the table and, by name, of its indexes.
    private struct Units: Equatable {
        var table: Double
        var indexes: [String: Double] = [:]
    }

    private func units(_ capacity: CapacityUsed) -> Units {
        var units = Units(table: Double(capacity.tableHalfUnits) / 2)
        for share in capacity.indexes { units.indexes[share.name] = Double(share.halfUnits) / 2 }
        return units
    }

    private func put(_ item: Item) throws -> Units {
        let call = WriteItemCall(table: deployment.students, action: .put(item))
        return units(try deployment.gateway.writeItem(call, by: caller).capacity)
    }

    private func delete() throws -> Units {
        let key = deployment.key(of: deployment.own)
        let call = WriteItemCall(table: deployment.students, action: .delete(key: key))
        return units(try deployment.gateway.writeItem(call, by: caller).capacity)
    }

    @Test func anIndexCostsByItsOwnEntries() throws {
        #expect(try put(student(note: 2500)) == Units(table: 3))
        #expect(try put(student(grade: 1, note: 2500)) == Units(table: 3, indexes: ["grade-index": 1]))
        // The same again, and what the index does not hold, costs the table alone.
        #expect(try put(student(grade: 1, note: 2500)) == Units(table: 3))
        #expect(try put(student(grade: 1, note: 10)) == Units(table: 3))
        // In place: by the larger of the two entries.
        #expect(try put(student(grade: 1, remark: 2500)) == Units(table: 3, indexes: ["grade-index": 3]))
        #expect(try put(student(grade: 1, remark: 1)) == Units(table: 3, indexes: ["grade-index": 3]))
        // Moved: both entries, each by itself.
        #expect(try put(student(grade: 1, remark: 1300)) == Units(table: 2, indexes: ["grade-index": 2]))
        #expect(try put(student(grade: 2, remark: 1300)) == Units(table: 2, indexes: ["grade-index": 4]))
        #expect(try put(student(grade: 3)) == Units(table: 2, indexes: ["grade-index": 3]))
        // Out of the index, and gone.
        #expect(try put(student()) == Units(table: 1, indexes: ["grade-index": 1]))
        #expect(try delete() == Units(table: 1))
        #expect(try delete() == Units(table: 1))
    }

    @Test func everyIndexCostsByItself() throws {
        #expect(
            try put(student(grade: 1, note: 2500, rank: 1))
                == Units(table: 3, indexes: ["grade-index": 1, "keys-index": 1]))
        #expect(try put(student(grade: 1, note: 9, rank: 2)) == Units(table: 3, indexes: ["keys-index": 2]))
        #expect(try delete() == Units(table: 1, indexes: ["grade-index": 1, "keys-index": 1]))
    }

    @Test func aTransactionCostsTwice() {
        var capacity = CapacityUsed(tableHalfUnits: 3)
        let index = IndexSchema(
            name: "i", key: KeySchema(partition: KeyAttribute(name: "a", type: .string)), kind: .local)
        let write = IndexWrite(index: index, removedBytes: 1025, storedBytes: 1)
        capacity.add(CapacityUsed(WriteOutcome(old: nil, new: nil, indexWrites: [write])))
        let doubled = capacity.multiplied(by: 2)
        #expect(doubled.tableHalfUnits == 10)
        #expect(doubled.indexes == [CapacityUsed.IndexShare(name: "i", kind: .local, halfUnits: 12)])
        #expect(doubled.halfUnits == 22)
    }

    // MARK: Reads

    private func query(
        _ index: String?, consistent: Bool = false, select: ReadRangeCall.Select? = nil,
        projecting: String? = nil
    ) throws -> ReadRangeResult {
        var call = ReadRangeCall(table: deployment.students)
        call.index = index
        call.keyCondition = try deployment.equals("recordKey", deployment.own.studentKey)
        call.isConsistent = consistent
        call.select = select
        var attributes = ExpressionAttributes()
        call.projection = try projecting.map { text throws(ItemError) in
            try ProjectionExpression.parse(text, &attributes)
        }
        return try deployment.gateway.readRange(call, by: caller)
    }

    /// Ten students of 5 KB with entries of 500 bytes.
    private func fill() throws {
        for number in 0..<10 {
            var item = student(grade: number, remark: 400, note: 5000)
            item["entityKey"] = .string("YEAR#\(number)")
            let call = WriteItemCall(table: deployment.students, action: .put(item))
            try deployment.gateway.writeItem(call, by: caller)
        }
    }

    @Test func queriesCostByTheSumOfWhatTheyReadAndFetchesOneByOne() throws {
        try fill()
        // 10 items of 5,5 KB are 14 blocks; their entries in the index are 2.
        let items = try query(nil)
        #expect(items.items.count == 10)
        #expect(units(items.capacity) == Units(table: 7))
        #expect(units(try query(nil, consistent: true).capacity) == Units(table: 14))
        let entries = try query("grade-index")
        #expect(try entries.items.map { try $0.item()["note"] } == Array(repeating: nil, count: 10))
        #expect(units(entries.capacity) == Units(table: 0, indexes: ["grade-index": 1]))
        #expect(
            units(try query("grade-index", consistent: true).capacity)
                == Units(table: 0, indexes: ["grade-index": 2]))
        #expect(
            units(try query("grade-index", select: .count).capacity)
                == Units(table: 0, indexes: ["grade-index": 1]))
        // What the index does not hold: each item's two blocks beside.
        let whole = try query("grade-index", select: .allAttributes)
        #expect(try whole.items.allSatisfy { try $0.item()["note"] != nil })
        #expect(units(whole.capacity) == Units(table: 10, indexes: ["grade-index": 1]))
        let part = try query("grade-index", consistent: true, projecting: "note, remark")
        #expect(try part.items.allSatisfy { try $0.item().attributes.keys == ["note", "remark"] })
        #expect(units(part.capacity) == Units(table: 20, indexes: ["grade-index": 2]))
        #expect(
            units(try query("grade-index", projecting: "remark, grade").capacity)
                == Units(table: 0, indexes: ["grade-index": 1]))
    }

    @Test func nothingFoundCostsTheLeast() throws {
        #expect(units(try query(nil).capacity) == Units(table: 0.5))
        #expect(
            units(try query("grade-index", select: .allAttributes).capacity)
                == Units(table: 0, indexes: ["grade-index": 0.5]))
    }

    /// By the larger of the item there and the one that was to be put.
    @Test func aWriteThatItsConditionRefusesCostsToo() throws {
        let deployment = try TestDeployment(writeUnits: 1)
        deployment.policies.replace(by: try TestPolicies.faulty())
        let caller = try deployment.caller(deployment.own)
        var call = WriteItemCall(
            table: deployment.students,
            action: .put(deployment.student(of: deployment.own, note: String(repeating: "x", count: 2900))))
        try deployment.gateway.writeItem(call, by: caller)
        let larger = deployment.student(of: deployment.own, note: String(repeating: "x", count: 4900))
        call.action = .put(larger)
        var attributes = ExpressionAttributes()
        call.condition = try ConditionExpression.parse(
            "attribute_not_exists(recordKey)", kind: .condition, &attributes)
        // Of 300 units in the burst 3 are used: 60 refusals of 5 units each begin before they are all gone.
        for _ in 0..<60 {
            let error = try #require(throws: GatewayError.self) {
                try deployment.gateway.writeItem(call, by: caller)
            }
            guard case .conditionFailed = error else {
                Issue.record("expected the condition's failure, got \(error)")
                return
            }
        }
        let error = try #require(throws: GatewayError.self) {
            try deployment.gateway.writeItem(call, by: caller)
        }
        guard case .overRate = error else {
            Issue.record("expected the rate's limit, got \(error)")
            return
        }
    }
}
