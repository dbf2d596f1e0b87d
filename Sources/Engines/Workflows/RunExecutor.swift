import Base
import Registry

/// Carries out one run on the thread that calls it, until the run is settled, waits, or is told to stop.
struct RunExecutor {
    /// How a run leaves its thread.
    enum Outcome {
        /// Completed, undone, failed or paused.
        case settled
        /// It goes on then.
        case waiting(until: Timestamp)
        /// A step wants to be called again at once: after the others that are due.
        case yielded
        /// The engine stops; the run goes on after `resumeAll`.
        case stopped
    }

    /// A boundary hook has killed the engine.
    struct Killed: Error {
        let cause: any Error
    }

    let workflows: [String: any Workflow]
    let clock: any Clock
    let random: any RandomSource
    let onBoundary: BoundaryHook?
    let isStopping: @Sendable () -> Bool

    /// Carries the run out.
    /// - Throws: `Killed`; `RunSession.Stop`; `RegistryError.table` where the registry fails.
    func execute(_ session: RunSession) throws -> Outcome {
        while true {
            if session.record.state.isFinal { return .settled }
            if session.record.wanted != .none {
                try session.commit { record in
                    record.obeyWish()
                    return RegistryTransaction()
                }
                continue
            }
            switch session.record.state {
            case .paused, .failed: return .settled
            case .waiting(let until) where until > clock.now(): return .waiting(until: until)
            case .pending, .running, .waiting, .undoing, .undone, .completed: break
            }
            if isStopping() { return .stopped }
            let returned = try callStep(of: session)
            if case .again = returned, session.record.state == .running || session.record.state == .undoing {
                return .yielded
            }
        }
    }

    private func callStep(of session: RunSession) throws -> StepResult? {
        let name = session.record.step?.name ?? ""
        guard let workflow = workflows[session.record.kind],
            let step = workflow.steps.first(where: { $0.name == name })
        else {
            try stop(
                session, reason: "no step `\(name)` of `\(session.record.kind)` is known any more")
            return nil
        }
        if session.record.isStepBegun {
            session.record.begin(at: clock.now())
        } else {
            try session.commit { record in
                record.begin(at: clock.now())
                return RegistryTransaction()
            }
        }
        let call = StepCall(
            session: session, workflow: workflow, step: step, clock: clock, random: random,
            isStopping: isStopping)
        try reach(.before, of: session, step: name, isUndo: call.isUndo)
        let result = call.make()
        try reach(.after, of: session, step: name, isUndo: call.isUndo)
        try call.record(result)
        try reach(.recorded, of: session, step: name, isUndo: call.isUndo)
        switch result {
        case .success(let returned): return returned
        case .failure: return nil
        }
    }

    private func stop(_ session: RunSession, reason: String) throws {
        try session.commit { record in
            record.failStep(reason: reason, policy: .stop, at: clock.now())
            return RunAnnouncement.of(record)
        }
    }

    private func reach(_ point: Boundary.Point, of session: RunSession, step: String, isUndo: Bool) throws {
        guard let onBoundary else { return }
        let boundary = Boundary(run: session.record.id, step: step, isUndo: isUndo, point: point)
        do { try onBoundary(boundary) } catch { throw Killed(cause: error) }
    }
}
