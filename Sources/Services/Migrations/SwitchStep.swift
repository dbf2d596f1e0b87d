import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Catches up, fences, and switches the placement. Its undo is the same the other way round, with all that was written since.
struct SwitchStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "switch"
    /// Without it the tenant would be served from a store that is not in charge.
    let mayBeSkipped = false

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try Move(context, environment)
        // The switch goes by the verification's own receipt, not by the order of the steps.
        guard try move.isVerified(.forward) else {
            return .back(toStep: "verify", reason: "the target is not verified")
        }
        return try finish(move.passage(.forward), move: move, .forward)
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let move = try Move(context, environment)
        guard try move.placement().store == move.route.target.store else {
            // Where the roll-back is done, a crash may have left its last note unwritten: repeat it.
            guard try move.handOver(.backward).epoch != nil else {
                // The target first: never do both sides take writes.
                do { try move.prepareDestination(.forward, mover: move.mover(.forward)) } catch {
                    try move.lowerFenceIfRaised(.forward)
                    throw error
                }
                try move.lowerFenceIfRaised(.forward)
                return .done
            }
            try move.lowerFenceIfRaised(.forward)
            return try finish(move.passage(.backward), move: move, .backward)
        }
        return try finish(move.passage(.backward), move: move, .backward)
    }

    private func finish(
        _ passage: Move.Passage, move: Move, _ direction: Move.Direction
    ) throws -> StepResult {
        switch passage {
        case .switched:
            // After the switch that is done when the sides have been compared once more.
            guard direction == .backward, let unfinished = try move.takePastAlong(.backward) else {
                return .done
            }
            return unfinished
        case .notYet(let wait):
            var state = try move.handOver(direction)
            let fences = state.fences - (state.fencesGivenUp ?? 0)
            guard fences < Limits.fenceAttemptsMax else {
                // Whoever has the run try again has it try as often again.
                state.fencesGivenUp = state.fences
                try move.remember(state, direction)
                return .fail(
                    reason:
                        "the fence was raised \(fences) times and the last writes never fitted its budget; "
                        + "try again when the tenant writes less")
            }
            return .again(afterMilliseconds: wait)
        case .differing(let keys):
            return .fail(
                reason: differenceReport(
                    keys, direction == .forward ? "the source stays in charge" : "the target stays in charge")
            )
        }
    }
}

/// Keeps the source up to date with the tenant's later writes, for as long as the move can be taken back.
struct KeepStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "keep"
    /// It mostly waits, for days.
    let holdsSlot = false

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try Move(context, environment)
        // By the receipt of the second comparison, not by the order of the steps.
        guard try move.isVerified(.backward) else {
            // Compared by an earlier version, which left no receipt: once more.
            let isWithoutReceipt = try move.verification(.backward).receipt == nil
            guard try isWithoutReceipt && move.verification(.backward).isComplete else {
                return .fail(reason: "nobody has compared the sides after the switch")
            }
            return .back(toStep: "confirm", reason: "the comparison has left no receipt")
        }
        let mover = try move.mover(.backward)
        var (backward, pace) = (try move.handOver(.backward), try move.pacedByStores())
        let before = backward.applied
        let differing = try move.catchUpFirst(mover, &backward, &pace, .backward)
        guard differing.isEmpty else {
            return .fail(reason: differenceReport(differing, "the move is taken back"))
        }
        move.tellStandstill(pace)
        // A log that is long comes first.
        if !pace.isBehind, let unfinished = try move.takePastAlong(.forward) { return unfinished }
        let switchedAt = try move.handOver(.forward).switchedAt ?? context.clock.now()
        let end = switchedAt.advanced(bySeconds: Int64(try move.undoWindowSeconds()))
        let left = end.milliseconds(since: context.clock.now())
        guard left > 0 else { return .done }
        context.progress = RunProgress(
            phase: name, done: backward.applied,
            text: "can be rolled back for \(RunProgress.duration(seconds: left / 1000)) more; "
                + "\(backward.applied) later writes kept")
        let poll = KeepStep.poll(pace, applied: backward.applied - before)
        return .again(afterMilliseconds: min(poll, Int(left)))
    }

    /// How long until the next look at the log, in milliseconds: soon where the tenant writes, at once where much of that waits.
    private static func poll(_ pace: Pace, applied: Int) -> Int {
        if pace.lag > Limits.fenceLagMax { return 0 }
        return applied > 0 ? Limits.keepPollMilliseconds : Limits.keepPollMillisecondsMax
    }
}
