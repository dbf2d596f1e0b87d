import Base
import Registry

/// Carries out one run on the thread that calls it, until the run is settled, waits, or is told to stop.
struct RunExecutor {
    /// How a run leaves its thread.
    enum Outcome {
        /// Completed, undone, failed or paused.
        case settled
        /// It goes on after so many milliseconds.
        case waiting(milliseconds: Int64)
        /// It goes on when it has a slot.
        case turn
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
    let tally: RunTally
    let isStopping: @Sendable () -> Bool
    /// Whether the run may go on with a step that needs a slot.
    let hasSlot: @Sendable (RunID) -> Bool

    /// Carries the run out. `wait` is what is left of the wait it is in, in milliseconds.
    /// - Throws: `Killed`; `RunSession.Stop`; `RegistryError.table` where the registry fails.
    func execute(_ session: RunSession, wait: Int64) throws -> Outcome {
        var wait = wait
        try adoptDefinition(of: session)
        while true {
            if session.record.state.isFinal { return .settled }
            if session.record.wanted != .none {
                try obeyWish(of: session)
                continue
            }
            switch session.record.state {
            case .paused, .failed: return .settled
            case .waiting where wait > 0: return .waiting(milliseconds: wait)
            case .pending, .running, .waiting, .undoing, .undone, .completed: break
            }
            if isStopping() { return .stopped }
            if needsSlot(session.record), !hasSlot(session.record.id) { return .turn }
            let returned = try callStep(of: session)
            wait = session.record.waitMilliseconds ?? 0
            if case .again = returned, session.record.state == .running || session.record.state == .undoing {
                return .yielded
            }
        }
    }

    /// Whether the run may go on only with a slot: it goes forward, at a step that holds one, and nobody wants anything of it.
    func needsSlot(_ record: RunRecord) -> Bool {
        guard !record.isBackward, record.wanted == .none, !record.state.isSettled,
            let name = record.step?.name,
            let step = workflows[record.kind]?.steps.first(where: { $0.name == name })
        else { return false }
        return step.holdsSlot
    }

    private func obeyWish(of session: RunSession) throws {
        try session.commit { record in
            let skip = record.wantedSkip
            let index = record.stepIndex
            record.obeyWish(at: clock.now())
            guard let skip, record.steps.indices.contains(index), record.steps[index].skipped == skip else {
                return RegistryTransaction()
            }
            var transaction = RunAnnouncement.of(record, skip)
            guard record.state.isFinal else { return transaction }
            transaction.append(RunAnnouncement.of(record))
            if let workflow = workflows[record.kind] { transaction.append(try workflow.ending(record)) }
            return transaction
        }
    }

    private func callStep(of session: RunSession) throws -> StepResult? {
        let name = session.record.step?.name ?? ""
        guard let workflow = workflows[session.record.kind],
            let step = workflow.steps.first(where: { $0.name == name })
        else {
            let reason = DefinitionChange.unknownStep(session.record, workflows[session.record.kind])
            try stop(session, reason: reason)
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
            session: session, workflow: workflow, step: step, clock: clock, random: random, tally: tally,
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
        tally.noteFailure(kind: session.record.kind, step: session.record.step?.name ?? "")
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
