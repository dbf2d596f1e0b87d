import Base
import GatewayTestKit
import Items
import Registry
import Tables
import Testing

@testable import Gateway

/// The second wall, tested with policies that allow everything: what it refuses, nothing else would.
struct WallTests {
    /// A keyed operation on a district's student.
    enum Operation: CaseIterable {
        case get, put, update, delete, query, queryIndex, batchGet, batchPut, batchDelete,
            transactGet, transactPut, transactUpdate, transactDelete, transactCheck
    }

    private static func perform(
        _ operation: Operation, on district: TestDeployment.District, _ deployment: TestDeployment,
        _ caller: GatewayCaller
    ) throws {
        let (gateway, students) = (deployment.gateway, deployment.students)
        let key = deployment.key(of: district)
        switch operation {
        case .get: _ = try gateway.getItem(GetItemCall(table: students, key: key), by: caller)
        case .put:
            let item = deployment.student(of: district, note: "written")
            try gateway.writeItem(WriteItemCall(table: students, action: .put(item)), by: caller)
        case .update:
            let update = try deployment.setting("note", to: .string("written"))
            try gateway.writeItem(
                WriteItemCall(table: students, action: .update(key: key, update)), by: caller)
        case .delete:
            try gateway.writeItem(WriteItemCall(table: students, action: .delete(key: key)), by: caller)
        case .query:
            var call = ReadRangeCall(table: students)
            call.keyCondition = try deployment.equals("recordKey", district.studentKey)
            _ = try gateway.readRange(call, by: caller)
        case .queryIndex:
            var call = ReadRangeCall(table: students)
            call.index = "teacher-index"
            call.keyCondition = try deployment.equals("teacherKey", "TENANT#\(district.school)#TEACHER#1")
            _ = try gateway.readRange(call, by: caller)
        case .batchGet:
            let own = deployment.key(of: deployment.own)
            let keys = district.tenant == deployment.own.tenant ? [own] : [own, key]
            _ = try gateway.batchGetItem(
                [BatchGetTable(table: students, keys: keys, projection: nil, isConsistent: false)], by: caller
            )
        case .transactGet:
            _ = try gateway.transactGet([TransactGet(table: students, key: key)], by: caller)
        case .transactPut, .transactUpdate, .transactDelete, .transactCheck:
            try transact(operation, on: district, deployment, caller)
        case .batchPut, .batchDelete:
            var own = deployment.student(of: deployment.own, note: "written")
            own["entityKey"] = .string("OTHER")
            let action: BatchWrite.Action =
                operation == .batchPut
                ? .put(deployment.student(of: district, note: "written")) : .delete(key: key)
            try gateway.batchWriteItem(
                [
                    BatchWrite(table: students, action: .put(own)),
                    BatchWrite(table: students, action: action),
                ],
                by: caller)
        }
    }

    /// A transaction that writes an own item, and does something to the district's.
    private static func transact(
        _ operation: Operation, on district: TestDeployment.District, _ deployment: TestDeployment,
        _ caller: GatewayCaller
    ) throws {
        let (students, key) = (deployment.students, deployment.key(of: district))
        var own = deployment.student(of: deployment.own, note: "written")
        own["entityKey"] = .string("OTHER")
        let kind: TransactWriteCall.Action.Kind =
            switch operation {
            case .transactPut: .put(deployment.student(of: district, note: "written"))
            case .transactUpdate: .update(key: key, try deployment.setting("note", to: .string("written")))
            case .transactDelete: .delete(key: key)
            default: .check(key: key)
            }
        try deployment.gateway.transactWrite(
            [
                TransactWriteCall.Action(table: students, kind: .put(own)),
                TransactWriteCall.Action(
                    table: students, kind: kind, condition: try deployment.having("note")),
            ], by: caller)
    }

    private static func open() throws -> TestDeployment {
        let deployment = try TestDeployment()
        deployment.policies.replace(by: try TestPolicies.faulty())
        for district in [deployment.own, deployment.other] {
            let teacher = "TENANT#\(district.school)#TEACHER#1"
            try deployment.plant(deployment.student(of: district, teacherKey: teacher), in: "student-table")
        }
        return deployment
    }

