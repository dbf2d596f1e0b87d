import Base
import Registry

/// One call of a step, or of its undo, and the record of how it ended.
struct StepCall {
    let session: RunSession
    let workflow: any Workflow
    let step: any WorkflowStep
    let clock: any Clock
    let random: any RandomSource
    let tally: RunTally
    let isUndo: Bool
    private let context: RunContext

    /// A call of the step that the session's run is at.
    init(
        session: RunSession, workflow: any Workflow, step: any WorkflowStep, clock: any Clock,
        random: any RandomSource, tally: RunTally, isStopping: @escaping () -> Bool
    ) {
        self.session = session
        self.workflow = workflow
        self.step = step
        self.clock = clock
        self.random = random
        self.tally = tally
        isUndo = session.record.isBackward
        context = RunContext(session, clock: clock, random: random, isStopping: isStopping)
    }

    /// Makes the call. Where it throws, what it did not checkpoint is forgotten.
    func make() -> Result<StepResult, any Error> {
        tally.note(session.record, isDue: false)
        session.watch.begin(session.record.id, stuckAfterSeconds: step.stuckAfterSeconds)
        session.standstill = nil
        let index = session.record.stepIndex
        let begunAt = session.record.steps[index].attemptStartedAt
        do { return .success(isUndo ? try step.undo(context) : try step.perform(context)) } catch {
            session.revert()
            session.record.steps[index].attemptStartedAt = begunAt
            return .failure(error)
        }
    }

    /// Records how the call ended, with what it staged.
    func record(_ result: Result<StepResult, any Error>) throws {
        switch result {
        case .failure(let error): try recordError(error)
        case .success(.fail(let reason)): try recordFailure(reason)
        case .success(.done): try recordEnd { $0.finishStep(at: $1) }
        case .success(.again(let delay)):
            try recordEnd { $0.callAgain(afterMilliseconds: delay, at: $1) }
            if delay >= Limits.runSignWaitMilliseconds {
                session.watch.note(session.record.id, waitMilliseconds: delay)
            }
        case .success(.back(let name, let reason)):
            guard let target = returnTarget(name) else {
                return try recordFailure("it went back to `\(name)`, which it may not")
            }
            guard session.record.returns < Limits.runReturnsMax else {
                return try recordFailure("it went back \(Limits.runReturnsMax) times; at last: \(reason)")
            }
            try recordEnd { $0.goBack(to: target, reason: reason, at: $1) }
        }
    }

    private func returnTarget(_ name: String) -> Int? {
        guard !isUndo, let target = session.record.steps.firstIndex(where: { $0.name == name }) else {
            return nil
        }
        return target <= session.record.stepIndex ? target : nil
    }

    /// Commits a call that counts, its staged changes and, if the run ends with it, what ends with the run.
    private func recordEnd(_ transition: (inout RunRecord, Timestamp) -> Void) throws {
        do {
            try session.commit { record in
                let now = clock.now()
                record.begin(at: now)
                transition(&record, now)
                var transaction = context.staged
                guard record.state.isFinal else { return transaction }
                transaction.append(RunAnnouncement.of(record))
                transaction.append(try workflow.ending(record))
                return transaction
            }
        } catch RegistryError.table(let error) {
            // Whether it was written nobody knows: the run is read anew.
            throw RegistryError.table(error)
        } catch {
            session.revert()
            try recordError(error)
        }
    }

    /// Commits that a call ended with an error: it is tried again, or it was once too often.
    private func recordError(_ error: any Error) throws {
        var isRace = false
        switch error {
        case is RunSession.Stop: throw error
        case RegistryError.conflict: isRace = true
        case RegistryError.tooLarge, RegistryError.tooManyItems:
            return try recordFailure(RunText.describing(error))
        default: break
        }
        let attempts = (session.record.step?.attempts ?? 0) + 1
        guard attempts < step.retry.attemptsMax else { return try recordFailure(RunText.describing(error)) }
        tally.noteRetry(kind: workflow.kind, step: step.name)
        let delay = isRace ? 0 : step.retry.delayMilliseconds(afterAttempt: attempts, random: random)
        try session.commit { record in
            let now = clock.now()
            record.begin(at: now)
            record.retryStep(error: RunText.describing(error), afterMilliseconds: delay, at: now)
            return RegistryTransaction()
        }
    }

    /// Commits that the step will never succeed. What it staged is dropped.
    private func recordFailure(_ reason: String) throws {
        tally.noteFailure(kind: workflow.kind, step: step.name)
        let isPastReturn = session.record.stepPastReturn(of: workflow) != nil
        try session.commit { record in
            let now = clock.now()
            record.begin(at: now)
            record.failStep(
                reason: RunText.cut(reason), policy: isPastReturn ? .stop : workflow.onFailure, at: now)
            return RunAnnouncement.of(record)
        }
    }
}

extension RunRecord {
    /// The name of the first step that the run has begun and that cannot be taken back, or nil.
    func stepPastReturn(of workflow: any Workflow) -> String? {
        let names = Set(workflow.steps.filter(\.isPointOfNoReturn).map(\.name))
        return steps.enumerated().first { index, step in
            names.contains(step.name) && (step.startedAt != nil || (index == 0 && stepIndex == 0))
        }?.element.name
    }
}

extension RetryPolicy {
    /// The wait after so many attempts: twice as long each time, with up to a quarter more or less by chance.
    func delayMilliseconds(afterAttempt attempt: Int, random: any RandomSource) -> Int {
        let doublings = min(max(0, attempt - 1), 30)
        let delay = min(delayMillisecondsMax, firstDelayMilliseconds << doublings)
        let chance = Int(random.bytes(1)[0]) - 128
        return max(1, delay + delay * chance / 512)
    }
}
