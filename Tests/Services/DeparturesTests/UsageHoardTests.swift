import Base
import Departures
import LocalTables
import Registry
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing

/// What is known of a tenant's usage goes with it, and of nobody else.
@Suite struct UsageHoardTests {
    private let folder: TemporaryFolder
    private let usage: UsageStore
    private let forgotten = Forgotten()
    private let leaver: TenantRecord
    private let neighbour: TenantRecord

    private final class Forgotten: Sendable {
        let tenants = Mutex<[TenantID]>([])
    }

    init() throws {
        folder = try TemporaryFolder()
        let stores = try LocalStores(folder: folder.path)
        usage = UsageStore { () throws(TableError) in
            try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        }
        func record(_ seed: UInt64) throws -> TenantRecord {
            TenantRecord(
                id: TenantID(random: SeededRandom(seed: seed)), name: "District \(seed)",
                tier: try #require(TierName("basic")), state: .active,
                timezone: try #require(TimeZoneName("America/Chicago")),
                adminEmail: try #require(EmailAddress("it@district.example")),
                createdAt: Timestamp(milliseconds: 0))
        }
        (leaver, neighbour) = (try record(1), try record(2))
        for tenant in [leaver.id, neighbour.id] {
            for period in UsageRecord.Period.allCases {
                try usage.put([
                    UsageRecord(tenant: tenant, period: period, holding: Timestamp(milliseconds: 1))
                ])
            }
        }
    }

    @Test func goesWholeAndLeavesTheNeighbours() throws {
        let hoard = UsageHoard(usage: usage) { [forgotten] tenant in
            forgotten.tenants.withLock { $0.append(tenant) }
        }
        #expect(try hoard.holdings(of: leaver).map(\.name) == ["usage/\(leaver.id)"])
        #expect(try hoard.remove(of: leaver, except: nil) == 2)
        #expect(forgotten.tenants.withLock { $0 } == [leaver.id])
        #expect(try hoard.holdings(of: leaver).isEmpty)
        #expect(try hoard.remove(of: leaver, except: nil) == 0)
        #expect(try usage.count(of: neighbour.id) == 2)
    }
}
