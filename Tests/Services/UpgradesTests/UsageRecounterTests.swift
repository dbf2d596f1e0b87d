import Base
import Gateway
import GatewayTestKit
import Items
import LocalTables
import Migrations
import Registry
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing

@testable import Upgrades

/// What the meter says of a tenant's items is what there is.
@Suite final class UsageRecounterTests: Sendable {
    private let deployment: TestDeployment
    private let meter: UsageMeter
    private let usage: UsageStore
    private var tenant: TenantID { deployment.own.tenant }

    init(seed: UInt64 = 1) throws {
        deployment = try TestDeployment(seed: seed, readUnits: 1_000_000, writeUnits: 1_000_000)
        usage = UsageStore { [stores = deployment.stores] () throws(TableError) in
            try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        }
        meter = UsageMeter(
            store: usage, clock: deployment.clock, schools: { _ in 1 },
            take: { [routes = deployment.routes, stores = deployment.stores] in
                UsageMeter.merged(routes.takeUsage(), stores.takeTallies())
            })
        deployment.policies.replace(by: try TestPolicies.faulty())
    }

    private func recounter(rowsMax: Int = 3, rest: @escaping @Sendable () -> Void = {}) -> UsageRecounter {
        var pace = UsageRecounter.Pace { _ in rest() }
        pace.rowsMax = rowsMax
        return UsageRecounter(
            registry: deployment.registry, stores: deployment.stores, catalog: deployment.catalog,
            meter: meter, pace: pace)
    }

    private func item(_ sort: Int, note: Int) -> Item {
        var item = deployment.key(of: deployment.own)
        item["entityKey"] = .string("E#\(sort)")
        item["note"] = .string(String(repeating: "n", count: note))
        return item
    }

    private func put(_ sort: Int, note: Int = 1) throws {
        try deployment.gateway.writeItem(
            WriteItemCall(table: deployment.students, action: .put(item(sort, note: note))),
            by: try deployment.caller(deployment.own))
    }

    @Test func whatIsWrittenMeanwhileIsNeitherDriftNorLost() throws {
        for sort in 0..<10 { try put(sort) }
        let world = self
        let turn = Atomic<Int>(0)
        let recount = try recounter(rowsMax: 2) {
            let number = turn.wrappingAdd(1, ordering: .relaxed).newValue
            do {
                // One behind the count, one before it.
                try world.put(0, note: 10 + number)
                try world.put(50 + number)
                if number == 2 { try world.meter.collect() }
            } catch { Issue.record(error) }
        }.recount(tenant)
        #expect(turn.load(ordering: .relaxed) >= 5)
        #expect(recount.drift == Extent() && recount.counted.items > 14)
        try meter.collect()
        // What was written in the rest behind the count is in the next.
        let next = try recounter().recount(tenant)
        #expect(next.drift == Extent() && next.counted.items > recount.counted.items)
        #expect(try meter.hour(of: tenant)?.items == next.counted.items)
    }

