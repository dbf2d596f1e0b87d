import Base
import Items
import Registry
import Synchronization
import Tables
import Tenancy

/// What a request needs to know of whom it is for: made when a tenant's entry in the directory changes, never
/// on the way of a request; operators have one for all of them.
///
/// It is also the second wall: it knows by the catalog's owned keys, not by any policy, what is the tenant's.
final class GatewayRoute: ItemWall {
    /// Whether the tenant is served.
    enum Standing: Sendable {
        case active
        case onboarding
        /// Only its reads are served.
        case readOnly
        case suspended
        /// On its way out, and could still be kept: only its reads are served.
        case departing
        /// Past that, or gone.
        case leaving

        /// Of a suspended tenant.
        fileprivate init(_ mode: Suspension.Mode) {
            #if MUTANTS
                if Mutant.isOn(.suspensionIgnored) {
                    self = .active
                    return
                }
            #endif
            self =
                switch mode {
                case .readOnly: .readOnly
                case .closed: .suspended
                }
        }
    }

    /// Where its items are.
    struct Place: Sendable {
        let store: StoreID
        let epoch: Int64
        /// The physical table of each logical one, by its number.
        let tables: [TableName?]
    }

    private final class Opened: Sendable {
        let engine: any TableEngine

        init(_ engine: any TableEngine) { self.engine = engine }
    }

    /// Whose items it leads to; nil for operators, who name physical tables.
    let tenant: TenantID?
    let standing: Standing
    let createdAt: Timestamp
    let place: Place?
    let budget: TenantBudget
    /// Schools whose sessions are refused, and those whose writes are: nil where there are none, which is all but always.
    let exceptions: SchoolExceptions?
    private let owners: KeyOwners?
    private let tables: GatewayTables
    private let stores: any StoreProvider
    private let opened = AtomicLazyReference<Opened>()

    init(
        _ record: TenantRecord, _ placement: PlacementRecord?, tables: GatewayTables,
        stores: any StoreProvider, budget: TenantBudget, stems: [SchoolStem]
    ) {
        tenant = record.id
        createdAt = record.createdAt
        standing =
            switch record.state {
            case .active: .active
            case .onboarding: .onboarding
            case .suspended(let suspension): Standing(suspension.mode)
            case .offboarding(let departure):
                // What it could read it can read until the grace period is over.
                departure.isClosed == true || departure.suspension?.mode == .closed ? .leaving : .departing
            case .gone: .leaving
            }
        place = placement.map { placement in
            Place(
                store: placement.store, epoch: placement.epoch,
                tables: tables.all.map { placement.tables[$0.name.text] })
        }
        self.budget = budget
        exceptions = SchoolExceptions(record, stems: stems)
        owners = KeyOwners(tenant: record.id, schools: record.schools.map(\.id))
        self.tables = tables
        self.stores = stores
    }

    /// The route of operators: there is no placement, no tier and no wall between tenants.
    init(operatorsOf stores: any StoreProvider, tables: GatewayTables, now: UInt64) {
        tenant = nil
        standing = .active
        createdAt = Timestamp(milliseconds: 0)
        place = nil
        budget = TenantBudget(TenantBudget.Rates(readUnits: nil, writeUnits: nil), now: now)
        exceptions = nil
        owners = nil
        self.tables = tables
        self.stores = stores
    }

    /// The store, opened at the first request.
    func engine(_ place: Place) throws(TableError) -> any TableEngine {
        if let opened = opened.load() { return opened.engine }
        return opened.storeIfNil(Opened(try stores.store(place.store))).engine
    }

    /// The tenant, for messages.
    var name: String { tenant?.text ?? "(operators)" }

    // MARK: The second wall

    /// Whether the partition key of the table is the tenant's; of a physical table, whether an operator asks.
    func owns(_ partition: [UInt8], of table: GatewayTable) -> Bool {
        #if MUTANTS
            if Mutant.isOn(.wallOpen) { return true }
        #endif
        return switch (table.place, owners) {
        case (.logical(let logical), let owners?): logical.ownedKeys.belongs(partition, to: owners)
        case (.physical, nil): true
        case (.logical, nil), (.physical, _?): false
        }
    }

