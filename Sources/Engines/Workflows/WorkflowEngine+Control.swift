import Base
import Registry

extension WorkflowEngine {
    /// Holds the run before its next call of a step; a long step that looks at `isInterrupted` ends early.
    /// The wish is durable when this returns, the pause may come a moment later (see `wait`).
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.notApplicable` where it is paused or failed, `.notPausable` where it may not
    ///   be at the step it is at.
    public func pause(_ run: RunID, actor: AuditActor) throws {
        try change(run, actor: actor, what: "pause", action: "run.pause-requested") { record in
            if case .failed = record.state { throw notApplicable(record) }
            if record.state == .paused || record.wanted == .undo { throw notApplicable(record) }
            // A wish from before such a step is heeded before its first call.
            guard record.step.flatMap({ step(named: $0.name, of: record) })?.mayBePaused ?? true else {
                throw WorkflowError.notPausable(run, step: record.step?.name ?? "")
            }
            record.wanted = .pause
            record.wantedSkip = nil
        }
    }

    /// Takes the run back: from where it is, step by step; also one that is paused or failed. Does nothing
    /// where it is on its way back already.
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.pastReturn`.
    public func cancel(_ run: RunID, actor: AuditActor) throws {
        try change(run, actor: actor, what: "cancel", action: "run.cancel-requested") { record in
            if record.isBackward { return }
            if let workflow = workflows[record.kind], let step = record.stepPastReturn(of: workflow) {
                throw WorkflowError.pastReturn(run, step: step)
            }
            record.wanted = .undo
            record.wantedSkip = nil
        }
    }

    /// Lets a paused run go on; takes back the wish for a pause that has not come yet.
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.notApplicable` where it is not paused.
    public func resume(_ run: RunID, actor: AuditActor) throws {
        try change(run, actor: actor, what: "resume", action: "run.resumed") { record in
            if record.wanted == .pause {
                record.wanted = .none
            } else {
                guard record.state == .paused, record.wanted == .none else { throw notApplicable(record) }
                record.goOn()
            }
        }
    }

    /// Lets a failed run try its step again, or its undo, with all its attempts.
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.notApplicable` where it did not fail.
    public func retry(_ run: RunID, actor: AuditActor) throws {
        try change(run, actor: actor, what: "retry", action: "run.retried") { record in
            guard case .failed = record.state, record.wanted == .none else { throw notApplicable(record) }
            record.goOn()
        }
    }

    /// Lets a run that failed or is stuck go on as if the step it is at, or the step's undo, were done. For operators only:
    /// whoever calls this has checked that. Of a stuck run it comes when the call under way returns, unless that call gets on;
    /// the run's notes, its step and the audit log say by whom and why (`run.step-skipped`).
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.notApplicable` where it is neither failed nor stuck, `.notSkippable`
    ///   where the step may not be skipped, `.invalidReason` where the reason is empty or too long.
    public func skip(_ run: RunID, reason: String, actor: AuditActor) throws {
        guard (1...Limits.skipReasonBytesMax).contains(reason.utf8.count) else {
            throw WorkflowError.invalidReason(bytesMax: Limits.skipReasonBytesMax)
        }
        try change(
            run, actor: actor, what: "skip", action: "run.skip-requested", reason: reason
        ) { record in
            var isApplicable = record.stuck != nil
            if case .failed = record.state { isApplicable = true }
            guard isApplicable, record.wanted == .none || record.wanted == .skip, let name = record.step?.name
            else { throw notApplicable(record) }
            guard step(named: name, of: record)?.mayBeSkipped ?? true else { throw WorkflowError.notSkippable(run, step: name) }
            record.wanted = .skip
            record.wantedSkip = StepSkip(
                step: name, isUndo: record.isBackward, actor: actor, reason: reason, time: clock.now())
        }
    }

    /// Says how many items a second the run does at most from now on, also while a step is under way; nil lifts that. What else
    /// limits it stays.
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.notThrottled` where its kind knows no such rate.
    public func throttle(_ run: RunID, itemsPerSecond: Int?, actor: AuditActor) throws {
        try change(
            run, actor: actor, what: "throttle", action: "run.throttled",
            reason: itemsPerSecond.map { "\($0) items a second" } ?? "no limit"
        ) { record in
            guard workflows[record.kind]?.isThrottled == true else {
                throw WorkflowError.notThrottled(run, kind: record.kind)
            }
            record.itemsPerSecondMax = itemsPerSecond
        }
    }

    /// Lets a run that waits look around now: what it waits for may have changed. Its step decides whether it waits on.
    /// - Throws: what the registry throws.
    public func wake(_ run: RunID) throws {
        let record = try registry.update(RunRecord.self, run) { record, _ in
            // Its attempts count on: it was not asked to try again.
            if case .waiting = record.state, record.wanted == .none, !record.isBackward {
                record.state = .running
            }
        }
        guard record.state == .running else { return }
        queue.enqueue(run, claim(of: record))
    }

    /// Changes the run's record by what somebody asks, says so in the audit log, and lets a thread look at
    /// it.
    private func change(
        _ run: RunID, actor: AuditActor, what: String, action: String, reason: String? = nil,
        _ body: (inout RunRecord) throws -> Void
    ) throws {
        guard !queue.isStopped else { throw WorkflowError.stopped }
        let changed: RunRecord
        do {
            changed = try registry.update(RunRecord.self, run) { record, transaction in
                guard !record.state.isFinal else {
                    throw WorkflowError.finished(run, state: record.state.name)
                }
                let old = record
                try body(&record)
                guard record != old else { return }
                record.noteRequest(
                    RunRequest(time: clock.now(), actor: actor, what: what, reason: reason))
                transaction.audit = [
                    AuditNote(
                        actor: actor, action: action, subject: run.text, tenant: record.tenant,
                        detail: ["kind": record.kind].merging(reason.map { ["reason": $0] } ?? [:]) { $1 })
                ]
            }
        } catch RegistryError.notFound { throw WorkflowError.noSuchRun(run) }
        if changed.wanted != .none { live(run)?.interrupt() }
        // A run that waits is not due for another limit alone, nor is one that is held.
        guard what != "throttle" else { return }
        tally.note(changed, isDue: true)
        queue.enqueue(run, claim(of: changed))
    }

    /// The step of that name as this process defines it; nil where it does not know it.
    private func step(named name: String, of record: RunRecord) -> (any WorkflowStep)? {
        workflows[record.kind]?.steps.first { $0.name == name }
    }

    private func notApplicable(_ record: RunRecord) -> WorkflowError {
        .notApplicable(record.id, state: record.state.name)
    }
}