    @Test func aWrongFigureIsCorrectedAndTold() throws {
        for sort in 0..<10 { try put(sort) }
        try meter.collect()
        #expect(try recounter().recount(tenant).drift == Extent())
        var hour = try #require(try meter.hour(of: tenant))
        let right = (hour.items, hour.bytes)
        hour.items -= 3
        hour.bytes += 1000
        try usage.put([hour])
        // As after a restart.
        let later = UsageMeter(store: usage, clock: deployment.clock, schools: { _ in 1 }, take: { [:] })
        let recount = try UsageRecounter(
            registry: deployment.registry, stores: deployment.stores, catalog: deployment.catalog,
            meter: later, pace: .init { _ in }
        ).recount(tenant)
        #expect(recount.drift == Extent(items: 3, bytes: -1000) && !recount.isFirst)
        let corrected = try #require(
            try usage.last(of: tenant, .hour, before: hour.start.advanced(bySeconds: 1)))
        #expect(corrected.items == right.0 && corrected.bytes == right.1)
        #expect(corrected.recount?.driftItems == 3 && corrected.recount?.driftBytes == -1000)
    }

    @Test func countsWhatLiesThereAndOnlyTheTenantsOwn() throws {
        // Past the gateway: what nobody has counted.
        try deployment.plant(deployment.student(of: deployment.own), in: "student-table")
        try deployment.plant(deployment.student(of: deployment.other), in: "student-table")
        let recount = try recounter().recount(tenant)
        #expect(recount.counted.items == 1 && recount.isFirst && recount.reckoned == Extent())
    }

    @Test func aSchoolThatComesMeanwhileIsCounted() throws {
        for sort in 0..<10 { try put(sort) }
        let school = SchoolID(random: SeededRandom(seed: 77))
        let (deployment, tenant) = (deployment, tenant)
        let hasCome = Atomic<Bool>(false)
        let recount = try recounter(rowsMax: 2) {
            guard !hasCome.exchange(true, ordering: .relaxed) else { return }
            do {
                try deployment.registry.update(TenantRecord.self, tenant) { record, _ in
                    record.schools.append(
                        SchoolRecord(id: school, name: "New", createdAt: deployment.clock.now()))
                }
                let item: Item = [
                    "recordKey": .string("TENANT#\(school)#STUDENT#1"), "entityKey": .string("PROFILE"),
                ]
                let table = deployment.students
                try deployment.store().write(
                    WriteRequest(
                        .single,
                        [
                            ItemWrite(
                                table: deployment.physical(table, TestDeployment.pool),
                                key: try table.schema.key.key(ofItem: item), action: .put(item))
                        ], route: WriteRoute(tenant: tenant, epoch: 1, wall: OpenWall())))
            } catch { Issue.record(error) }
        }.recount(tenant)
        #expect(recount.counted.items == 11 && recount.drift == Extent())
    }

    @Test func whoeverIsNotInPlaceIsRefused() throws {
        let stranger = TenantID(random: SeededRandom(seed: 5))
        #expect(throws: UsageError.noSuchTenant(stranger.text)) { try recounter().recount(stranger) }
        try deployment.setState(.onboarding, of: deployment.own)
        #expect(throws: UsageError.nothingToCount(tenant)) { try recounter().recount(tenant) }
        try deployment.setState(.active, of: deployment.own)
        #expect(throws: UsageError.stopped) {
            for sort in 0..<10 { try put(sort) }
            _ = try recounter().recount(tenant, isStopping: { true })
        }
        try deployment.store().setResident(tenant, to: Resident(epoch: 2, state: .active))
        #expect(throws: UsageError.unsteady(tenant)) { try recounter().recount(tenant) }
    }

    /// Has a run of that kind hold the tenant's place.
    private func hold(by kind: String) throws {
        let run = RunRecord(
            id: RunID(random: SeededRandom(seed: 3)), kind: kind, tenant: tenant, actor: .system,
            idempotencyKey: nil, lock: MoveWorkflow.placeLock, input: "{}", steps: ["plan"],
            createdAt: deployment.clock.now())
        let lock = RunLock(
            id: RunLock.ID(tenant: tenant, name: MoveWorkflow.placeLock), run: run.id)
        try deployment.registry.transact(RegistryTransaction([.insert(run), .insert(lock)]))
    }

    @Test func whileASchoolMovesItsTenantsAreNotCounted() throws {
        for sort in 0..<10 { try put(sort) }
        try hold(by: SchoolMoveWorkflow.runKind)
        #expect(throws: UsageError.schoolsMove(tenant)) { try recounter().recount(tenant) }
        #expect(try meter.hour(of: tenant)?.recount == nil)
    }

    @Test func aSchoolThatBeginsToMoveMeanwhileUndoesTheCount() throws {
        for sort in 0..<10 { try put(sort) }
        let world = self
        let hasBegun = Atomic<Bool>(false)
        #expect(throws: UsageError.schoolsMove(tenant)) {
            try recounter(rowsMax: 2) {
                guard !hasBegun.exchange(true, ordering: .relaxed) else { return }
                do { try world.hold(by: SchoolMoveWorkflow.runKind) } catch { Issue.record(error) }
            }.recount(tenant)
        }
        #expect(try meter.hour(of: tenant)?.recount == nil, "what was counted by then is not taken over")
    }

    @Test func aMoveOfTheWholeTenantKeepsNobodyFromCounting() throws {
        for sort in 0..<10 { try put(sort) }
        try hold(by: MoveWorkflow.runKind)
        #expect(try recounter().recount(tenant).counted.items == 10)
    }

    @Test func fuzzedUseOfAllKindsLeavesNoDrift() throws {
        try Fuzzer("usage", rounds: 8).run { random in
            try UsageRecounterTests(seed: random.next() % 1000 + 1).play(random)
        }
    }

    /// Requests of all kinds, some refused; collected now and then; counted at the end.
    private func play(_ random: SeededRandom) throws {
        func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        func key(_ sort: Int) -> Item {
            var key = deployment.key(of: deployment.own)
            key["entityKey"] = .string("E#\(sort)")
            return key
        }
        func isThere() throws -> ConditionExpression { try deployment.having("note") }
        let table = deployment.students
        let caller = try deployment.caller(deployment.own)
        for _ in 0..<80 {
            do throws(GatewayError) {
                switch pick(8) {
                case 0, 1:
                    let put = WriteItemCall(table: table, action: .put(item(pick(15), note: pick(50))))
                    try deployment.gateway.writeItem(put, by: caller)
                case 2:
                    try deployment.gateway.writeItem(
                        WriteItemCall(table: table, action: .delete(key: key(pick(15)))), by: caller)
                case 3:
                    let value = AttributeValue.string(String(repeating: "u", count: pick(30)))
                    let update = try wellFormed { try deployment.setting("more", to: value) }
                    try deployment.gateway.writeItem(
                        WriteItemCall(table: table, action: .update(key: key(pick(15)), update)), by: caller)
                case 4:
                    let first = pick(15)
                    try deployment.gateway.batchWriteItem(
                        [
                            BatchWrite(table: table, action: .put(item(first, note: pick(20)))),
                            BatchWrite(table: table, action: .delete(key: key((first + 1 + pick(14)) % 15))),
                        ], by: caller)
                case 5:
                    let first = pick(15)
                    let other = (first + 1 + pick(14)) % 15
                    try deployment.gateway.transactWrite(
                        [
                            TransactWriteCall.Action(
                                table: table, kind: .put(item(first, note: pick(20)))),
                            TransactWriteCall.Action(
                                table: table, kind: .check(key: key(other)),
                                condition: try wellFormed(isThere)),
                        ], by: caller)
                case 6: try wellFormed { try meter.collect() }
                default: deployment.clock.advance(byMilliseconds: Int64(pick(2_000_000)))
                }
            } catch {
                // Refused by their conditions; what else is refused shows in the count.
                switch error {
                case .conditionFailed, .transactionCancelled: break
                default: throw error
                }
            }
        }
        let recount = try recounter(rowsMax: 1 + pick(5)).recount(tenant)
        try #require(recount.drift == Extent())
        let found = try deployment.store().extent(
            of: KeyRange(
                table: deployment.physical(table, TestDeployment.pool), lower: [], upper: nil))
        try #require(recount.counted == found)
    }

    private func wellFormed<Value>(_ body: () throws -> Value) throws(GatewayError) -> Value {
        do { return try body() } catch { throw .fault("\(error)") }
    }
}

/// A wall that lets everything through.
private struct OpenWall: ItemWall {
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { true }
}
