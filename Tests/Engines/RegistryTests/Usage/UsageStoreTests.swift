import Base
import FoundationEssentials
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

    // MARK: How a record is read and written

    private func encoded(_ record: UsageRecord) throws -> String {
        String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
    }

    /// No field may be left out by hand.
    @Test func aRecordIsReadAndWrittenAsACoderDoesIt() throws {
        var record = hour(3)
        (record.readHalfUnits, record.writeHalfUnits, record.requests, record.throttled) = (1, 2, 3, 4)
        (record.busiestReadHalfUnits, record.busiestWriteHalfUnits) = (5, 6)
        (record.schools, record.items, record.bytes) = (7, -8, Int.max)
        for recount in [
            nil, UsageRecord.Recount(at: Self.start, driftItems: nil, driftBytes: nil),
            UsageRecord.Recount(at: Self.start, driftItems: -3, driftBytes: 0),
        ] {
            record.recount = recount
            let body = try encoded(record)
            #expect(try UsageRecord(reading: body) == record)
            #expect(try JSONDecoder().decode(UsageRecord.self, from: Data(record.body.utf8)) == record)
        }
        let blank = UsageRecord(tenant: other, period: .day, holding: Timestamp(milliseconds: 0))
        let same = zip(Mirror(reflecting: record).children, Mirror(reflecting: blank).children)
            .filter { "\($0.value)" == "\($1.value)" }.map { $0.0.label ?? "" }
        #expect(same == [], "a field that the sample does not set is not seen to be read")
    }

    @Test func aRecordOfAnotherVersionIsRead() throws {
        let old =
            #"{"tenant":"\#(tenant)","period":"hour","start":1772323200000,"requests":2,"recount":null}"#
        #expect(try UsageRecord(reading: old)?.requests == 2)
        let later = #"{"later":{"a":[1]},"tenant":"\#(tenant)","period":"day","start":0,"bytes":9}"#
        #expect(try UsageRecord(reading: later)?.bytes == 9)
    }

    @Test(arguments: [
        "{}", #"{"tenant":"nobody","period":"hour","start":0}"#, #"{"period":"hour","start":0}"#,
    ])
    func whatSaysNotWhoseItIsIsNoRecord(_ body: String) throws {
        #expect(try UsageRecord(reading: body) == nil)
    }

    @Test(arguments: ["", "[]", "{", #"{"start":"x"}"#, #"{"requests":{}}"#, "{} {}"])
    func whatIsNoRecordsTextIsRefused(_ body: String) {
        #expect(throws: JSONError.self) { _ = try UsageRecord(reading: body) }
    }

    @Test func fuzzReadingNeverDiffersFromADecoder() throws {
        try Fuzzer("usage record", rounds: 300).run { random in
            var record = hour(random.below(5000))
            func number() -> Int { Int(truncatingIfNeeded: random.next() >> UInt64(random.below(64))) }
            (record.readHalfUnits, record.bytes, record.items) = (number(), -number(), number())
            record.busiestWriteHalfUnits = number()
            try #require(try UsageRecord(reading: try encoded(record)) == record)
            try #require(try UsageRecord(reading: record.body) == record)
        }
    }
}
