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
        if steps[stepIndex].attemptStartedAt == nil { steps[stepIndex].attemptStartedAt = now }
        waitMilliseconds = nil
    }

    /// The step's end. What comes next is begun in the same record, unless somebody wishes otherwise.
    mutating func finishStep(at now: Timestamp) {
        endAttempt(.done, at: now)
        steps[stepIndex].lastError = nil
        steps[stepIndex].state = isBackward ? .undone : .done
        leaveStep(at: now)
    }

    /// An operator has the step (or its undo) skipped: the run goes on as if it were done.
    mutating func skipStep(_ skip: StepSkip, at now: Timestamp) {
        endAttempt(.skipped, error: skip.reason, at: now)
        steps[stepIndex].state = .skipped
        steps[stepIndex].skipped = skip
        wanted = .none
        wantedSkip = nil
        state = isBackward ? .undoing : .running
        leaveStep(at: now)
    }

    /// On to the step that comes next on the way, or to the end.
    private mutating func leaveStep(at now: Timestamp) {
        steps[stepIndex].endedAt = now
        if isBackward {
            guard stepIndex > 0 else { return end(.undone, at: now) }
            stepIndex -= 1
        } else {
            let isLast = stepIndex + 1 == steps.count
            if isLast, wanted == .undo { return }
            stepIndex += 1
            if isLast { return end(.completed, at: now) }
        }
        dropSkipWish()
        if wanted == .none { begin(at: now) }
    }

    /// Who wanted the step skipped wanted that one skipped, not another.
    private mutating func dropSkipWish() {
        guard wanted == .skip else { return }
        wanted = .none
        wantedSkip = nil
    }

    /// The attempt under way has ended; it goes into the step's history.
    private mutating func endAttempt(
        _ outcome: StepAttempt.Outcome, error: String? = nil, at now: Timestamp
    ) {
        let attempt = StepAttempt(
            startedAt: steps[stepIndex].attemptStartedAt ?? now, endedAt: now, isUndo: isBackward,
            outcome: outcome, error: error.map { RunText.cut($0, to: Limits.stepAttemptErrorBytesMax) })
        steps[stepIndex].attemptStartedAt = nil
        steps[stepIndex].history = steps[stepIndex].history ?? KeptNewest()
        steps[stepIndex].history?.append(attempt, max: Limits.stepAttemptsKept)
    }

    /// The run waits for so long, if at all.
    private mutating func wait(milliseconds delay: Int, at now: Timestamp) {
        guard delay > 0 else { return }
        state = .waiting(until: now.advanced(byMilliseconds: Int64(delay)))
        waitMilliseconds = Int64(delay)
    }

    /// The step is to be called again.
    mutating func callAgain(afterMilliseconds delay: Int, at now: Timestamp) {
        steps[stepIndex].attempts = 0
        steps[stepIndex].lastError = nil
        wait(milliseconds: delay, at: now)
    }

    /// A call of the step ended with an error that may pass.
    mutating func retryStep(error: String, afterMilliseconds delay: Int, at now: Timestamp) {
        endAttempt(.error, error: error, at: now)
        steps[stepIndex].attempts += 1
        steps[stepIndex].lastError = error
        note(error, at: now)
        wait(milliseconds: delay, at: now)
    }

    /// The step sends the run back to an earlier one.
    mutating func goBack(to target: Int, reason: String, at now: Timestamp) {
        note("back to `\(steps[target].name)`: \(reason)", at: now)
        endAttempt(.back, error: reason, at: now)
        returns += 1
        for index in target...stepIndex {
            steps[index].state = .pending
            steps[index].attempts = 0
            steps[index].endedAt = nil
        }
        stepIndex = target
        dropSkipWish()
        if wanted == .none { begin(at: now) }
    }

    /// The step failed for good.
    mutating func failStep(reason: String, policy: FailurePolicy, at now: Timestamp) {
        note(reason, at: now)
        endAttempt(.failed, error: reason, at: now)
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
        wantedSkip = nil
        for index in steps.indices { steps[index].attemptStartedAt = nil }
        stepIndex = furthestBegun
        state = .undoing
        for index in steps.indices { steps[index].attempts = 0 }
        steps[stepIndex].state = .undoing
    }

    /// What somebody asked for happens, between two calls.
    mutating func obeyWish(at now: Timestamp) {
        switch wanted {
        case .none: break
        case .pause:
            wanted = .none
            state = .paused

        case .undo:
            if isBackward { wanted = .none } else { turnBack(reason: "cancelled") }

        case .skip:
            guard let skip = wantedSkip, skip.step == step?.name, skip.isUndo == isBackward else {
                dropSkipWish()
                return
            }
            skipStep(skip, at: now)
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
        wantedSkip = nil
        progress = nil
    }
}

extension RunRecord {
    /// Whether it has got on since it was as `old`: not by errors alone.
    func isFurther(than old: RunRecord) -> Bool {
        stepIndex != old.stepIndex || direction != old.direction || returns != old.returns
            || values != old.values || result != old.result || hasOtherProgress(than: old.progress)
    }

    /// Whether it shows another progress, whatever the rate.
    func hasOtherProgress(than old: RunProgress?) -> Bool {
        progress?.done != old?.done || progress?.phase != old?.phase || progress?.total != old?.total
            || progress?.text != old?.text
    }

    /// Notes who asked what of it.
    mutating func noteRequest(_ request: RunRequest) {
        requests = requests ?? KeptNewest()
        requests?.append(request, max: Limits.runRequestsMax)
    }
}
