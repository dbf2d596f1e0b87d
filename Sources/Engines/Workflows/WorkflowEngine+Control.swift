import Base
import Registry

extension WorkflowEngine {
    /// Holds the run before its next call of a step; a long step that looks at `isInterrupted` ends early.
    /// The wish is durable when this returns, the pause may come a moment later (see `wait`).
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.notApplicable` where it is paused or failed.
    public func pause(_ run: RunID, actor: AuditActor) throws {
        try change(run, actor: actor, action: "run.pause-requested") { record in
            if case .failed = record.state { throw notApplicable(record) }
            if record.state == .paused || record.wanted == .undo { throw notApplicable(record) }
            record.wanted = .pause
        }
    }

    /// Takes the run back: from where it is, step by step; also one that is paused or failed. Does nothing
    /// where it is on its way back already.
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.pastReturn`.
    public func cancel(_ run: RunID, actor: AuditActor) throws {
        try change(run, actor: actor, action: "run.cancel-requested") { record in
            if record.isBackward { return }
            if let workflow = workflows[record.kind], let step = record.stepPastReturn(of: workflow) {
                throw WorkflowError.pastReturn(run, step: step)
            }
            record.wanted = .undo
        }
    }

    /// Lets a paused run go on; takes back the wish for a pause that has not come yet.
    /// - Throws: `WorkflowError.noSuchRun`, `.finished`, `.notApplicable` where it is not paused.
    public func resume(_ run: RunID, actor: AuditActor) throws {
        try change(run, actor: actor, action: "run.resumed") { record in
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
        try change(run, actor: actor, action: "run.retried") { record in
            guard case .failed = record.state, record.wanted == .none else { throw notApplicable(record) }
            record.goOn()
        }
    }

    /// Changes the run's record by what somebody asks, says so in the audit log, and lets a thread look at
    /// it.
    private func change(
        _ run: RunID, actor: AuditActor, action: String, _ body: (inout RunRecord) throws -> Void
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
                transaction.audit = [
                    AuditNote(
                        actor: actor, action: action, subject: run.text, tenant: record.tenant,
                        detail: ["kind": record.kind])
                ]
            }
        } catch RegistryError.notFound { throw WorkflowError.noSuchRun(run) }
        if changed.wanted != .none { live(run)?.interrupt() }
        queue.enqueue(run)
    }

    private func notApplicable(_ record: RunRecord) -> WorkflowError {
        .notApplicable(record.id, state: record.state.name)
    }
}
