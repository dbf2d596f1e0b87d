import Base
import Registry
import Tables
import Tenancy

/// What backups and restores of tenants work with.
public struct BackupEnvironment: Sendable {
    /// The stores that tenants are in.
    public var stores: any StoreProvider
    /// The records.
    public var registry: Registry
    /// The places, with the tiers and tables of this deployment.
    public var placements: Placements
    /// Where images are taken to.
    public var images: any TenantImageKeeper
    /// Where backups are kept.
    public var folder: BackupFolder

    /// These stores, records, places, images and files.
    public init(
        stores: any StoreProvider, registry: Registry, placements: Placements,
        images: any TenantImageKeeper, folder: BackupFolder
    ) {
        self.stores = stores
        self.registry = registry
        self.placements = placements
        self.images = images
        self.folder = folder
    }

    var catalog: Catalog { placements.catalog }

    func tenant(_ id: TenantID) throws -> TenantRecord {
        guard let tenant = try registry.read(TenantRecord.self, id) else {
            throw RestoreError.noSuchTenant(id.text)
        }
        return tenant
    }

    /// A tenant whose items can be read: one that is neither on its way in nor gone.
    func settledTenant(_ id: TenantID) throws -> TenantRecord {
        let tenant = try tenant(id)
        switch tenant.state {
        case .active, .suspended, .offboarding: return tenant
        case .onboarding, .gone: throw RestoreError.notSettled(id, state: tenant.state.name.rawValue)
        }
    }

    func plan(of tenant: TenantRecord) -> BackupPlan? { catalog.tier(named: tenant.tier)?.backups }

    /// The tables of a manifest: all of the placement's, in the catalog's order.
    func manifestTables(_ placement: PlacementRecord) -> [BackupManifest.Table] {
        catalog.tables.filter { placement.tables[$0.name.text] != nil }
            .map { BackupManifest.Table(name: $0.name.text, key: $0.key) }
    }

    /// Everything that the tenant has.
    func wholeCoverage(_ placement: PlacementRecord, _ tenant: TenantRecord) -> RestoreCoverage {
        RestoreCoverage(
            placement: placement, tenant: tenant, catalog: catalog, tables: Set(placement.tables.keys),
            schools: Set(tenant.schools.map(\.id)))
    }
}
