import Base
import Registry
import Tables
import Tenancy
import Tokens

/// What moves work with.
public struct MoveEnvironment: Sendable {
    /// The stores that tenants are moved between.
    public var stores: any StoreProvider
    /// The records.
    public var registry: Registry
    /// The places in pools and stores, with the tiers and tables of this deployment.
    public var placements: Placements
    /// Asked before anything is made.
    public var capacity: CapacityCheck
    /// The time by which overrides of limits end.
    public var clock: any Clock
    /// Signs receipts; nil where nobody is to check them without the registry.
    public var sign: SignStatement?

    /// These stores, records and places.
    public init(
        stores: any StoreProvider, registry: Registry, placements: Placements,
        capacity: CapacityCheck = .unlimited, clock: any Clock = SystemClock(), sign: SignStatement? = nil
    ) {
        self.stores = stores
        self.registry = registry
        self.placements = placements
        self.capacity = capacity
        self.clock = clock
        self.sign = sign
    }

    /// The tiers and logical tables of this deployment.
    var catalog: Catalog { placements.catalog }
}
