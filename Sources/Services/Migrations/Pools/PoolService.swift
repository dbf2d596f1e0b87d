import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Pools: what is in them, tenants spread over them, one emptied into another.
public final class PoolService: Sendable {
    private let environment: MoveEnvironment
    private let engine: WorkflowEngine

    /// Pools of this environment; their runs are carried out by an engine that knows `PoolRebalanceWorkflow` and `PoolMergeWorkflow`.
    public init(environment: MoveEnvironment, engine: WorkflowEngine) {
        self.environment = environment
        self.engine = engine
    }

    /// All pools, by tier in the catalog's order and number.
    public func list() throws -> [PoolSummary] {
        try environment.catalog.tiers.filter { !$0.isDedicated }.flatMap { tier in
            try environment.placements.pools(of: tier).map { try summary($0, tier) }
        }
    }

    /// A pool and the tenants that are placed in it, by id: each of its items is counted.
    /// - Throws: `PoolError.noSuchPool`.
    public func show(_ id: StoreID) throws -> (summary: PoolSummary, tenants: [PoolTenant]) {
        let planner = PoolPlanner(environment: environment)
        let pool = try planner.pool(id)
        return (try summary(pool.record, pool.tier), try planner.tenants(of: pool))
    }

    /// What would be moved now. Makes nothing.
    /// - Throws: `PoolError` where it would be refused.
    public func plan(_ input: PoolInput) throws -> PoolPlan {
        try PoolPlanner(environment: environment).plan(input, of: nil)
    }

    /// Starts the run, or finds the one that was started with this key.
    /// - Throws: `PoolError` where it is refused.
    public func start(_ input: PoolInput, actor: AuditActor, idempotencyKey: String? = nil) throws -> RunID {
        let registry = environment.registry
        if try idempotencyKey.flatMap({ try registry.read(IdempotencyRecord.self, $0) }) == nil {
            _ = try plan(input)
        }
        let kind = input.into == nil ? PoolRebalanceWorkflow.runKind : PoolMergeWorkflow.runKind
        for _ in 1..<Limits.registryUpdateAttemptsMax {
            do {
                return try engine.start(
                    kind: kind, input: input, idempotencyKey: idempotencyKey, actor: actor)
            } catch RegistryError.conflict {
                // A tenant was placed in one of the pools at the same moment.
                continue
            }
        }
        return try engine.start(kind: kind, input: input, idempotencyKey: idempotencyKey, actor: actor)
    }

    private func summary(_ record: StoreRecord, _ tier: Tier) throws -> PoolSummary {
        var delay: Int?
        do throws(TableError) {
            delay = try environment.stores.store(record.id).commitDelays(after: 0).p99
        } catch {
            // One whose first tenant has not come yet has no file.
            guard case .noSuchStore = error else { throw error }
        }
        return PoolSummary(
            record: record, capacity: tier.isolation.capacity,
            diskBytes: environment.placements.diskBytes(of: record.id), writeMicroseconds: delay)
    }
}
