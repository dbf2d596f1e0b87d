import Base
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing

@Suite struct PlacementsTests {
    static let catalog = """
        { "name": "test",
          "tables": [ { "name": "items", "ownedKeys": ["{tenantId}"], "partitionKey": { "name": "k", "type": "S" } } ],
          "tiers": [ { "name": "basic", "isolation": "pooled", "tenantsPerPool": 3, "schoolsMax": 1,
            "readUnitsPerSecond": 1, "writeUnitsPerSecond": 1, "undoWindowSeconds": 1,
            "copyRateItemsPerSecond": 1 } ],
          "firstItems": { "tenant": [], "school": [] } }
        """

    /// Places over a registry, with sizes of the pools as the test says.
    private struct World {
        let folder: RegistryFolder
        let registry: Registry
        let placements: Placements
        let sizes: Sizes
        let tier: Tier

        init() throws {
            folder = try RegistryFolder()
            registry = try folder.open()
            let catalog = try Catalog(parsing: Array(PlacementsTests.catalog.utf8), file: "test.json")
            tier = try #require(catalog.tier(named: "basic"))
            let sizes = Sizes()
            self.sizes = sizes
            placements = Placements(
                registry: registry, catalog: catalog, clock: folder.clock, bytes: { sizes.ask($0) })
        }

        func take(_ number: Int) throws -> String {
            try placements.take(for: try tenantID(number), in: tier) { _, transaction in
                try registry.transact(transaction)
            }.store.text
        }

        func release(_ pool: Int) throws {
            try placements.release(try #require(StoreID("pool-basic-\(pool)"))) { try registry.transact($0) }
        }

        func occupants() throws -> [Int] { try registry.list(StoreRecord.self).records.map(\.occupants) }

        /// Lets what is known of the pools become old.
        func forget() { folder.clock.advance(byMilliseconds: 5000) }
    }

    @Test func aNewTenantGoesToTheLeastLoadedPoolThatHasRoom() throws {
        let world = try World()
        for number in 0..<9 { _ = try world.take(number) }
        #expect(try world.occupants() == [3, 3, 3])
        try world.release(1)
        try world.release(3)
        try world.release(3)
        // Pool 3 has one, pool 1 two: the third one wins, then the first made of equals.
        #expect(try world.take(20) == "pool-basic-3")
        #expect(try world.take(21) == "pool-basic-1")
        #expect(try world.take(22) == "pool-basic-3")
        #expect(try world.take(23) == "pool-basic-4")
        #expect(try world.occupants() == [3, 3, 3, 1])
    }

    @Test func aChangeOfStoresIsFoundByTheEpochThatItBegan() throws {
        var record = try placement(1)
        #expect(record.changedAt(beginning: 1) == nil)
        for (epoch, time) in [(Int64(3), Int64(10)), (7, 20), (9, 30)] {
            // A fence that was lowered again begins an epoch too.
            record.epoch = epoch - 1
            record.move(
                to: try #require(StoreID("pool-basic-\(epoch)")), tables: [:], isDedicated: false,
                epoch: epoch,
                at: Timestamp(milliseconds: time))
        }
        let found = (Int64(1)...10).map { record.changedAt(beginning: $0)?.milliseconds }
        #expect(found == [nil, nil, 10, nil, nil, nil, 20, nil, 30, nil])
    }

    @Test func bytesWeighLikeTenants() throws {
        let world = try World()
        for number in 0..<6 { _ = try world.take(number) }
        try world.release(1)
        try world.release(2)
        try world.release(2)
        // Pool 2 has one tenant, but is as large as three; pool 1 has two.
        world.sizes.set(["pool-basic-2": 3 * (64 << 20)])
        world.forget()
        #expect(
            try world.placements.preview(for: try tenantID(50), in: world.tier).store.text == "pool-basic-1")
        #expect(try world.take(50) == "pool-basic-1")
        #expect(try world.take(51) == "pool-basic-2")
    }

    @Test func manyPlacesAskTheDiskOnce() throws {
        let world = try World()
        for number in 0..<6 { _ = try world.take(number) }
        try world.release(1)
        try world.release(1)
        try world.release(2)
        world.forget()
        let before = world.sizes.asked
        for number in 10..<13 { _ = try world.take(number) }
        #expect(world.sizes.asked - before == 2, "each pool once")
        #expect(try world.occupants() == [3, 3])
    }

    @Test func aPoolThatAnotherProcessFilledIsNotOverfilled() throws {
        let world = try World()
        for number in 0..<2 { _ = try world.take(number) }
        let other = Placements(registry: world.registry, catalog: world.placements.catalog)
        _ = try other.take(for: try tenantID(30), in: world.tier) { _, transaction in
            try world.registry.transact(transaction)
        }
        // What this one knows is old: the record says that the pool is full.
        #expect(try world.take(31) == "pool-basic-2")
        #expect(try world.occupants() == [3, 1])
    }

    @Test func aLostRaceIsChosenAgain() throws {
        let world = try World()
        _ = try world.take(0)
        var attempts = 0
        _ = try world.placements.take(for: try tenantID(1), in: world.tier) { place, transaction in
            attempts += 1
            if attempts == 1 {
                let key = RegistryKey(partition: "store", sort: place.store.text)
                throw RegistryError.conflict(key)
            }
            try world.registry.transact(transaction)
        }
        #expect(attempts == 2)
        #expect(try world.occupants() == [2])
    }
}

/// How large stores are, and how often somebody asked.
private final class Sizes: Sendable {
    private let state = Mutex<(sizes: [String: Int], asked: Int)>(([:], 0))

    var asked: Int { state.withLock { $0.asked } }

    func set(_ sizes: [String: Int]) { state.withLock { $0.sizes = sizes } }

    func ask(_ store: StoreID) -> Int {
        state.withLock { state in
            state.asked += 1
            return state.sizes[store.text] ?? 0
        }
    }
}
