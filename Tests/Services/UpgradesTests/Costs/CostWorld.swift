import Base
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing

@testable import Upgrades

/// Tenants with places and usage that tests write down; it is 2026-11-16T12:00:00Z, the middle of a month of thirty days less half of one.
final class CostWorld {
    static let prices = """
        {"currency": "USD", "perTableMonth": 30, "perGigabyteMonth": 3, "perMillionReadUnits": 1, "perMillionWriteUnits": 2}
        """

    let folder: RegistryFolder
    let registry: Registry
    let directory: Directory
    let catalog: Catalog
    let usage: UsageStore
    private let stores: LocalStores
    private let storesFolder: TemporaryFolder
    private let random = SeededRandom(seed: 7)

    /// - Parameter prices: what the catalog says of them; nil for nothing.
    init(prices: String? = CostWorld.prices) throws {
        folder = try RegistryFolder(clock: ManualClock(try Self.moment("2026-11-16T12:00:00Z")))
        storesFolder = try TemporaryFolder()
        stores = try LocalStores(
            folder: storesFolder.path, surroundings: StoreSurroundings(clock: folder.clock))
        registry = try folder.open()
        directory = try Directory(following: registry)
        catalog = try Catalog(parsing: Self.catalog(prices), file: "c.json")
        usage = UsageStore { [stores] () throws(TableError) in
            try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
        }
    }

    deinit { stores.close() }

    private static func catalog(_ prices: String?) -> [UInt8] {
        let rates = #""readUnitsPerSecond": 10, "writeUnitsPerSecond": 10, "copyRateItemsPerSecond": 10000"#
        func table(_ name: String) -> String {
            """
            {"name": "\(name)", "partitionKey": {"name": "tenantId", "type": "S"}, "ownedKeys": ["{tenantId}"],
             "indexes": []}
            """
        }
        return Array(
            """
            {"name": "sample", "tables": [\(table("school-table")), \(table("student-table"))],
            "tiers": [
              {"name": "basic", "isolation": "pooled", "tenantsPerPool": 4, "schoolsMax": 10, \(rates),
               "undoWindowSeconds": 60, "upgrade": {"to": "premium", "mode": "ask", "rules": [
               {"metric": "schools", "above": 8}, {"metric": "bytes", "above": 1000000000},
               {"metric": "write-rate", "abovePercent": 50}, {"metric": "throttled", "abovePercent": 1}]}},
              {"name": "premium", "isolation": "dedicated", "schoolsMax": 100, \(rates), "undoWindowSeconds": 60}]
            \(prices.map { ", \"prices\": \($0)" } ?? "")}
            """.utf8)
    }

    static func moment(_ text: String) throws -> Timestamp {
        try #require(Timestamp(past: text, before: Timestamp(milliseconds: 0)))
    }

    func service() -> CostService {
        CostService(
            usage: usage, registry: registry, directory: directory, catalog: catalog, clock: folder.clock)
    }

    /// A tenant with a place.
    @discardableResult
    func add(
        _ name: String, tier: String = "basic", store: String, schools: Int = 1,
        since: String = "2026-01-01T00:00:00Z"
    ) throws -> TenantID {
        let tenant = TenantRecord(
            id: TenantID(random: random), name: name, tier: try #require(TierName(tier)), state: .active,
            timezone: try #require(TimeZoneName("UTC")),
            adminEmail: try #require(EmailAddress("it@district.example")),
            schools: (0..<schools).map {
                SchoolRecord(
                    id: SchoolID(random: random), name: "School \($0 + 1)", createdAt: folder.clock.now())
            },
            createdAt: try Self.moment(since))
        var tables: [String: TableName] = [:]
        for table in catalog.tables { tables[table.name.text] = table.name }
        let placement = PlacementRecord(
            tenant: tenant.id, store: try #require(StoreID(store)), epoch: 1, tables: tables,
            isDedicated: tier == "premium")
        try registry.transact(RegistryTransaction([.insert(tenant), .insert(placement)]))
        return tenant.id
    }

    /// A record of the tenant's usage that begins then.
    func use(
        _ tenant: TenantID, _ period: UsageRecord.Period, _ start: String,
        _ change: (inout UsageRecord) -> Void
    ) throws {
        var record = UsageRecord(tenant: tenant, period: period, holding: try Self.moment(start))
        change(&record)
        try usage.put([record])
    }
}
