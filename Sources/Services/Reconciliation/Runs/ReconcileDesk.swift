import Base
import Registry
import Synchronization
import Workflows

/// Where comparisons of what should exist with what does are asked for.
public final class ReconcileDesk: Sendable {
    let reconciler: Reconciler
    private let engine: WorkflowEngine

    /// A desk whose runs `engine` carries out; they find it at `place` from now on.
    public init(reconciler: Reconciler, engine: WorkflowEngine, place: ReconcilePlace) {
        self.reconciler = reconciler
        self.engine = engine
        place.attach(self)
    }

    /// Looks now, as long as a request may take, and changes nothing.
    public func survey() throws -> ReconcileReport { try reconciler.survey(.stores).bounded() }

    /// Starts a run that does what is wished; its report is `report(of:)` when it has completed.
    /// - Throws: `ReconcileError.notFound` where no finding can have such a name, `.repairUnderWay` where another run puts something
    ///   right; `WorkflowError`, `RegistryError`.
    public func start(
        _ wish: ReconcileWish, actor: AuditActor, idempotencyKey: String? = nil
    ) throws -> RunID {
        try wish.checkNames()
        for _ in 0..<Limits.registryUpdateAttemptsMax {
            do {
                return try engine.start(
                    kind: ReconcileWorkflow.runKind, input: wish, idempotencyKey: idempotencyKey, actor: actor
                )
            } catch RegistryError.conflict(let key) where key == ReconcileMark.key(of: ReconcileMark.name) {
                // Gone again where its run has ended since: then this one may try anew.
                let registry = reconciler.registry
                guard let mark = try registry.read(ReconcileMark.self, ReconcileMark.name) else { continue }
                throw ReconcileError.repairUnderWay(mark.run)
            }
        }
        throw RegistryError.conflict(ReconcileMark.key(of: ReconcileMark.name))
    }

    /// What the run has found and done; nil where it has not completed, or is none of these.
    public func report(of run: RunID) throws -> ReconcileReport? {
        try reconciler.registry.read(ReconcileRecord.self, run)?.report
    }
}

/// Where runs find the desk. The engine must know their workflow before there is an engine that the desk works with.
public final class ReconcilePlace: Sendable {
    /// Not owned: the desk owns the engine, and that its workflows.
    private struct Held { weak var desk: ReconcileDesk? }

    private let held = Mutex(Held())

    /// A place with nobody there yet.
    public init() {}

    func attach(_ desk: ReconcileDesk) { held.withLock { $0.desk = desk } }

    func desk() throws(WorkflowError) -> ReconcileDesk {
        guard let desk = held.withLock({ $0.desk }) else { throw .stopped }
        return desk
    }
}
