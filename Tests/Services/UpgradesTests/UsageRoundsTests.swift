import Base
import Gateway
import GatewayTestKit
import LocalTables
import Registry
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing
import Tiering

@testable import Upgrades

/// What is done to usage while nobody asks.
@Suite struct UsageRoundsTests {
    private static let day: Int64 = 86_400_000

    private let deployment: TestDeployment
    private let store: UsageStore
    private let meter: UsageMeter
    private let records: [TenantRecord]

    init() throws {
        deployment = try TestDeployment()
        store = UsageStore { [stores = deployment.stores] () throws(TableError) in
            try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        }
        meter = UsageMeter(
            store: store, clock: deployment.clock, schools: { _ in 1 },
            take: { [stores = deployment.stores] in UsageMeter.merged([:], stores.takeTallies()) })
        records = deployment.directory.entries().map(\.record)
    }

    /// Clocks that are five hours behind UTC.
    private func rounds(_ tenants: [TenantRecord]? = nil) -> UsageRounds {
        let records = tenants ?? records
        return UsageRounds(
            store: store, meter: meter,
            recounter: UsageRecounter(
                registry: deployment.registry, stores: deployment.stores, catalog: deployment.catalog,
                meter: meter, pace: .init { _ in }),
            clock: deployment.clock, tenants: { records }, wall: { _ in WallClock { _ in -5 * 3600 } })
    }

    private func hours(of tenant: TenantID, from: Timestamp, _ count: Int) throws {
        try store.put(
            (0..<count).map { number in
                var hour = UsageRecord(
                    tenant: tenant, period: .hour, holding: from.advanced(bySeconds: Int64(number) * 3600))
                hour.requests = 1
                return hour
            })
    }

    private func days(of tenant: TenantID) throws -> [Int] {
        try store.list(
            of: tenant, .day, from: Timestamp(milliseconds: 0),
            to: deployment.clock.now().advanced(bySeconds: 1)
        ).map(\.requests)
    }

    /// Who was counted in a round, and of whom nothing could be.
    private func recounted(_ rounds: UsageRounds) -> (counted: [TenantID], failed: [TenantID]) {
        var (counted, failed): ([TenantID], [TenantID]) = ([], [])
        rounds.recountDue(
            isStopping: { false }, onRecount: { counted.append($0.tenant) },
            onFailure: { tenant, _ in failed.append(tenant) })
        return (counted, failed)
    }

    @Test func aPartOfTheTenantsIsRolledUpEachTimeAndAllInTurn() throws {
        let now = deployment.clock.now()
        let start = UsageRecord.Period.day.start(of: now)
        for record in records { try hours(of: record.id, from: start, 24) }
        deployment.clock.advance(byMilliseconds: 2 * Self.day + 3_600_000)
        let rounds = rounds()
        try rounds.rollUpSome { false }
        #expect(try days(of: records[0].id) == [24] && days(of: records[1].id).isEmpty)
        try rounds.rollUpSome { false }
        #expect(try days(of: records[1].id) == [24])
        try hours(of: records[0].id, from: start.advanced(bySeconds: 86_400), 2)
        try rounds.rollUpSome { true }
        #expect(try days(of: records[0].id) == [24], "one that is stopping begins nothing")
        try rounds.rollUpSome { false }
        #expect(try days(of: records[0].id) == [24, 2], "the round begins anew")
    }

    @Test func aDayThatIsJustOverMayStillGetUsage() throws {
        let start = UsageRecord.Period.day.start(of: deployment.clock.now())
        try hours(of: records[0].id, from: start, 1)
        let end = start.advanced(bySeconds: 86_400).milliseconds
        let rounds = rounds([records[0]])
        deployment.clock.setWall(byMilliseconds: end + 60_000 - deployment.clock.now().milliseconds)
        try rounds.rollUpSome { false }
        #expect(try days(of: records[0].id).isEmpty)
        deployment.clock.advance(byMilliseconds: 600_000)
        try rounds.rollUpSome { false }
        #expect(try days(of: records[0].id) == [1])
    }

    @Test func everyTenantIsCountedOnceANightByItsOwnClock() throws {
        let rounds = rounds()
        #expect(recounted(rounds).counted == records.map(\.id), "the first time at once")
        #expect(recounted(rounds).counted.isEmpty)
        // To a minute before two o'clock there, and behind it.
        let now = deployment.clock.now()
        let night = rounds.lastNight(in: records[0].timezone)
        #expect(night <= now && (night.seconds - 5 * 3600) % 86_400 == 7200)
        let wait = night.milliseconds + Self.day - now.milliseconds
        deployment.clock.advance(byMilliseconds: wait - 60_000)
        #expect(recounted(rounds).counted.isEmpty)
        deployment.clock.advance(byMilliseconds: 120_000)
        #expect(recounted(rounds).counted == records.map(\.id))
        #expect(recounted(rounds).counted.isEmpty)
        #expect(rounds.lastNight(in: records[0].timezone) == night.advanced(bySeconds: 86_400))
    }

    @Test func oneThatCannotBeCountedKeepsNobodyAndIsTriedAgainTheNextNight() throws {
        try deployment.store().setResident(records[0].id, to: Resident(epoch: 9, state: .active))
        let rounds = rounds()
        let first = recounted(rounds)
        #expect(first.failed == [records[0].id] && first.counted == [records[1].id])
        #expect(recounted(rounds).failed.isEmpty, "not again at once")
        deployment.clock.advance(byMilliseconds: Self.day)
        #expect(recounted(rounds).failed == [records[0].id])
        try deployment.store().setResident(records[0].id, to: Resident(epoch: 1, state: .active))
        deployment.clock.advance(byMilliseconds: Self.day)
        #expect(recounted(rounds).counted == records.map(\.id))
    }

    @Test func oneThatCannotBeCountedIsTriedAgainAfterHalfAnHour() throws {
        try deployment.store().setResident(records[0].id, to: Resident(epoch: 9, state: .active))
        let rounds = rounds()
        #expect(recounted(rounds).failed == [records[0].id])
        deployment.clock.advance(byMilliseconds: 1_799_000)
        #expect(recounted(rounds).failed.isEmpty)
        deployment.clock.advance(byMilliseconds: 1000)
        #expect(recounted(rounds).failed == [records[0].id])
        try deployment.store().setResident(records[0].id, to: Resident(epoch: 1, state: .active))
        #expect(recounted(rounds).counted.isEmpty, "its last attempt was just now")
        deployment.clock.advance(byMilliseconds: 1_800_000)
        #expect(recounted(rounds).counted == [records[0].id])
    }

    @Test func whoIsNotInPlaceIsLeftAlone() throws {
        for record in records {
            try deployment.registry.update(TenantRecord.self, record.id) { record, _ in
                record.state = .onboarding
            }
        }
        let now = deployment.directory.entries().map(\.record)
        let found = recounted(rounds(now))
        #expect(found.counted.isEmpty && found.failed.isEmpty)
    }
}
