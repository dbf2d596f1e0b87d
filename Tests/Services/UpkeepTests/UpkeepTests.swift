import Base
import Gateway
import GatewayTestKit
import Items
import LocalTables
import Registry
import Tables
import Tenancy
import Testing

@testable import Upkeep

@Suite struct UpkeepTests {
    private let deployment: TestDeployment
    private let upkeep: Upkeep
    private let pool: LocalStore
    private let students: TableName

    init() throws {
        deployment = try TestDeployment(
            studentOptions: #""stream": "KEYS_ONLY", "timeToLive": "until","#)
        upkeep = Upkeep(
            stores: deployment.stores, directory: deployment.directory, catalog: deployment.catalog,
            ownStore: OperatorTables.store
        ) { store, error in Issue.record("\(store): \(error)") }
        pool = try #require(try deployment.store() as? LocalStore)
        students = deployment.physical(deployment.students, TestDeployment.pool)
        try apply()
    }

    private func apply() throws {
        try Placements(registry: deployment.registry, catalog: deployment.catalog).applyOptions(
            stores: deployment.stores, now: deployment.clock.now()
        ) { store, error in Issue.record("\(store): \(error)") }
    }

    private func plant(_ district: TestDeployment.District) throws {
        var item = deployment.student(of: district)
        item["until"] = .number(Number(Int(deployment.clock.now().seconds + 5)))
        try deployment.plant(item, in: "student-table")
    }

    private func isThere(_ district: TestDeployment.District) throws -> Bool {
        try deployment.find(deployment.key(of: district), in: "student-table") != nil
    }

    @Test func theCatalogSwitchesStreamsAndExpiryOnOnce() throws {
        let options = try #require(pool.record(of: students)?.options)
        #expect(options.stream?.viewType == .keysOnly)
        #expect(options.timeToLiveAttribute == "until")
        let schools = deployment.physical(deployment.schools, TestDeployment.pool)
        #expect(pool.record(of: schools)?.options == TableOptions())
        // At the next start, and in a store that is made later, the stream is still the same one.
        deployment.clock.advance(byMilliseconds: 60_000)
        try apply()
        #expect(pool.record(of: students)?.options == options)
        let target = try #require(try deployment.store(TestDeployment.target) as? LocalStore)
        let physical = deployment.physical(deployment.students, TestDeployment.target)
        try Placements(registry: deployment.registry, catalog: deployment.catalog).apply(
            to: target, tables: ["student-table": physical])
        #expect(target.record(of: physical)?.options == options)
    }

    @Test func itemsEndForTenantsInTheStoresCharge() throws {
        try plant(deployment.own)
        try plant(deployment.other)
        upkeep.round()
        #expect(try isThere(deployment.own))
        deployment.clock.advance(byMilliseconds: 6000)
        try deployment.store().setResident(deployment.other.tenant, to: Resident(epoch: 2, state: .fenced))
        upkeep.round()
        #expect(try !isThere(deployment.own))
        #expect(try isThere(deployment.other))
        let stream = try #require(try pool.streams().first)
        let changes = try pool.streamChanges(
            ChangeSelection(table: students, startedAt: stream.startedAt, tenant: deployment.own.tenant))
        #expect(changes.map(\.cause) == [.expiry])
        #expect(changes.map(\.epoch) == [1])
    }

    @Test func anItemOfATenantThatHasMovedIsNotThisStoresToEnd() throws {
        try plant(deployment.own)
        try deployment.place(deployment.own, in: TestDeployment.target, epoch: 2)
        deployment.clock.advance(byMilliseconds: 6000)
        upkeep.round()
        #expect(try isThere(deployment.own))
    }

    @Test func itemsOfASchoolThatIsBeingMovedStayUntilItHasMoved() throws {
        try plant(deployment.own)
        let run = RunID(random: SeededRandom(seed: 1))
        try deployment.registry.update(TenantRecord.self, deployment.own.tenant) { record, _ in
            record.schools[0].state = .moving(run)
        }
        deployment.clock.advance(byMilliseconds: 6000)
        upkeep.round()
        #expect(try isThere(deployment.own))
        try deployment.registry.update(TenantRecord.self, deployment.own.tenant) { record, _ in
            record.schools[0].state = .open
        }
        upkeep.round()
        #expect(try !isThere(deployment.own))
    }

    /// What an application has given an end keeps it: a suspension does not lengthen how long personal data is kept.
    @Test(arguments: Suspension.Mode.allCases) func itemsOfASuspendedTenantEnd(_ mode: Suspension.Mode) throws
    {
        try plant(deployment.own)
        try deployment.setState(
            .suspended(Suspension(reason: "a test", mode: mode)), of: deployment.own)
        deployment.clock.advance(byMilliseconds: 6000)
        upkeep.round()
        #expect(try !isThere(deployment.own))
    }

    @Test func aKeyOfNobodyStays() throws {
        var item = deployment.student(of: deployment.own)
        item["recordKey"] = .string("TENANT#s000000000000000#STUDENT#1")
        item["until"] = .number(Number(Int(deployment.clock.now().seconds - 5)))
        try deployment.plant(item, in: "student-table")
        upkeep.round()
        #expect(try pool.extent(of: KeyRange(table: students, lower: [], upper: nil)).items == 1)
    }

    @Test func oldRecordsAreTrimmedAlsoInAStoreThatWasLeft() throws {
        try plant(deployment.own)
        try deployment.place(deployment.own, in: TestDeployment.target, epoch: 2)
        try deployment.place(deployment.other, in: TestDeployment.target, epoch: 2)
        deployment.clock.advance(byMilliseconds: 24 * 3_600_000 + 1)
        upkeep.round()
        let stream = try #require(try pool.streams().first)
        let bounds = try pool.streamBounds(of: students, startedAt: stream.startedAt)
        #expect(bounds == StreamBounds(trimHorizon: 1, latest: 1))
    }

    /// What a stream has left behind when the catalog switched it off must go too.
    @Test func recordsOfAStreamThatIsNotWantedAnyLongerAreTrimmed() throws {
        try plant(deployment.own)
        let text = TestCatalog.json(readUnits: 1, writeUnits: 1)
        let catalog = try Catalog(parsing: Array(text.utf8), file: "catalog.json")
        try Placements(registry: deployment.registry, catalog: catalog).applyOptions(
            stores: deployment.stores, now: deployment.clock.now()
        ) { store, error in Issue.record("\(store): \(error)") }
        let stream = try #require(try pool.streams().first)
        #expect(stream.endedAt != nil)
        let changes = ChangeSelection(table: students, startedAt: stream.startedAt)
        #expect(try pool.streamChanges(changes).count == 1)
        deployment.clock.advance(byMilliseconds: 24 * 3_600_000 + 1)
        Upkeep(
            stores: deployment.stores, directory: deployment.directory, catalog: catalog,
            ownStore: OperatorTables.store
        ) { store, error in Issue.record("\(store): \(error)") }.round()
        #expect(try pool.streams() == [])
        #expect(try pool.trimHistory(entriesMax: 10) == 0)
    }

    @Test func operatorsOwnItemsEnd() throws {
        let store = try #require(
            try deployment.stores.create(OperatorTables.store, tables: []) as? LocalStore)
        let name = try #require(TableName("orders"))
        try store.create(
            TableSchema(name: name, key: KeySchema(partition: KeyAttribute(name: "id", type: .string))))
        try store.updateOptions(of: name) { $0.timeToLiveAttribute = "until" }
        let item: Item = [
            "id": .string("1"), "until": .number(Number(Int(deployment.clock.now().seconds - 5))),
        ]
        try store.write(
            WriteRequest(
                ItemWrite(
                    table: name, key: EncodedKey(partition: Array("1".utf8)), action: .put(item))))
        upkeep.round()
        #expect(try store.extent(of: KeyRange(table: name, lower: [], upper: nil)).items == 0)
    }
}
