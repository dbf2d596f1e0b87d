import Base
import Registry

/// What becomes of a run: pure, without input or output. The executor commits what comes out.
extension RunRecord {
    /// Whether the run goes back.
    var isBackward: Bool {
        switch direction {
        case .forward: false
        case .backward: true
        }
    }

    /// Whether the step it is at is recorded as begun. The start of the run is the record of its first step.
    var isStepBegun: Bool { stepIndex == 0 || step?.startedAt != nil }

    /// The last step that may have left something behind.
    var furthestBegun: Int { steps.lastIndex { $0.startedAt != nil } ?? 0 }

    /// Notes that the step, or its undo, is being called.
    mutating func begin(at now: Timestamp) {
        state = isBackward ? .undoing : .running
        steps[stepIndex].state = isBackward ? .undoing : .running
        if steps[stepIndex].startedAt == nil { steps[stepIndex].startedAt = now }
    }

    /// The step's end. What comes next is begun in the same record, unless somebody wishes otherwise.
    mutating func finishStep(at now: Timestamp) {
        steps[stepIndex].endedAt = now
        steps[stepIndex].lastError = nil
        if isBackward {
            steps[stepIndex].state = .undone
            guard stepIndex > 0 else { return end(.undone, at: now) }
            stepIndex -= 1
            if wanted == .none { begin(at: now) }
        } else {
            steps[stepIndex].state = .done
            let isLast = stepIndex + 1 == steps.count
            if isLast, wanted == .undo { return }
            stepIndex += 1
            if isLast { return end(.completed, at: now) }
            if wanted == .none { begin(at: now) }
        }
    }

    /// The step is to be called again.
    mutating func callAgain(afterMilliseconds delay: Int, at now: Timestamp) {
        steps[stepIndex].attempts = 0
        steps[stepIndex].lastError = nil
        if delay > 0 { state = .waiting(until: now.advanced(byMilliseconds: Int64(delay))) }
    }

    /// A call of the step ended with an error that may pass.
    mutating func retryStep(error: String, afterMilliseconds delay: Int, at now: Timestamp) {
        steps[stepIndex].attempts += 1
        steps[stepIndex].lastError = error
        note(error, at: now)
        if delay > 0 { state = .waiting(until: now.advanced(byMilliseconds: Int64(delay))) }
    }

    /// The step sends the run back to an earlier one.
    mutating func goBack(to target: Int, reason: String, at now: Timestamp) {
        note("back to `\(steps[target].name)`: \(reason)", at: now)
        returns += 1
        for index in target...stepIndex {
            steps[index].state = .pending
            steps[index].attempts = 0
            steps[index].endedAt = nil
        }
        stepIndex = target
        if wanted == .none { begin(at: now) }
    }

    /// The step failed for good.
    mutating func failStep(reason: String, policy: FailurePolicy, at now: Timestamp) {
        note(reason, at: now)
        steps[stepIndex].state = .failed
        steps[stepIndex].lastError = reason
        steps[stepIndex].endedAt = now
        if policy == .undo, !isBackward {
            turnBack(reason: "`\(steps[stepIndex].name)` failed: \(reason)")
        } else {
            state = .failed(reason: reason)
        }
    }

    /// From here on the run goes back, from the furthest step it has begun.
    mutating func turnBack(reason: String) {
        direction = .backward(reason: reason)
        wanted = .none
        stepIndex = furthestBegun
        state = .undoing
        for index in steps.indices { steps[index].attempts = 0 }
        steps[stepIndex].state = .undoing
    }

    /// What somebody asked for happens, between two calls.
    mutating func obeyWish() {
        switch wanted {
        case .none: break
        case .pause:
            wanted = .none
            state = .paused

        case .undo:
            if isBackward { wanted = .none } else { turnBack(reason: "cancelled") }

        }
    }

    /// The run goes on where it was held or failed.
    mutating func goOn() {
        state = isBackward ? .undoing : .running
        steps[min(stepIndex, steps.count - 1)].attempts = 0
    }

    /// Adds a note, and drops the oldest beyond the limit.
    mutating func note(_ text: String, at now: Timestamp) {
        notes.append(RunNote(time: now, step: step?.name ?? "", text: RunText.cut(text)))
        if notes.count > Limits.runNotesMax { notes.removeFirst(notes.count - Limits.runNotesMax) }
    }

    private mutating func end(_ state: RunState, at now: Timestamp) {
        self.state = state
        endedAt = now
        wanted = .none
        progress = nil
    }
}
