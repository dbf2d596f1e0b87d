import Base
import Migrations
import Registry
import Tables
import Tenancy

/// Counts all items of tenants, while they are used, and corrects what the meter says of them.
///
/// The count goes over a tenant's rows on the store's writer, part by part and with pauses, so that writes never wait for long; the
/// writer itself tells it what is written behind its back. So nothing of it is an estimate.
public final class UsageRecounter: Sendable {
    /// How it is done to tenants that are used meanwhile.
    public struct Pace: Sendable {
        /// Rows that are counted between two groups of writes.
        public var rowsMax = Limits.recountRowsMax
        /// Rests so long, in milliseconds, before the next ones.
        public var restMilliseconds = Limits.recountRestMilliseconds
        /// Rests.
        public var rest: @Sendable (_ milliseconds: Int) -> Void

        /// The pace that is not felt.
        public init(rest: @escaping @Sendable (_ milliseconds: Int) -> Void) { self.rest = rest }
    }

    private let registry: Registry
    private let stores: any StoreProvider
    private let catalog: Catalog
    private let meter: UsageMeter
    private let pace: Pace

    /// Counts what tenants have in these stores by the catalog's owned keys.
    public init(
        registry: Registry, stores: any StoreProvider, catalog: Catalog, meter: UsageMeter, pace: Pace
    ) {
        self.registry = registry
        self.stores = stores
        self.catalog = catalog
        self.meter = meter
        self.pace = pace
    }

    /// Counts the tenant's items and corrects the meter.
    /// - Parameter onRows: told after each part how many rows were gone over, from 0 on where the count begins anew.
    /// - Throws: `UsageError`; `TableError` where the store or that of usage cannot be read; `RegistryError`.
    public func recount(
        _ tenant: TenantID, isStopping: () -> Bool = { false }, onRows: (Int) -> Void = { _ in }
    ) throws -> UsageRecount {
        for _ in 0..<Limits.recountAttemptsMax {
            do {
                if let recount = try attempt(tenant, isStopping, onRows) {
                    // Also between two tenants of a pool.
                    pace.rest(pace.restMilliseconds)
                    return recount
                }
            } catch TableError.misrouted, TableError.noSuchStore, TableError.noSuchTable {
                // It was moved meanwhile: counted anew where it is now.
                continue
            }
        }
        throw UsageError.unsteady(tenant)
    }

    /// How many items there are as the meter says; nil where it says nothing.
    func reckonedItems(of tenant: TenantID) throws(TableError) -> Int? { try meter.hour(of: tenant)?.items }

    /// Asserts that there is something to count.
    /// - Throws: `UsageError`, `RegistryError`.
    func subject(_ tenant: TenantID) throws -> (record: TenantRecord, placement: PlacementRecord) {
        guard let record = try registry.read(TenantRecord.self, tenant) else {
            throw UsageError.noSuchTenant(tenant.text)
        }
        if try isMovingSchool(tenant) { throw UsageError.schoolsMove(tenant) }
        guard record.state.holdsItems, let placement = try registry.read(PlacementRecord.self, tenant)
        else { throw UsageError.nothingToCount(tenant) }
        return (record, placement)
    }

    /// Nil where it has to begin anew.
    private func attempt(
        _ tenant: TenantID, _ isStopping: () -> Bool, _ onRows: (Int) -> Void
    ) throws -> UsageRecount? {
        let (record, placement) = try subject(tenant)
        guard let keeper = try stores.store(placement.store) as? any TallyKeeper else {
            throw UsageError.nothingToCount(tenant)
        }
        try keeper.beginCensus(of: tenant, epoch: placement.epoch, in: ranges(of: record, at: placement))
        var rows = 0
        do {
            while true {
                switch try keeper.continueCensus(of: tenant, rowsMax: pace.rowsMax) {
                case .more:
                    rows += pace.rowsMax
                    onRows(rows)
                    if isStopping() { throw UsageError.stopped }
                    pace.rest(pace.restMilliseconds)
                case .spoiled:
                    _ = try keeper.endCensus(of: tenant)
                    return nil
                case .complete:
                    // A school that came or began to move meanwhile is in the writes, and not in what was gone through.
                    guard try registry.read(TenantRecord.self, tenant)?.schools == record.schools,
                        try !isMovingSchool(tenant)
                    else {
                        _ = try keeper.endCensus(of: tenant)
                        return nil
                    }
                    return try meter.recount(tenant) { () throws(TableError) in
                        try keeper.endCensus(of: tenant)
                    }
                }
            }
        } catch {
            // Where the store cannot even do that, there is none under way.
            _ = try keeper.endCensus(of: tenant)
            throw error
        }
    }

    /// Whether a school comes or goes: its items are at both ends then, and counted at neither.
    private func isMovingSchool(_ tenant: TenantID) throws -> Bool {
        let lock = RunLock.ID(tenant: tenant, name: MoveWorkflow.placeLock)
        guard let held = try registry.read(RunLock.self, lock) else { return false }
        return try registry.read(RunRecord.self, held.run)?.kind == SchoolMoveWorkflow.runKind
    }

    private func ranges(of record: TenantRecord, at placement: PlacementRecord) -> [KeyRange] {
        catalog.tables.flatMap { table -> [KeyRange] in
            guard let physical = placement.tables[table.name.text] else { return [] }
            return table.ownedKeys.spans(tenant: record.id, schools: record.schools.map(\.id)).map {
                KeyRange(table: physical, lower: $0.lower, upper: $0.upper)
            }
        }
    }
}

/// Why a tenant's items were not counted.
public enum UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such tenant.
    case noSuchTenant(String)
    /// It has no place yet, or none any longer.
    case nothingToCount(TenantID)
    /// A school is being moved to it or from it.
    case schoolsMove(TenantID)
    /// It was moved, or got schools, each time that it was begun.
    case unsteady(TenantID)
    /// The server is stopping.
    case stopped

    /// In words.
    public var description: String {
        switch self {
        case .noSuchTenant(let text): "there is no tenant `\(text)`"
        case .nothingToCount(let tenant): "tenant `\(tenant)` has no items: it is not in place, or has left"
        case .schoolsMove(let tenant):
            "a school is being moved to or from tenant `\(tenant)`; its items can be counted when that has ended"
        case .unsteady(let tenant):
            "tenant `\(tenant)` was moved or got schools while its items were counted; try again in a while"
        case .stopped: "the server is stopping"
        }
    }
}

extension TenantState {
    /// Whether its items are where its placement says.
    fileprivate var holdsItems: Bool {
        switch self {
        case .active, .suspended: true
        case .offboarding(let departure): departure.isClosed != true
        case .onboarding, .gone: false
        }
    }
}

extension Limits {
    /// Rows of a tenant that are counted between two groups of writes of its store.
    static let recountRowsMax = 250
    /// The rest before the next ones, in milliseconds: a count of a million items takes twenty seconds and more.
    static let recountRestMilliseconds = 5
    /// How often a count is begun before it is given up.
    static let recountAttemptsMax = 5
}
