import Base
import Registry
import Tables
import Tenancy

/// What a departure would remove, and what would stay.
public struct OffboardPlan: Sendable {
    /// A table of the tenant's.
    public struct Table: Hashable, Sendable {
        /// The logical table.
        public let name: String
        /// Where its items are.
        public let physical: TableName
        /// What it holds of the tenant's.
        public let extent: Extent
    }

    /// Which tenant.
    public let tenant: TenantRecord
    /// The store that holds its items.
    public let store: StoreID
    /// Whether that is the tenant's alone.
    public let isDedicated: Bool
    /// Its tables.
    public let tables: [Table]
    /// Entries of journals and change logs, and tokens, in all stores.
    public let traces: Int
    /// Its keys for the control API.
    public let credentials: Int
    /// Decisions that are recorded of it.
    public let decisions: Int
    /// Backups, exports, images that go with it.
    public let holdings: [Holding]
    /// Those that stay since they hold other tenants' items too.
    public let shared: [Holding]
    /// Whether it takes its data along.
    public let takesExport: Bool
    /// Until when it could be kept.
    public let until: Timestamp

    init(
        _ input: OffboardInput, record: TenantRecord, environment: DepartureEnvironment, now: Timestamp
    ) throws {
        tenant = record
        let placement = try environment.registry.require(PlacementRecord.self, record.id)
        store = placement.store
        isDedicated = placement.isDedicated
        let place = try environment.stores.store(placement.store)
        tables = try environment.catalog.tables.compactMap { table in
            guard let physical = placement.tables[table.name.text] else { return nil }
            var extent = Extent()
            for span in table.ownedKeys.spans(tenant: record.id, schools: record.schools.map(\.id)) {
                let part = try place.extent(
                    of: KeyRange(table: physical, lower: span.lower, upper: span.upper))
                extent.items += part.items
                extent.bytes += part.bytes
            }
            return Table(name: table.name.text, physical: physical, extent: extent)
        }
        var traces = 0
        for store in try environment.storesOf(record.id) {
            var found = try store.traces(of: record.id)
            found.isResident = false
            traces += found.count
        }
        self.traces = traces
        var credentials = 0
        try environment.registry.forEach(CredentialRecord.self) {
            if case .tenant(let owner) = $0.kind, owner == record.id { credentials += 1 }
        }
        self.credentials = credentials
        environment.flushDecisions()
        decisions =
            try environment.decisions?.count(of: record.id, naming: environment.names(of: record)) ?? 0
        let all = try environment.hoards.flatMap { try $0.holdings(of: record) }
        holdings = all.filter { !$0.isShared }
        shared = all.filter(\.isShared)
        takesExport = input.takesExport
        until = now.advanced(bySeconds: Int64(input.graceSeconds))
    }
}
