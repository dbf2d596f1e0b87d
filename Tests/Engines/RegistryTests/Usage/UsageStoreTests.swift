import Base
import LocalTables
import Tables
import TestKit
import Testing

@testable import Registry

@Suite struct UsageStoreTests {
    /// 2026-03-01T00:00:00Z.
    private static let start = Timestamp(milliseconds: 1_772_323_200_000)
    private let folder: TemporaryFolder
    private let store: UsageStore
    private let tenant = TenantID(random: SeededRandom(seed: 1))
    private let other = TenantID(random: SeededRandom(seed: 2))

    init() throws {
        folder = try TemporaryFolder()
        let stores = try LocalStores(folder: folder.path, surroundings: StoreSurroundings())
        store = UsageStore { () throws(TableError) in
            try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        }
    }

    private func hour(
        _ hour: Int, of tenant: TenantID? = nil, change: (inout UsageRecord) -> Void = { _ in }
    ) -> UsageRecord {
        var record = UsageRecord(
            tenant: tenant ?? self.tenant, period: .hour,
            holding: Self.start.advanced(bySeconds: Int64(hour) * 3600 + 1234))
        record.requests = 1
        change(&record)
        return record
    }

    private func requests(_ period: UsageRecord.Period, days: ClosedRange<Int> = 0...1000) throws -> [Int] {
        try store.list(
            of: tenant, period, from: Self.start.advanced(bySeconds: Int64(days.lowerBound) * 86_400),
            to: Self.start.advanced(bySeconds: Int64(days.upperBound) * 86_400)
        ).map(\.requests)
    }

    @Test(
        arguments: [
            (UsageRecord.Period.hour, 3_599_999, 0), (.hour, 3_600_000, 3_600_000), (.day, 86_399_999, 0),
            (.day, -1, -86_400_000), (.hour, -1, -3_600_000),
        ] as [(UsageRecord.Period, Int64, Int64)])
    func aPeriodBeginsOnTheClock(_ period: UsageRecord.Period, _ moment: Int64, _ start: Int64) {
        #expect(period.start(of: Timestamp(milliseconds: moment)).milliseconds == start)
    }

    @Test func whatIsPutTwiceIsThereOnce() throws {
        try store.put([hour(0), hour(1)])
        try store.put([hour(1) { $0.requests = 7 }])
        #expect(try requests(.hour) == [1, 7])
        #expect(
            try store.last(of: tenant, .hour, before: Self.start.advanced(bySeconds: 3600))?.requests == 1)
        #expect(try store.last(of: other, .hour, before: Self.start.advanced(bySeconds: 3600)) == nil)
    }

    @Test func daysAreMadeOfTheHoursThatAreOver() throws {
        try store.put([
            hour(1) { ($0.readHalfUnits, $0.busiestReadHalfUnits, $0.items, $0.schools) = (10, 6, 5, 2) },
            hour(23) { ($0.readHalfUnits, $0.busiestReadHalfUnits, $0.items, $0.schools) = (5, 3, 4, 3) },
            hour(24) { $0.requests = 4 }, hour(48) { $0.requests = 9 },
        ])
        let now = Self.start.advanced(bySeconds: 50 * 3600)
        for _ in 0..<2 { try store.rollUp(tenant, at: now) }
        #expect(try requests(.day) == [2, 4], "today is not over")
        let day = try #require(try store.list(of: tenant, .day, from: Self.start, to: now).first)
        #expect(day.readHalfUnits == 15 && day.busiestReadHalfUnits == 6)
        #expect(day.items == 4 && day.schools == 3, "as at its end")
        #expect(try requests(.hour) == [1, 1, 4, 9])
    }

    @Test func oldHoursGoAndTheirDaysStay() throws {
        for day in 0..<100 { try store.put([hour(day * 24)]) }
        try store.rollUp(tenant, at: Self.start.advanced(bySeconds: 100 * 86_400))
        #expect(try requests(.day).count == 100)
        #expect(try requests(.hour).count == Limits.usageHourDays)
        try store.rollUp(tenant, at: Self.start.advanced(bySeconds: Int64(Limits.usageDays + 10) * 86_400))
        #expect(try requests(.day).count == 90)
    }

    @Test func aTenantThatLeavesTakesItsUsageAlong() throws {
        try store.put((0..<40).map { hour($0) } + [hour(3, of: other)])
        try store.rollUp(tenant, at: Self.start.advanced(bySeconds: 40 * 3600))
        #expect(try store.count(of: tenant) == 41)
        #expect(try store.remove(of: tenant) == 41)
        #expect(try store.count(of: tenant) == 0)
        #expect(try store.count(of: other) == 1)
    }

    @Test func moreThanACommitTakesIsKeptAndRemovedAllTheSame() throws {
        try store.put((0..<250).map { hour($0) })
        #expect(try requests(.hour).count == 250)
        #expect(try store.remove(of: tenant) == 250)
        #expect(try store.count(of: tenant) == 0)
    }
}
