import Base
import Registry
import Tenancy
import Workflows

/// Moves of schools between tenants: plan, start, receipts.
public final class SchoolMoveService: Sendable {
    private let environment: MoveEnvironment
    private let engine: WorkflowEngine
    private let planner: SchoolMovePlanner

    /// Moves in this environment, carried out by an engine that knows `SchoolMoveWorkflow`.
    public init(environment: MoveEnvironment, engine: WorkflowEngine, clock: any Clock) {
        self.environment = environment
        self.engine = engine
        planner = SchoolMovePlanner(environment: environment, clock: clock)
    }

    /// What the move would do now. Makes nothing.
    /// - Throws: `SchoolMoveError` where it would be refused; `WorkflowError.locked`.
    public func plan(_ input: SchoolMoveInput) throws -> SchoolMovePlan { try planner.plan(input) }

    /// Starts a move, or finds the one that was started with this key.
    /// - Throws: `SchoolMoveError` where it is refused, `WorkflowError.locked` while another run holds one of the tenants' places.
    public func start(
        _ input: SchoolMoveInput, actor: AuditActor, idempotencyKey: String? = nil
    ) throws -> RunID {
        let isKnown =
            try idempotencyKey.map { try environment.registry.read(IdempotencyRecord.self, $0) != nil }
            ?? false
        if !isKnown {
            // Who waits for a run is told so, whatever else the run has changed already.
            try checkLocks(input)
            _ = try planner.plan(input)
        }
        do {
            return try engine.start(
                kind: SchoolMoveWorkflow.runKind, input: input, tenant: input.from,
                idempotencyKey: idempotencyKey, actor: actor)
        } catch RegistryError.conflict {
            // The other tenant's lock was taken meanwhile.
            try checkLocks(input)
            throw RegistryError.conflict(TenantRecord.key(of: input.to))
        }
    }

    private func checkLocks(_ input: SchoolMoveInput) throws {
        for tenant in [input.from, input.to] {
            let id = RunLock.ID(tenant: tenant, name: MoveWorkflow.placeLock)
            guard let lock = try environment.registry.read(RunLock.self, id) else { continue }
            throw WorkflowError.locked(by: lock.run, lock: lock.id.name)
        }
    }

    /// The receipt of a move that has ended, or nil.
    public func receipt(_ run: RunID) throws -> SchoolMoveReceipt? {
        try environment.registry.read(SchoolMoveReceipt.self, run)
    }
}
