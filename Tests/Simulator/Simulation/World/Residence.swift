import Base
import Synchronization
import Tables

/// Which stores take each tenant's writes, at every instant: a store does from the moment that its commit of that is acknowledged to
/// the moment that somebody asks it not to any more.
///
/// INVARIANT (one takes writes): of one tenant never two.
final class Residence: Sendable {
    private struct State {
        /// Where the writes of each tenant were accepted last.
        var latest: [TenantID: StoreID] = [:]
        var switches = 0
        var fences = 0
        var taking: [TenantID: Set<StoreID>] = [:]
    }

    private let state = Mutex(State())

    /// How often writes went on at another store.
    var switches: Int { state.withLock { $0.switches } }

    /// How often a fence was raised.
    var fences: Int { state.withLock { $0.fences } }

    /// A write of the tenant was accepted.
    func note(_ tenant: TenantID, _ store: StoreID) {
        state.withLock { state in
            if let old = state.latest.updateValue(store, forKey: tenant), old != store { state.switches += 1 }
        }
    }

    /// A process begins with what the stores hold. The tenants of whom more than one takes writes, and which do.
    func begin(_ residents: [StoreID: [TenantID: Resident]]) -> [(TenantID, [StoreID])] {
        state.withLock { state in
            state.taking = [:]
            for (store, standings) in residents {
                for (tenant, resident) in standings where resident.state == .active {
                    state.taking[tenant, default: []].insert(store)
                }
            }
            return state.taking.filter { $0.value.count > 1 }.map { ($0.key, $0.value.sorted()) }
        }
    }

    /// From here on nobody knows whether the store takes the tenant's writes.
    func beginChange(of tenant: TenantID, at store: StoreID) {
        state.withLock { _ = $0.taking[tenant]?.remove(store) }
    }

    /// The store has acknowledged its resident. All stores that take the tenant's writes now.
    func endChange(of tenant: TenantID, at store: StoreID, to resident: Resident?) -> [StoreID] {
        state.withLock { state in
            if resident?.state == .fenced { state.fences += 1 }
            if resident?.state == .active { state.taking[tenant, default: []].insert(store) }
            return (state.taking[tenant] ?? []).sorted()
        }
    }

    /// The store is about to be removed.
    func forget(_ store: StoreID) {
        state.withLock { state in
            for tenant in Array(state.taking.keys) { state.taking[tenant]?.remove(store) }
        }
    }
}
