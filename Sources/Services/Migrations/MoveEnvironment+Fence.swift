import Base
import FoundationEssentials
import Registry
import Tables
import Workflows

/// The fence of a move of which nothing goes on: its process has ended, or it is held.
extension MoveEnvironment {
    /// Lets the writes go on that the run holds back; does nothing where it holds none back. While nothing else of the run goes on.
    ///
    /// A pass that ends because the registry cannot be asked leaves its fence: whether the switch was made is not known then. The next
    /// try sees to it, but where the run is held, or its process has ended, there is none for as long as that lasts.
    /// - Throws: what the stores and the registry throw.
    func letWritesGoOn(_ run: RunRecord) throws {
        guard let tenant = run.tenant else { return }
        do { try takeBackCharge(run, of: tenant) } catch {
            // Whatever comes of it the fence comes down: nobody was ever routed there.
            try lowerFence(of: tenant)
            throw error
        }
        try lowerFence(of: tenant)
    }

    /// The end may have come between the last two commits of a switch: then both sides would take the tenant's writes as soon as
    /// the fence is down.
    private func takeBackCharge(_ run: RunRecord, of tenant: TenantID) throws {
        guard run.kind == MoveWorkflow.runKind, let text = run.values[MoveMemory.route],
            let placement = try registry.read(PlacementRecord.self, tenant)
        else { return }
        let route = try JSONDecoder().decode(MoveRoute.self, from: Data(text.utf8))
        let isForward = placement.store == route.source.store
        let other = isForward ? route.target.store : route.source.store
        guard isForward || placement.store == route.target.store,
            try stores.list().contains(other)
        else { return }
        let store = try stores.store(other)
        guard let resident = try store.resident(tenant), resident.state == .active else { return }
        try store.takeBackCharge(
            of: tenant, at: resident.epoch, to: isForward ? .arriving(run.id) : .kept(run.id))
    }

    private func lowerFence(of tenant: TenantID) throws {
        guard let placement = try registry.read(PlacementRecord.self, tenant) else { return }
        // The fence stands at the side in charge, and until the switch the placement names that side.
        let store = try stores.store(placement.store)
        guard var resident = try store.resident(tenant) else { return }
        switch resident.state {
        case .fenced:
            resident.epoch += 1
            resident.state = .active
            try store.setResident(tenant, to: resident)
        case .active: break
        case .arriving, .kept: return
        }
        // The end may have come between the two commits of lowering it.
        guard placement.epoch < resident.epoch else { return }
        try registry.update(PlacementRecord.self, tenant) { placement, _ in
            placement.epoch = max(placement.epoch, resident.epoch)
        }
    }
}
