import Base
import Registry
import Workflows

extension DepartureService {
    /// What an erasure would remove now, as far as it can be counted in `Limits.erasurePlanSecondsMax`. Changes nothing.
    /// - Throws: `DepartureError`.
    public func planErasure(of patterns: [ErasedKeys.Pattern], from tenant: TenantID) throws -> ErasurePlan {
        let (record, keys) = try checkErasure(patterns, from: tenant)
        let deadline = clock.monotonicNanoseconds() + UInt64(Limits.erasurePlanSecondsMax) * 1_000_000_000
        return try ErasureSearch(environment: environment, tenant: record, keys: keys).plan {
            clock.monotonicNanoseconds() >= deadline
        }
    }

    /// Begins an erasure, or finds the one that was begun with this key. The keys are kept only while it is under way.
    /// - Throws: `DepartureError`; `WorkflowError.locked` while another run changes the tenant's place or erases.
    public func erase(
        _ patterns: [ErasedKeys.Pattern], from tenant: TenantID, reason: String, actor: AuditActor,
        idempotencyKey: String? = nil
    ) throws -> RunID {
        try DepartureService.check(reason: reason)
        let (_, keys) = try checkErasure(patterns, from: tenant)
        let order = ErasureOrder(tenant: tenant, keys: keys, digests: environment.digests)
        let input = ErasureInput(tenant: tenant, reason: reason, order: order.id)
        do {
            return try engine.start(
                kind: ErasureWorkflow.runKind, input: input, tenant: tenant, idempotencyKey: idempotencyKey,
                actor: actor, with: RegistryTransaction([.insert(order)]))
        } catch RegistryError.conflict(let key) where key == order.key {
            // The same keys are being erased: by the run that holds the lock.
            let lock = RunLock.ID(tenant: tenant, name: "place")
            guard let holder = try environment.registry.read(RunLock.self, lock) else {
                throw RegistryError.conflict(key)
            }
            throw WorkflowError.locked(by: holder.run, lock: lock.name)
        }
    }

    private func checkErasure(
        _ patterns: [ErasedKeys.Pattern], from tenant: TenantID
    ) throws -> (TenantRecord, ErasedKeys) {
        let record = try self.record(of: tenant)
        switch record.state {
        case .active, .suspended: break
        case .onboarding, .offboarding, .gone:
            throw DepartureError.notApplicable(
                tenant, state: record.state.name.rawValue, wanted: "erased from")
        }
        return (record, try ErasedKeys(patterns, of: record, catalog: environment.catalog))
    }
}
