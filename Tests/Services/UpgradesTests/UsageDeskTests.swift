import Base
import GatewayTestKit
import LocalTables
import Registry
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing

@testable import Upgrades

/// What is told of usage is as of now, and telling it writes nothing.
@Suite struct UsageDeskTests {
    private let deployment: TestDeployment
    private let store: UsageStore
    private let meter: UsageMeter
    private let desk: UsageDesk
    private let used = Used()
    private var tenant: TenantID { deployment.own.tenant }

    private final class Used: Sendable {
        let requests = Mutex<[TenantID: TenantUsage]>([:])

        func add(_ tenant: TenantID) {
            requests.withLock { $0[tenant, default: TenantUsage()].requests += 1 }
        }

        func take() -> [TenantID: TenantUsage] {
            requests.withLock { requests in
                defer { requests = [:] }
                return requests
            }
        }
    }

    init() throws {
        deployment = try TestDeployment()
        store = UsageStore { [stores = deployment.stores] () throws(TableError) in
            try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        }
        meter = UsageMeter(
            store: store, clock: deployment.clock, schools: { _ in 1 }, take: { [used] in used.take() })
        desk = UsageDesk(
            store: store, meter: meter,
            recounter: UsageRecounter(
                registry: deployment.registry, stores: deployment.stores, catalog: deployment.catalog,
                meter: meter, pace: .init { _ in }))
    }

    private func listed(_ period: UsageRecord.Period) throws -> [Int] {
        try desk.list(of: tenant, period, from: Timestamp(milliseconds: 0), to: end).map(\.requests)
    }

    private var end: Timestamp { deployment.clock.now().advanced(bySeconds: 1) }

    private func written() throws -> [Int] {
        try store.list(of: tenant, .hour, from: Timestamp(milliseconds: 0), to: end).map(\.requests)
    }

    @Test(arguments: UsageRecord.Period.allCases)
    func theHourUnderWayIsTheLastOneAsOfNowWithoutAWrite(_ period: UsageRecord.Period) throws {
        used.add(tenant)
        #expect(try listed(period) == [1])
        #expect(try written().isEmpty)
        try meter.collect()
        used.add(tenant)
        #expect(try listed(period) == [2] && written() == [1])
        deployment.clock.advance(byMilliseconds: 3_600_000)
        used.add(tenant)
        #expect(try listed(period).last == (period == .hour ? 1 : 3) && written() == [1])
        try meter.collect()
        #expect(try written() == [2, 1], "what was only told so far is written in its own hour")
    }

    /// What nobody else is told of either.
    @Test func whoAsksForOneTenantWritesNothingOfAnother() throws {
        used.add(deployment.other.tenant)
        #expect(try listed(.hour).isEmpty)
        #expect(try store.count(of: deployment.other.tenant) == 0)
        try meter.collect()
        #expect(try store.count(of: deployment.other.tenant) == 1)
    }

    @Test func anHourOutsideOfWhatIsAskedForIsLeftOut() throws {
        used.add(tenant)
        let start = UsageRecord.Period.hour.start(of: deployment.clock.now())
        let before = try desk.list(
            of: tenant, .hour, from: start.advanced(bySeconds: -7200), to: start)
        #expect(before.isEmpty)
        let later = try desk.list(
            of: tenant, .hour, from: start.advanced(bySeconds: 3600), to: start.advanced(bySeconds: 7200))
        #expect(later.isEmpty)
    }
}
