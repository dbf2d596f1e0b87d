import Base
import Synchronization
import Tables

/// Which stores take each tenant's writes, at every instant: a store does from the moment that its commit of that is acknowledged to
/// the moment that somebody asks it not to any more. It takes those alone that were routed by its epoch of the tenant, and they are
/// routed by what the placement names.
///
/// INVARIANT (one takes writes): of one tenant never two that the placement has named. Where the commit failed that was to name one, and
/// the one that was to take that back did too, the other goes on under a newer epoch, so that nobody waits: nothing comes to the one
/// that was never named, and nothing may come to it later.
final class Residence: Sendable {
    /// A store by an epoch.
    private struct Charge: Hashable {
        let store: StoreID
        let epoch: Int64
    }

    private struct State {
        /// Where the writes of each tenant were accepted last.
        var latest: [TenantID: StoreID] = [:]
        var switches = 0
        var fences = 0
        var taking: [TenantID: [StoreID: Int64]] = [:]
        /// What placements have named.
        var named: [TenantID: Set<Charge>] = [:]

        /// The stores that take writes of the tenant where they are too many, and none otherwise.
        func tooMany(_ tenant: TenantID) -> [StoreID] {
            guard let taking = taking[tenant], taking.count > 1, let newest = taking.values.max() else {
                return []
            }
            let isRouted = { (store: StoreID, epoch: Int64) in
                epoch == newest || named[tenant]?.contains(Charge(store: store, epoch: epoch)) == true
            }
            let stores = taking.filter(isRouted).keys.sorted()
            return stores.count > 1 ? stores : []
        }
    }

    private let state = Mutex(State())

    /// How often writes went on at another store.
    var switches: Int { state.withLock { $0.switches } }

    /// How often a fence was raised.
    var fences: Int { state.withLock { $0.fences } }

    /// What the placement names now: at each write that is accepted, and before and after each change of who takes writes.
    func note(named store: StoreID, epoch: Int64, of tenant: TenantID) {
        state.withLock { _ = $0.named[tenant, default: []].insert(Charge(store: store, epoch: epoch)) }
    }

    /// A write of the tenant was accepted. The stores that would take it by a newer epoch.
    func noteWrite(of tenant: TenantID, at store: StoreID) -> [StoreID] {
        state.withLock { state in
            if let old = state.latest.updateValue(store, forKey: tenant), old != store { state.switches += 1 }
            guard let taking = state.taking[tenant], let epoch = taking[store] else { return [] }
            return taking.filter { $0.value > epoch }.keys.sorted()
        }
    }

    /// A process begins with what the stores hold. The tenants of whom more than one takes writes, and which do.
    func begin(_ residents: [StoreID: [TenantID: Resident]]) -> [(TenantID, [StoreID])] {
        state.withLock { state in
            state.taking = [:]
            for (store, standings) in residents {
                for (tenant, resident) in standings where resident.state == .active {
                    state.taking[tenant, default: [:]][store] = resident.epoch
                }
            }
            return state.taking.keys.sorted().map { ($0, state.tooMany($0)) }.filter { !$0.1.isEmpty }
        }
    }

    /// From here on nobody knows whether the store takes the tenant's writes.
    func beginChange(of tenant: TenantID, at store: StoreID) {
        state.withLock { $0.taking[tenant]?[store] = nil }
    }

    /// The store has acknowledged its resident. The stores that take the tenant's writes now, where they are too many.
    func endChange(of tenant: TenantID, at store: StoreID, to resident: Resident?) -> [StoreID] {
        state.withLock { state in
            if resident?.state == .fenced { state.fences += 1 }
            if let resident, resident.state == .active {
                state.taking[tenant, default: [:]][store] = resident.epoch
            }
            return state.tooMany(tenant)
        }
    }

    /// The store is about to be removed.
    func forget(_ store: StoreID) {
        state.withLock { state in
            for tenant in Array(state.taking.keys) { state.taking[tenant]?[store] = nil }
        }
    }
}
