import Base
import Registry

/// Carries out runs, each step of each recorded, on threads of its own.
public final class WorkflowEngine: Sendable {
    /// An engine of these workflows over the registry. With `threads` 0 runs get on only in `runUntilIdle`.
    public init(
        registry: Registry, workflows: [any Workflow], clock: any Clock, random: any RandomSource,
        threads: Int = Limits.workflowThreads, onBoundary: BoundaryHook? = nil
    ) {
        preconditionFailure("skeleton")
    }

    /// Records a new run and lets it begin. The same idempotency key gives the same run, whatever has become of it; the input
    /// must then be the same (`tenant` and `actor` may differ: the first ones stand).
    /// - Parameter transaction: changes to commit together with the run.
    /// - Throws: `WorkflowError.unknownKind`, `.keyReused`, `.locked`, `.tooLarge`; `RegistryError.conflict` of `transaction`.
    @discardableResult
    public func start<Input: Encodable>(
        kind: String, input: Input, tenant: TenantID? = nil, idempotencyKey: String? = nil,
        actor: AuditActor = .system, with transaction: RegistryTransaction = RegistryTransaction()
    ) throws -> RunID {
        preconditionFailure("skeleton")
    }

    /// Waits until the run is settled (completed, undone, failed or paused), at most so long; the run as it is then.
    public func wait(for run: RunID, timeoutMilliseconds: Int) throws -> RunRecord {
        preconditionFailure("skeleton")
    }

    /// The run as it is now, with the progress of a step under way.
    public func get(_ run: RunID) throws -> RunRecord { preconditionFailure("skeleton") }

    /// Runs, newest first: all, or those of one tenant.
    /// - Parameter after: the `next` of the page before.
    public func list(tenant: TenantID? = nil, after: String? = nil, limit: Int = 100) throws -> RegistryPage<
        RunRecord
    > {
        preconditionFailure("skeleton")
    }

    /// Holds the run between two steps, or where a long step can be interrupted.
    public func pause(_ run: RunID, actor: AuditActor) throws { preconditionFailure("skeleton") }

    /// Lets a paused run go on.
    public func resume(_ run: RunID, actor: AuditActor) throws { preconditionFailure("skeleton") }

    /// Takes the run back: from where it is, step by step.
    public func cancel(_ run: RunID, actor: AuditActor) throws { preconditionFailure("skeleton") }

    /// Lets a failed run try its step again, or its undo.
    public func retry(_ run: RunID, actor: AuditActor) throws { preconditionFailure("skeleton") }

    /// Takes up all runs that were under way when the process ended; how many. Once, at start.
    @discardableResult
    public func resumeAll() throws -> Int { preconditionFailure("skeleton") }

    /// Interrupts long steps, waits for the others and leaves every run so that `resumeAll` goes on with it.
    public func stop() { preconditionFailure("skeleton") }

    /// Carries out all that is due, on this thread; answers when the next waiting run is due, or nil.
    /// - Throws: what the boundary hook threw; the engine then counts as killed and writes nothing any more.
    @discardableResult
    public func runUntilIdle() throws -> Timestamp? { preconditionFailure("skeleton") }
}
