import Base
import Registry
import Tables
import Tenancy

/// Takes images of tenants, wherever they are.
public struct TenantImages: Sendable {
    /// The records.
    public let registry: Registry
    /// The places, with the catalog.
    public let placements: Placements
    /// Where the images are kept.
    public let keeper: any TenantImageKeeper
    private let stores: any StoreProvider
    private let capacity: CapacityCheck

    /// Images in this keeper, of tenants in these stores.
    public init(
        registry: Registry, placements: Placements, stores: any StoreProvider, keeper: any TenantImageKeeper,
        capacity: CapacityCheck = .unlimited
    ) {
        self.registry = registry
        self.placements = placements
        self.stores = stores
        self.keeper = keeper
        self.capacity = capacity
    }

    /// Checks that the disk has room for an image of the tenant, and for as much again: what is written from it.
    /// - Throws: `NoCapacity`.
    func requireRoom(for tenant: TenantRecord) throws {
        let placement = try registry.require(PlacementRecord.self, tenant.id)
        let store = try stores.store(placement.store)
        let ranges = placements.ranges(
            tenant: tenant.id, schools: tenant.schools.map(\.id), tables: placement.tables)
        try capacity.require(bytes: 2 * ranges.reduce(0) { try $0 + store.extent(of: $1).bytes })
    }

    /// An image, and the tenant as it was recorded when it was taken.
    public struct Taken: Sendable {
        /// The image.
        public let image: TenantImage
        /// The tenant.
        public let record: TenantRecord
    }

    /// Takes an image of all the tenant's items, of its schools of now; answers the one of that id where there is one.
    /// - Parameter asOf: the past moment that it is to show.
    /// - Returns: nil while the tenant is being moved or given a school: ask again in a moment.
    /// - Throws: `RegistryError.notFound` where there is no such tenant; what `TenantImageKeeper.take` throws.
    public func take(
        of tenant: TenantID, id: SnapshotID, asOf: Timestamp? = nil, at now: Timestamp
    ) throws -> Taken? {
        let record = try registry.require(TenantRecord.self, tenant)
        let placement = try registry.require(PlacementRecord.self, tenant)
        guard placement.state == .active else { return nil }
        let schools = record.schools.map(\.id)
        let tables = placements.catalog.tables.compactMap { table -> TenantImage.Table? in
            guard let physical = placement.tables[table.name.text] else { return nil }
            let ranges = table.ownedKeys.spans(tenant: tenant, schools: schools)
                .map { KeyRange(table: physical, lower: $0.lower, upper: $0.upper) }
            return TenantImage.Table(name: table.name.text, ranges: ranges)
        }
        let wanted = TenantImage(
            id: id, tenant: tenant, store: placement.store, epoch: placement.epoch, tables: tables,
            createdAt: now, asOf: asOf)
        let image: TenantImage
        do throws(TableError) { image = try keeper.take(wanted) } catch {
            switch error {
            // Its move has switched since the placement was read, and may have removed the store.
            case .misrouted, .noSuchStore: return nil
            default: throw error
            }
        }
        // A school that was added between the two has items that the image does not.
        let after = try registry.require(TenantRecord.self, tenant)
        guard Set(after.schools.map(\.id)) == Set(schools), image.tables.map(\.ranges) == tables.map(\.ranges)
        else {
            try keeper.remove(id)
            return nil
        }
        return Taken(image: image, record: after)
    }
}
