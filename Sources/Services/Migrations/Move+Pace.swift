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
        for store in [source, try target()] {
            pace.look(
                at: store.id, store.commitDelays(after: pace.through(of: store.id)), max: rateMax, now: now)
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
