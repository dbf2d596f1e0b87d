import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Catching up that does not lose ground: the log is bounded, and where the tenant writes faster than it is applied its writes wait
/// in between.
extension Move {
    /// Applies the log before a step does anything else, so that it stays short however long that takes, and remembers how far. What is
    /// applied is read back: keys that differ.
    func catchUpFirst(
        _ mover: Mover, _ handOver: inout HandOver, _ pace: inout Pace, _ direction: Direction
    ) throws -> [DifferingKey] {
        // Where holding the writes back was cut short.
        try lowerFenceIfRaised(direction)
        let differing = try catchUp(
            mover, state: &handOver, pace: &pace, direction: direction, isVerifying: true)
        try remember(handOver, direction)
        try context.set(pace, for: MoveMemory.pace)
        return differing
    }

    /// Applies the log for a part of a slice, a larger one the longer the log is; then, where it still grows from slice to slice, with
    /// the tenant's writes held back. Answers keys that differ.
    func catchUp(
        _ mover: Mover, state: inout HandOver, pace: inout Pace, direction: Direction, isVerifying: Bool
    ) throws -> [DifferingKey] {
        let begun = context.clock.monotonicNanoseconds()
        let (share, entriesMax) = (pace.catchUpNanoseconds, pace.entriesMax(direction))
        var differing: [DifferingKey] = []
        // Forgotten many together: each time is a commit in the store where the others write.
        var unforgotten = 0
        do {
            repeat {
                // A log that gets longer all the same comes before the others' comfort.
                let caught = try context.sip(pace.catchesUpInSips ? pace : nil) {
                    let caught = try mover.catchUp(
                        after: state.sequence, isVerifying: isVerifying, entriesMax: entriesMax,
                        isForgetting: false)
                    return (caught, caught.applied)
                }
                state.sequence = caught.through
                state.applied += caught.applied
                unforgotten += caught.applied
                differing = caught.differing
                if caught.applied < entriesMax || !differing.isEmpty { break }
                if unforgotten >= Limits.catchUpBatchMax {
                    try mover.forget(through: state.sequence)
                    unforgotten = 0
                }
            } while context.clock.monotonicNanoseconds() - begun < share && !context.isInterrupted
        } catch {
            // What was applied before that is progress all the same.
            if unforgotten > 0 { try mover.forget(through: state.sequence) }
            throw error
        }
        if unforgotten > 0 { try mover.forget(through: state.sequence) }
        guard differing.isEmpty else { return differing }
        pace.note(lag: try mover.from.changeCount(of: route.tenant, after: state.sequence))
        guard pace.losesGround else { return [] }
        return try brake(mover, state: &state, pace: &pace, direction: direction, isVerifying: isVerifying)
    }

    /// Holds the tenant's writes back for a part of the fence's budget while the log is applied: no write fails, and the log gets
    /// shorter whatever the tenant does. Keys that differ.
    func brake(
        _ mover: Mover, state: inout HandOver, pace: inout Pace, direction: Direction, isVerifying: Bool
    ) throws -> [DifferingKey] {
        let epoch = try raiseFenceOrNone(direction, mover, over: charge(direction, mover))
        let begun = context.clock.monotonicNanoseconds()
        let budget = UInt64(rates?.writePauseMaxMilliseconds ?? 250) * 500_000
        var differing: [DifferingKey] = []
        do {
            repeat {
                let caught = try mover.catchUp(after: state.sequence, isVerifying: isVerifying)
                state.sequence = caught.through
                state.applied += caught.applied
                differing = caught.differing
                if caught.applied == 0 || !differing.isEmpty { break }
            } while context.clock.monotonicNanoseconds() - begun < budget
            try lowerFence(mover, epoch: epoch)
        } catch {
            // Whatever went wrong, the lowering itself included: nobody waits until the step is tried again.
            try lowerFence(mover, epoch: epoch)
            throw error
        }
        pace.noteBrake()
        pace.note(lag: try mover.from.changeCount(of: route.tenant, after: state.sequence))
        return differing
    }

    /// Says of a log that does not get shorter why the run gets nowhere.
    func tellStandstill(_ pace: Pace) {
        guard pace.looksLost > 0 else { return }
        context.standstill =
            "the tenant writes faster than its changes are applied at the other side: \(pace.lag) wait; "
            + "let it write less, or cancel the move and start it in a quieter hour"
    }
}
