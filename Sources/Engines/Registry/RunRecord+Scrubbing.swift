import Base

extension RunRecord {
    /// The same run without what it was started with, what it remembers and leaves, and what it says of that: who did what
    /// kind of thing, when, and how it ended stays. For a run that has come to its end.
    public func scrubbed() -> RunRecord {
        precondition(state.isFinal, "a run that goes on needs what it remembers")
        var record = RunRecord(
            id: id, kind: kind, tenant: tenant, actor: actor, idempotencyKey: idempotencyKey, lock: lock,
            input: "{}", steps: [], createdAt: createdAt, definition: definition)
        record.endedAt = endedAt
        record.state = state
        record.direction = direction
        record.stepIndex = stepIndex
        record.steps = steps.map { step in
            var step = step
            step.lastError = nil
            step.history = nil
            step.skipped = nil
            return step
        }
        record.returns = returns
        record.version = version
        return record
    }
}