    @Test(arguments: Operation.allCases)
    func refusesAnothersKeyUnderPoliciesThatAllowEverything(_ operation: Operation) throws {
        let deployment = try Self.open()
        let caller = try deployment.caller(deployment.own)
        let before = try deployment.find(deployment.key(of: deployment.other), in: "student-table")

        let error = try #require(throws: GatewayError.self) {
            try Self.perform(operation, on: deployment.other, deployment, caller)
        }
        guard case .walled(let text) = error else {
            Issue.record("expected the wall, got \(error)")
            return
        }
        #expect(text.hasSuffix("because a key of the request does not belong to the tenant of the session"))
        #expect(!text.contains(deployment.other.school.text))
        #expect(deployment.gateway.metrics.wallAlarms.value == 1)
        #expect(try deployment.find(deployment.key(of: deployment.other), in: "student-table") == before)
        // Of a batch, nothing is done.
        let beside: Item = ["recordKey": .string(deployment.own.studentKey), "entityKey": .string("OTHER")]
        #expect(try deployment.find(beside, in: "student-table") == nil)
    }

    @Test(arguments: Operation.allCases)
    func letsTheTenantsOwnKeyThrough(_ operation: Operation) throws {
        let deployment = try Self.open()
        try Self.perform(operation, on: deployment.own, deployment, try deployment.caller(deployment.own))
        #expect(deployment.gateway.metrics.wallAlarms.value == 0)
    }

    // MARK: Index keys

    enum Planting: CaseIterable {
        case put, update, batch
    }

    @Test(arguments: Planting.allCases, [true, false])
    func refusesToPlantAnItemInAnothersIndexPartition(_ way: Planting, isForeign: Bool) throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        let owner = isForeign ? deployment.other : deployment.own
        let teacher = "TENANT#\(owner.school)#TEACHER#1"
        let item = deployment.student(of: deployment.own, teacherKey: teacher)
        func plant() throws {
            switch way {
            case .put:
                try deployment.gateway.writeItem(
                    WriteItemCall(table: deployment.students, action: .put(item)), by: caller)
            case .update:
                let update = try deployment.setting("teacherKey", to: .string(teacher))
                let key = deployment.key(of: deployment.own)
                try deployment.gateway.writeItem(
                    WriteItemCall(table: deployment.students, action: .update(key: key, update)), by: caller)
            case .batch:
                try deployment.gateway.batchWriteItem(
                    [BatchWrite(table: deployment.students, action: .put(item))], by: caller)
            }
        }
        guard isForeign else {
            try plant()
            #expect(try deployment.find(deployment.key(of: owner), in: "student-table") != nil)
            return
        }
        let error = try #require(throws: GatewayError.self) { try plant() }
        guard case .walled(let text) = error else {
            Issue.record("expected the wall, got \(error)")
            return
        }
        #expect(!text.contains(owner.school.text))
        #expect(try deployment.find(deployment.key(of: deployment.own), in: "student-table") == nil)
    }

    // MARK: What is read

    /// Rows that lie where the policies and the key alone would let them out.
    @Test(arguments: [false, true], [nil, "absent"])
    func answersNothingOfAnIndexPartitionWithAForeignRow(isCount: Bool, filter: String?) throws {
        let deployment = try TestDeployment()
        let teacher = "TENANT#\(deployment.own.school)#TEACHER#1"
        try deployment.plant(deployment.student(of: deployment.own, teacherKey: teacher), in: "student-table")
        var call = ReadRangeCall(table: deployment.students)
        call.index = "teacher-index"
        call.keyCondition = try deployment.equals("teacherKey", teacher)
        if isCount { call.select = .count }
        if let filter { call.filter = try deployment.having(filter) }
        let caller = try deployment.caller(deployment.own)
        let clean = try deployment.gateway.readRange(call, by: caller)
        #expect(clean.scannedCount == 1)

        try deployment.plant(
            deployment.student(of: deployment.other, teacherKey: teacher), in: "student-table")
        #expect(throws: Self.breach(deployment, " by index teacher-index")) {
            try deployment.gateway.readRange(call, by: caller)
        }
        #expect(deployment.gateway.metrics.wallAlarms.value == 1)
    }

    @Test(arguments: [nil, 1], [nil, "absent"])
    func answersAScanWhereEverythingIsTheTenantsOwnOnly(limit: Int?, filter: String?) throws {
        let deployment = try TestDeployment()
        deployment.policies.replace(by: try TestPolicies.faulty())
        try deployment.plant(deployment.student(of: deployment.own), in: "student-table")
        var call = ReadRangeCall(table: deployment.students)
        call.limit = limit
        if let filter { call.filter = try deployment.having(filter) }
        let caller = try deployment.caller(deployment.own)
        let clean = try deployment.gateway.readRange(call, by: caller)
        #expect(clean.count == (filter == nil ? 1 : 0))
        #expect(clean.scannedCount == 1)

        // Before the own item in the order of keys, so that a page of one holds it.
        var foreign = deployment.student(of: deployment.other)
        foreign["recordKey"] = .string("TENANT#s000000000000000#STUDENT#1")
        try deployment.plant(foreign, in: "student-table")
        #expect(throws: Self.breach(deployment, "")) {
            try deployment.gateway.readRange(call, by: caller)
        }
    }

    private static func breach(_ deployment: TestDeployment, _ place: String) -> GatewayError {
        .breached(
            "the second wall: tenant \(deployment.own.tenant) read an item of somebody else in table "
                + "student-table\(place)")
    }

    @Test(arguments: [nil, "teacher-index"])
    func refusesToGoOnBehindAnothersKey(index: String?) throws {
        let deployment = try TestDeployment()
        deployment.policies.replace(by: try TestPolicies.faulty())
        var call = ReadRangeCall(table: deployment.students)
        call.index = index
        func start(_ key: TestDeployment.District, _ indexKey: TestDeployment.District) -> Item {
            var item = deployment.key(of: key)
            if index != nil { item["teacherKey"] = .string("TENANT#\(indexKey.school)#TEACHER#1") }
            return item
        }
        let (own, other) = (deployment.own, deployment.other)
        let caller = try deployment.caller(own)
        call.exclusiveStartKey = start(own, own)
        #expect(try deployment.gateway.readRange(call, by: caller).count == 0)
        var foreign = [start(other, own)]
        if index != nil { foreign.append(start(own, other)) }
        for start in foreign {
            call.exclusiveStartKey = start
            let error = try #require(throws: GatewayError.self) {
                try deployment.gateway.readRange(call, by: caller)
            }
            guard case .walled = error else {
                Issue.record("expected the wall, got \(error)")
                continue
            }
        }
    }

    @Test func losesASchoolsKeysWithTheSchool() throws {
        let deployment = try TestDeployment()
        deployment.policies.replace(by: try TestPolicies.faulty())
        let caller = try deployment.caller(deployment.own)
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: deployment.own))
        _ = try deployment.gateway.getItem(call, by: caller)
        try deployment.registry.update(TenantRecord.self, deployment.own.tenant) { record, _ in
            record.schools = []
        }
        #expect(throws: GatewayError.self) { try deployment.gateway.getItem(call, by: caller) }
    }
}
