import Base
import FoundationEssentials
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

    /// How long a move of the tenant with so many items is expected to take until its switch, as a plan says.
    public func estimate(of tenant: TenantRecord, items: Int) -> MoveEstimate {
        let tier = environment.tier(tenant.tier).map { tenant.effective($0, at: environment.clock.now()) }
        return MoveEstimate(Extent(items: items), by: tier)
    }

    /// Starts a move, or finds the one that was started with this key.
    /// - Parameter why: what the run and the audit keep of the reason, in 1 to `Limits.runWhyBytesMax` bytes.
    /// - Throws: `MoveError` where it is refused, `WorkflowError.locked` while another run changes the tenant's place,
    ///   `.invalidReason`.
    public func start(
        _ input: MoveInput, actor: AuditActor, why: String? = nil, idempotencyKey: String? = nil
    ) throws -> RunID {
        if try idempotencyKey.map(isKnown) != true {
            try MovePlanner(environment: environment).check(input)
        }
        return try engine.start(
            kind: MoveWorkflow.runKind, input: input, tenant: input.tenant, idempotencyKey: idempotencyKey,
            actor: actor, why: why)
    }

    private func isKnown(_ key: String) throws -> Bool {
        try environment.registry.read(IdempotencyRecord.self, key) != nil
    }

    /// Takes a move back: before the switch the tenant stays where it is, after it the tenant returns with all its later writes.
    public func rollBack(_ run: RunID, actor: AuditActor) throws {
        guard let record = try environment.registry.read(RunRecord.self, run),
            record.kind == MoveWorkflow.runKind
        else { throw MoveError.noSuchMove(run) }
        try engine.cancel(run, actor: actor)
    }

    /// Lets writes go on that a move holds back whose process ended while its fence stood. Once, at start, before runs are
    /// taken up again: one that is to pause there would leave them waiting for as long as it is paused.
    /// - Parameter report: told of each move whose store cannot be asked; the others go on.
    /// - Throws: what the registry throws.
    public func lowerFences(report: (RunID, any Error) -> Void) throws {
        for run in try openMoves() {
            do { try environment.letWritesGoOn(run) } catch { report(run.id, error) }
        }
    }

    /// Moves of tenants and of schools that have not ended. Others hold a place too, and a restore its tenant's writes by the same
    /// fence: that one is its own to lower.
    private func openMoves() throws -> [RunRecord] {
        let kinds = [MoveWorkflow.runKind, SchoolMoveWorkflow.runKind]
        var open: [RunID] = []
        try environment.registry.forEach(OpenRun.self) { open.append($0.id) }
        return try open.compactMap { run in
            guard let record = try environment.registry.read(RunRecord.self, run),
                kinds.contains(record.kind)
            else { return nil }
            return record
        }
    }

    /// The receipt of a move that has ended, or nil.
    public func receipt(_ run: RunID) throws -> MoveReceipt? {
        try environment.registry.read(MoveReceipt.self, run)
    }
}
