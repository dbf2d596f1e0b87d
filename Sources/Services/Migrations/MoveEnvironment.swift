import Base
import Registry
import Tables
import Tenancy

/// What moves work with.
public struct MoveEnvironment: Sendable {
    /// The stores that tenants are moved between.
    public var stores: any StoreProvider
    /// The records.
    public var registry: Registry
    /// The tiers and logical tables of this deployment.
    public var catalog: Catalog

    /// These stores, records and tiers.
    public init(stores: any StoreProvider, registry: Registry, catalog: Catalog) {
        self.stores = stores
        self.registry = registry
        self.catalog = catalog
    }
}
