import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Moves of tenants between tiers: plan, start, take back, receipts.
public final class MoveService: Sendable {
    private let environment: MoveEnvironment
    private let engine: WorkflowEngine

    /// Moves in this environment, carried out by an engine that knows `MoveWorkflow`.
    public init(environment: MoveEnvironment, engine: WorkflowEngine) {
        self.environment = environment
        self.engine = engine
    }

    /// What the move would do now. Makes nothing.
    /// - Throws: `MoveError` where it would be refused.
    public func plan(_ input: MoveInput) throws -> MovePlan {
        try MovePlanner(environment: environment).plan(input)
    }

    /// Starts a move, or finds the one that was started with this key.
    /// - Throws: `MoveError` where it is refused, `WorkflowError.locked` while another run changes the tenant's place.
    public func start(_ input: MoveInput, actor: AuditActor, idempotencyKey: String? = nil) throws -> RunID {
        if idempotencyKey == nil { _ = try MovePlanner(environment: environment).decide(input) }
        return try engine.start(
            kind: MoveWorkflow.runKind, input: input, tenant: input.tenant, idempotencyKey: idempotencyKey,
            actor: actor)
    }

    /// Takes a move back: before the switch the tenant stays where it is, after it the tenant returns with all its later writes.
    public func rollBack(_ run: RunID, actor: AuditActor) throws {
        guard let record = try environment.registry.read(RunRecord.self, run),
            record.kind == MoveWorkflow.runKind
        else { throw MoveError.noSuchMove(run) }
        try engine.cancel(run, actor: actor)
    }

    /// The receipt of a move that has ended, or nil.
    public func receipt(_ run: RunID) throws -> MoveReceipt? {
        try environment.registry.read(MoveReceipt.self, run)
    }
}