    /// Whether the partition key of the table is the tenant's: for tenants' sessions alone.
    func owns(_ partition: UnsafeRawBufferPointer, of table: GatewayTable) -> Bool {
        #if MUTANTS
            if Mutant.isOn(.wallOpen) { return true }
        #endif
        guard case .logical(let logical) = table.place, let owners else { return false }
        return logical.ownedKeys.belongs(partition, to: owners)
    }

    /// Whether the partition key of the index is the tenant's; of a physical table's, whether an operator asks.
    ///
    /// Where it has several attributes the first one decides: all of them are given by equality, so a query stays with whom
    /// the first one belongs to.
    func owns(_ partition: [UInt8], of table: GatewayTable, index: GatewayIndex) -> Bool {
        #if MUTANTS
            if Mutant.isOn(.wallOpen) { return true }
        #endif
        return switch (table.place, owners) {
        case (.logical(let logical), let owners?):
            logical.indexOwnedKeys[index.number]
                .belongs(index.schema.key.leadingPartition(of: partition), to: owners)
        case (.physical, nil): true
        case (.logical, nil), (.physical, _?): false
        }
    }

    /// Whether an item as it will be stored, and each of its index entries, lies under the tenant's own keys.
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool {
        guard let place, let number = place.tables.firstIndex(of: schema.name) else { return false }
        let table = tables.all[number]
        guard owns(key.partition, of: table) else { return false }
        for index in schema.indexes {
            guard let known = table.index(named: index.name) else { return false }
            do throws(ItemError) {
                guard let entry = try index.key.indexKey(of: item, index: index.name) else { continue }
                guard owns(entry.partition, of: table, index: known) else { return false }
            } catch {
                // An index key of a wrong kind: the engine refuses the item with DynamoDB's own words, so
                // nothing is stored.
                continue
            }
        }
        return true
    }
}

/// Makes the routes: what a directory compiles for each tenant.
public final class TenantRoutes: Sendable {
    /// The logical tables.
    public let tables: GatewayTables
    private let catalog: Catalog
    let stores: any StoreProvider
    private let clock: any Clock
    private let stems: [SchoolStem]
    private let countsUsage: Bool
    // A budget outlives the entries: a change of the tenant must not fill it up again.
    private let budgets = Mutex<[TenantID: TenantBudget]>([:])

    /// Routes by this catalog, to these stores.
    /// - Parameter countsUsage: false to count nothing of what tenants use.
    public init(
        catalog: Catalog, stores: any StoreProvider, clock: any Clock = SystemClock(),
        countsUsage: Bool = true
    ) {
        self.countsUsage = countsUsage
        tables = GatewayTables(catalog)
        self.catalog = catalog
        self.stores = stores
        self.clock = clock
        stems = catalog.schoolStems
    }

    /// What `Directory.init(following:compile:)` asks for.
    public func compile(_ record: TenantRecord, _ placement: PlacementRecord?) -> (any AnyObject & Sendable)?
    {
        GatewayRoute(
            record, placement, tables: tables, stores: stores, budget: budget(of: record), stems: stems)
    }

    /// What each tenant has used since this was asked last; those who used nothing are left out.
    public func takeUsage() -> [TenantID: TenantUsage] {
        budgets.withLock { $0 }.compactMapValues { budget in
            let usage = budget.takeUsage()
            return usage.isEmpty ? nil : usage
        }
    }

    private func budget(of record: TenantRecord) -> TenantBudget {
        let tier = catalog.tier(named: record.tier).map { record.effective($0, at: clock.now()) }
        let rates = TenantBudget.Rates(
            readUnits: tier?.readUnitsPerSecond, writeUnits: tier?.writeUnitsPerSecond)
        let now = clock.monotonicNanoseconds()
        return budgets.withLock { budgets in
            if let budget = budgets[record.id] {
                budget.adopt(rates, now: now)
                return budget
            }
            let budget = TenantBudget(rates, now: now, countsUsage: countsUsage)
            budgets[record.id] = budget
            return budget
        }
    }
}
