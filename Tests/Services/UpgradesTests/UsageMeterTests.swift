import Base
import Items
import LocalTables
import Registry
import Synchronization
import Tables
import TestKit
import Testing

@testable import Upgrades

@Suite struct UsageMeterTests {
    /// A gateway that counts, with the power to fail.
    private final class Source: Sendable {
        let counted = Mutex<[TenantID: TenantUsage]>([:])

        func count(_ tenant: TenantID, _ change: (inout TenantUsage) -> Void) {
            counted.withLock { change(&$0[tenant, default: TenantUsage()]) }
        }

        func take() -> [TenantID: TenantUsage] {
            counted.withLock { counted in
                defer { counted = [:] }
                return counted
            }
        }
    }

    private let clock = ManualClock()
    private let folder: TemporaryFolder
    private let stores: LocalStores
    private let source = Source()
    private let isBroken = Shared(false)
    private let tenant = TenantID(random: SeededRandom(seed: 1))

    private final class Shared: Sendable {
        private let state: Mutex<Bool>
        init(_ value: Bool) { state = Mutex(value) }
        var value: Bool {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    init() throws {
        folder = try TemporaryFolder()
        stores = try LocalStores(folder: folder.path, surroundings: StoreSurroundings(clock: clock))
    }

    private func store() -> UsageStore {
        UsageStore { [stores, isBroken] () throws(TableError) in
            if isBroken.value { throw .storage("the disk is full") }
            return try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        }
    }

    /// A meter as a process that starts makes one.
    private func meter() -> UsageMeter {
        UsageMeter(store: store(), clock: clock, schools: { _ in 3 }, take: { [source] in source.take() })
    }

    private func hours() throws -> [UsageRecord] {
        try store().list(
            of: tenant, .hour, from: Timestamp(milliseconds: 0),
            to: clock.now().advanced(bySeconds: 86_400))
    }

    private func use(_ units: Int, items: Int = 0) {
        source.count(tenant) { usage in
            usage.readHalfUnits += units
            usage.requests += 1
            usage.items += items
            usage.bytes += items * 100
        }
    }

    @Test func anHourIsTheSumOfItsSeconds() throws {
        let meter = meter()
        for _ in 0..<10 {
            use(2, items: 1)
            try meter.collect()
            clock.advance(byMilliseconds: 1000)
        }
        let hour = try #require(try hours().first)
        #expect(try hours().count == 1)
        #expect(hour.readHalfUnits == 20 && hour.requests == 10 && hour.busiestReadHalfUnits == 20)
        #expect(hour.items == 10 && hour.bytes == 1000 && hour.schools == 3)
    }

    @Test func aProcessThatStartsGoesOnWhereTheLastOneWas() throws {
        let first = meter()
        use(2, items: 5)
        try first.collect()
        // What is counted and not collected is what a crash loses.
        use(100)
        _ = source.take()
        let second = meter()
        use(3, items: -1)
        try second.collect()
        try second.collect()
        let hour = try #require(try hours().first)
        #expect(hour.readHalfUnits == 5 && hour.requests == 2 && hour.items == 4)
        #expect(try second.hour(of: tenant) == hour)
        #expect(try meter().hour(of: tenant) == hour, "one that has counted nothing yet knows it too")
    }

    @Test func whatCannotBeWrittenIsWrittenTheNextTime() throws {
        let meter = meter()
        use(2)
        isBroken.value = true
        #expect(throws: TableError.self) { try meter.collect() }
        use(3)
        #expect(throws: TableError.self) { try meter.collect() }
        clock.advance(byMilliseconds: 3_600_000)
        isBroken.value = false
        use(4)
        try meter.collect()
        #expect(try hours().map(\.readHalfUnits).reduce(0, +) == 9)
        #expect(try hours().map(\.requests).reduce(0, +) == 3)
    }

    @Test func aNewHourBeginsWithWhatThereIs() throws {
        let meter = meter()
        use(2, items: 5)
        try meter.collect()
        clock.advance(byMilliseconds: 2 * 3_600_000)
        use(1, items: 1)
        try meter.collect()
        #expect(try hours().map(\.readHalfUnits) == [2, 1])
        #expect(try hours().map(\.items) == [5, 6])
        clock.setWall(byMilliseconds: -3_600_000)
        use(7)
        try meter.collect()
        #expect(
            try hours().map(\.readHalfUnits) == [2, 8], "a clock that goes back goes on in the same hour")
    }

    @Test func theLastMinuteIsAWholeOne() throws {
        let meter = meter()
        use(6)
        try meter.collect()
        #expect(meter.lastMinute(of: tenant).readHalfUnits == 0)
        clock.advance(byMilliseconds: 60_000)
        #expect(meter.lastMinute(of: tenant).readHalfUnits == 6)
        use(1)
        try meter.collect()
        #expect(meter.lastMinute(of: tenant).readHalfUnits == 6)
        clock.advance(byMilliseconds: 60_000)
        #expect(meter.lastMinute(of: tenant).readHalfUnits == 1)
        clock.advance(byMilliseconds: 60_000)
        #expect(meter.lastMinute(of: tenant).readHalfUnits == 0)
        use(2)
        try meter.collect()
        #expect(meter.lastMinute(of: tenant).readHalfUnits == 0, "the minute before was quiet")
    }

