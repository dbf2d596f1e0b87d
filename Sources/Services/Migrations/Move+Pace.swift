import Base
import Registry
import Tables
import Tenancy
import Workflows

/// How fast the move may go now.
extension Move {
    /// The most items a second: the tier's rate.
    var rateMax: Int { max(1, rates?.copyRateItemsPerSecond ?? Limits.copyItemsPerSecondMax) }

    func pace() throws -> Pace { try context.value(for: MoveMemory.pace, as: Pace.self) ?? Pace() }

    /// The pace after a look at both stores.
    func pacedByStores() throws -> Pace {
        var pace = try pace()
        let now = context.clock.monotonicNanoseconds()
        // Delays of requests: the move's own commits are not among them.
        for store in [source, try target()] {
            let sample = store.commitDelays(after: pace.through(of: store.id))
            pace.look(at: store.id, sample, max: rateMax, now: now)
        }
        return pace
    }

    /// What holds the run back now; nil where only the tier does.
    func limit(_ pace: Pace) -> RunPace? { pace.limit(asked: context.itemsPerSecondMax, max: rateMax) }

    /// What a slice may do at that pace.
    func allowance(_ pace: Pace) -> Allowance {
        Allowance(itemsPerSecond: limit(pace)?.itemsPerSecond ?? rateMax)
    }
}

extension RunContext {
    /// Carries out a part of a slice; then, where others write, leaves processor and disk to them for `moveRestTimes`
    /// times as long as it took, and at least so long that items go evenly at the rate.
    func sip<Found>(_ pace: Pace?, itemsPerSecond: Int? = nil, _ part: () throws -> (Found, items: Int))
        rethrows -> Found
    {
        let begun = clock.monotonicNanoseconds()
        let (found, items) = try part()
        guard pace?.isFelt == true else { return found }
        let worked = clock.monotonicNanoseconds() - begun
        let rest = worked * Limits.moveRestTimes
        let due = itemsPerSecond.map { UInt64(items) * 1_000_000_000 / UInt64(max(1, $0)) } ?? 0
        clock.sleep(
            nanoseconds: min(max(rest, due > worked ? due - worked : 0), Limits.moveRestNanosecondsMax))
        return found
    }
}
