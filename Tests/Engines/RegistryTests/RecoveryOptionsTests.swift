import Base
import FoundationEssentials
import LocalTables
import RunTestKit
import Tables
import Tenancy
import TestKit
import Testing

@testable import Registry

@Suite struct RecoveryOptionsTests {
    private func catalog(hours: Int?) throws -> Catalog {
        let member = hours.map {
            ", \"backups\": {\"everyHours\": 0, \"keptForDays\": 7, \"recoveryHours\": \($0)}"
        }
        let text = """
            {"name": "c", "tables": [{"name": "school-table", "partitionKey": {"name": "tenantId", "type": "S"},
              "ownedKeys": ["{tenantId}"], "indexes": []}],
             "tiers": [{"name": "basic", "isolation": "pooled", "tenantsPerPool": 2, "schoolsMax": 3,
               "readUnitsPerSecond": 4, "writeUnitsPerSecond": 5, "undoWindowSeconds": 6,
               "copyRateItemsPerSecond": 7\(member ?? "")}],
             "firstItems": {"tenant": [], "school": []}}
            """
        return try Catalog(parsing: Array(text.utf8), file: "c.json")
    }

    /// A pool of one tenant, and what its table's recovery is after a start with these hours.
    private final class Deployment {
        let folder: RegistryFolder
        let stores: LocalStores
        let disk: TemporaryFolder
        var place: Place?

        init() throws {
            folder = try RegistryFolder(clock: ManualClock(Timestamp(milliseconds: 1_800_000_000_000)))
            disk = try TemporaryFolder()
            stores = try LocalStores(
                folder: disk.path(of: "stores"), surroundings: StoreSurroundings(clock: folder.clock))
        }

        deinit { stores.close() }

        func start(_ catalog: Catalog) throws -> TableOptions.PointInTimeRecovery? {
            let registry = try folder.open()
            let placements = Placements(registry: registry, catalog: catalog)
            try placements.applyOptions(stores: stores, now: folder.clock.now()) { _, error in
                Issue.record(error)
            }
            if place == nil { try makePlace(placements, registry, catalog) }
            let place = try #require(place)
            return try stores.store(place.store).record(of: try #require(place.tables["school-table"]))?
                .options.recovery
        }

        private func makePlace(_ placements: Placements, _ registry: Registry, _ catalog: Catalog) throws {
            let tenant = TenantID(random: SeededRandom(seed: 1))
            place = try placements.take(for: tenant, in: try #require(catalog.tiers.first)) {
                place, transaction in
                var transaction = transaction
                transaction.changes.append(
                    .insert(
                        PlacementRecord(
                            tenant: tenant, store: place.store, epoch: 1, tables: place.tables,
                            isDedicated: false)))
                try registry.transact(transaction)
            }
            let place = try #require(place)
            let store = try stores.create(place.store, tables: placements.schemas(of: place.tables))
            try placements.apply(to: store, tables: place.tables)
        }
    }

    @Test func beginsWithTheTableOrWithTheStartAndFollowsTheCatalog() throws {
        let deployment = try Deployment()
        let clock = deployment.folder.clock
        #expect(try deployment.start(catalog(hours: nil)) == nil)
        clock.advance(byMilliseconds: 1000)
        // A table that was there without begins when the catalog's word is carried out.
        let begun = clock.now()
        #expect(try deployment.start(catalog(hours: 24)) == .init(startedAt: begun, hours: 24))
        clock.advance(byMilliseconds: 1000)
        #expect(try deployment.start(catalog(hours: 24)) == .init(startedAt: begun, hours: 24))
        #expect(try deployment.start(catalog(hours: 48)) == .init(startedAt: begun, hours: 48))
        #expect(try deployment.start(catalog(hours: 0)) == nil)
        clock.advance(byMilliseconds: 1000)
        #expect(try deployment.start(catalog(hours: 24)) == .init(startedAt: clock.now(), hours: 24))
    }

    @Test func aNewTableHasItAllItsLife() throws {
        let deployment = try Deployment()
        let begun = deployment.folder.clock.now()
        #expect(try deployment.start(catalog(hours: 6)) == .init(startedAt: begun, hours: 6))
    }

    @Test func anOlderTableDoesNotBeginWhereNobodySaysThatItIsNow() throws {
        let options = RecoveryOptions(
            id: try #require(TierName("basic")), hours: 24, startedAt: Timestamp(milliseconds: 5000))
        let schema = try #require(try catalog(hours: 24).tables.first).schema(
            named: try #require(TableName("school-table-basic")))
        var record = TableRecord(schema: schema, createdAt: Timestamp(milliseconds: 4999))
        #expect(options.recovery(of: record, now: nil) == nil)
        let now = Timestamp(milliseconds: 9000)
        #expect(options.recovery(of: record, now: now) == .init(startedAt: now, hours: 24))
        record = TableRecord(schema: schema, createdAt: Timestamp(milliseconds: 5000))
        #expect(options.recovery(of: record, now: nil) == .init(startedAt: record.createdAt, hours: 24))
    }

    @Test func aWindowOfBeforeIsCountedInDays() throws {
        let old = #"{"startedAt": 1000, "days": 2}"#
        let read = try JSONDecoder().decode(
            TableOptions.PointInTimeRecovery.self, from: Data(old.utf8))
        #expect(read == .init(startedAt: Timestamp(milliseconds: 1000), days: 2))
        let now = Timestamp(milliseconds: 1_000_000_000)
        #expect(read.earliest(now) == now.advanced(bySeconds: -2 * 86_400))
        let hours = TableOptions.PointInTimeRecovery(startedAt: Timestamp(milliseconds: 0), hours: 30)
        #expect(hours.earliest(now) == now.advanced(bySeconds: -30 * 3600))
        #expect(hours.days == 2)
    }

    @Test func aPlacementOfBeforeDoesNotSayWhenItCame() throws {
        let tenant = TenantID(random: SeededRandom(seed: 1))
        let old =
            #"{"tenant": "\#(tenant)", "store": "pool-basic-1", "epoch": 3, "state": "active", "tables": {}, "isDedicated": false, "version": 2}"#
        let read = try JSONDecoder().decode(PlacementRecord.self, from: Data(old.utf8))
        #expect(read.sinceAt == nil && read.epoch == 3)
    }
}