    @Test func aRecountIsTakenOverAndTheDriftTold() throws {
        let meter = meter()
        use(2, items: 5)
        try meter.collect()
        // The last of the five and one more: counted by the gateway, and not yet taken from it.
        let census = TenantCensus(
            counted: Extent(items: 7, bytes: 450), untaken: Extent(items: 1, bytes: 100))
        let first = try #require(try meter.recount(tenant) { census })
        #expect(first.reckoned == Extent(items: 6, bytes: 600) && first.isFirst)
        #expect(first.drift == Extent(items: 1, bytes: -150))
        #expect(try hours().last?.recount == .init(at: clock.now(), driftItems: nil, driftBytes: nil))
        use(0, items: 1)
        try meter.collect()
        #expect(try hours().map(\.items) == [7] && hours().map(\.bytes) == [450])
        clock.advance(byMilliseconds: 3_600_000)
        let second = try #require(
            try meter.recount(tenant) {
                TenantCensus(counted: Extent(items: 5, bytes: 451), untaken: Extent())
            })
        #expect(!second.isFirst && second.drift == Extent(items: -2, bytes: 1))
        #expect(try hours().last?.recount == .init(at: clock.now(), driftItems: -2, driftBytes: 1))
        #expect(try meter.recount(tenant) { nil } == nil, "what is not to be relied on corrects nothing")
        #expect(try hours().map(\.items) == [7, 5])
        clock.advance(byMilliseconds: 3_600_000)
        use(1)
        try meter.collect()
        #expect(try hours().last?.recount == hours()[1].recount, "what was found is known in later hours")
    }

    @Test func aRecountWritesWhatIsKnownOfItsTenantAlone() throws {
        let other = TenantID(random: SeededRandom(seed: 2))
        let meter = meter()
        use(2, items: 5)
        source.count(other) { $0.requests = 1 }
        _ = try meter.recount(tenant) { TenantCensus(counted: Extent(items: 5), untaken: Extent()) }
        #expect(try hours().map(\.readHalfUnits) == [2])
        #expect(try store().count(of: other) == 0 && meter.hour(of: other)?.requests == 1)
        try meter.collect()
        #expect(try store().count(of: other) == 1)
    }

    @Test func hoursOfTheVersionBeforeAreRead() throws {
        let engine = try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        let start = UsageRecord.Period.hour.start(of: clock.now())
        let body = """
            {"busiestReadHalfUnits":0,"busiestWriteHalfUnits":0,"bytes":9,"items":2,"period":"hour","readHalfUnits":1,\
            "requests":1,"schools":1,"start":\(start.milliseconds),"tenant":"\(tenant)","throttled":0,"writeHalfUnits":0}
            """
        let sort = "hour/\(start.iso8601Seconds)"
        let item: Item = ["pk": .string(tenant.text), "sk": .string(sort), "body": .string(body)]
        try engine.write(
            WriteRequest(
                ItemWrite(
                    table: UsageStore.schema.name,
                    key: EncodedKey(partition: Array(tenant.text.utf8), sort: Array(sort.utf8)),
                    action: .put(item))))
        let meter = meter()
        use(1, items: 1)
        try meter.collect()
        let hour = try #require(try hours().last)
        #expect(hour.items == 3 && hour.readHalfUnits == 2 && hour.recount == nil)
    }

    @Test func aTenantWhoseHourCannotBeReadKeepsNobodyFromTheirs() throws {
        let other = TenantID(random: SeededRandom(seed: 2))
        let engine = try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        let sort = "hour/\(clock.now().iso8601Seconds)"
        let item: Item = ["pk": .string(other.text), "sk": .string(sort), "body": .string("{")]
        let key = EncodedKey(partition: Array(other.text.utf8), sort: Array(sort.utf8))
        try engine.write(WriteRequest(ItemWrite(table: UsageStore.schema.name, key: key, action: .put(item))))
        let meter = meter()
        use(2)
        source.count(other) { $0.requests = 1 }
        #expect(throws: TableError.self) { try meter.collect() }
        #expect(try hours().map(\.readHalfUnits) == [2])
        try engine.write(WriteRequest(ItemWrite(table: UsageStore.schema.name, key: key, action: .delete)))
        try meter.collect()
        #expect(try meter.hour(of: other)?.requests == 1, "what could not be added has waited")
    }

    @Test func aTenantThatIsForgottenIsNotWrittenAgain() throws {
        let meter = meter()
        use(2)
        isBroken.value = true
        #expect(throws: TableError.self) { try meter.collect() }
        isBroken.value = false
        meter.forget(tenant)
        try meter.collect()
        #expect(try hours().isEmpty)
    }
}
