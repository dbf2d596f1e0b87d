import Base
import Registry
import Tables
import Tenancy

/// What the registry says there should be, and which runs are changing it meanwhile.
///
/// INVARIANT (runs read around): the runs under way are read before and after everything else, and a tenant that had one at
/// either time is left to its run. So a state between two commits of a run is nobody's finding.
struct Ground {
    /// A run that is not at its end.
    struct Owner {
        let run: RunID
        let isFailed: Bool
    }

    private(set) var tenants: [TenantID: TenantRecord] = [:]
    private(set) var schools: [SchoolID: TenantID] = [:]
    private(set) var placements: [TenantID: PlacementRecord] = [:]
    private(set) var stores: [StoreID: StoreRecord] = [:]
    /// The stores that have a file.
    private(set) var files: Set<StoreID> = []
    /// The runs that were under way at the beginning or at the end.
    private(set) var runs: [RunID: RunRecord] = [:]
    private var owners: [TenantID: Owner] = [:]
    /// The stores that runs under way name.
    private(set) var storesOfRuns: Set<StoreID> = []

    init(_ registry: Registry, _ provider: any StoreProvider) throws {
        try readRuns(registry)
        try registry.forEach(StoreRecord.self) { stores[$0.id] = $0 }
        try registry.forEach(PlacementRecord.self) { placements[$0.tenant] = $0 }
        try registry.forEach(TenantRecord.self) { tenant in
            tenants[tenant.id] = tenant
            for school in tenant.schools { schools[school.id] = tenant.id }
        }
        files = Set(try provider.list())
        try readRuns(registry)
    }

    /// Reads the runs under way once more: those that have begun since count too.
    mutating func readRuns(_ registry: Registry) throws {
        var marks: [RunID] = []
        try registry.forEach(OpenRun.self) { marks.append($0.id) }
        for id in marks {
            guard let run = try registry.read(RunRecord.self, id), !run.state.isFinal,
                // It changes nothing but what is nobody's: what it has not put right yet is to be found.
                run.kind != ReconcileWorkflow.runKind
            else { continue }
            runs[id] = run
            if let tenant = run.tenant { own(tenant, run) }
            for store in Ground.stores(namedBy: run) { storesOfRuns.insert(store) }
        }
        for placement in placements.values where owners[placement.tenant] != nil {
            storesOfRuns.insert(placement.store)
        }
    }

    /// The run that is changing the tenant, or has failed on the way.
    func owner(of tenant: TenantID) -> Owner? { owners[tenant] }

    /// Whether a run that gets on by itself is changing the tenant.
    func isBusy(_ tenant: TenantID) -> Bool { owners[tenant].map { !$0.isFailed } ?? false }

    /// The tenant that a store is recorded for, where it is one tenant's own.
    func tenant(of store: StoreID) -> TenantID? {
        guard case .dedicated(let tenant) = stores[store]?.kind else { return nil }
        return tenant
    }

    /// The physical tables that the catalog gives a store, by their logical names.
    func tables(of record: StoreRecord, _ catalog: Catalog) -> [String: TableName] {
        Dictionary(
            catalog.tables.map { table in
                switch record.kind {
                case .pooled(let number):
                    (
                        table.name.text,
                        PhysicalNames.poolTable(table.name, tier: record.tier, pool: number)
                    )
                case .dedicated(let tenant):
                    (
                        table.name.text,
                        PhysicalNames.tenantTable(table.name, tier: record.tier, tenant: tenant)
                    )
                }
            }, uniquingKeysWith: { first, _ in first })
    }

    private mutating func own(_ tenant: TenantID, _ run: RunRecord) {
        let isFailed = if case .failed = run.state { true } else { false }
        // A run that gets on comes before one that has failed: what it changes will look otherwise soon.
        if let known = owners[tenant], !known.isFailed, isFailed { return }
        owners[tenant] = Owner(run: run.id, isFailed: isFailed)
    }

    /// The stores whose names stand in what a run remembers: it may be taking or giving back a place there.
    private static func stores(namedBy run: RunRecord) -> [StoreID] {
        ([run.input] + run.values.values).flatMap { text in
            text.split(separator: "\"").compactMap { StoreID(String($0)) }
        }
    }
}
