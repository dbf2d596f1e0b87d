import Base
import Registry
import Tables
import Tenancy
import Workflows

extension SchoolMove {
    /// Removes a slice of what is meant of the walks at one end, no faster than the tier of whoever is served there allows and the store's
    /// other tenants are spared by; `.done` where nothing of it is left.
    func removeSlice(_ walks: [SchoolItems.Walk], at end: SchoolRoute.End, phase: String) throws -> StepResult
    {
        let store = try environment.stores.store(end.store)
        let begun = context.clock.monotonicNanoseconds()
        let elapsed = { Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000) }
        let tenant = try environment.registry.require(TenantRecord.self, end.tenant)
        let tier = environment.tier(tenant.tier).map { tenant.effective($0, at: context.clock.now()) }
        let rateMax = max(1, tier?.copyRateItemsPerSecond ?? Limits.copyItemsPerSecondMax)
        var pace = try context.value(for: MoveMemory.pace, as: Pace.self) ?? Pace()
        pace.look(
            at: store.id, store.commitDelays(after: pace.through(of: store.id)), max: rateMax, now: begun)
        try context.set(pace, for: MoveMemory.pace)
        let limit = pace.limit(asked: nil, max: rateMax)
        var slice = RemovalSlice(
            allowance: Allowance(itemsPerSecond: limit?.itemsPerSecond ?? rateMax),
            chunkMax: Limits.schoolChunkItemsMax)
        var cursor = try context.value(for: SchoolMemory.removal, as: RangeCursor.self) ?? RangeCursor()
        let isDone = try items.remove(walks, at: end, from: &cursor) { removed in
            if let removed { slice.spend(removed) }
            return !context.isInterrupted && !slice.isOver(afterMilliseconds: elapsed())
        }
        guard isDone else {
            try context.set(cursor, for: SchoolMemory.removal)
            context.progress = RunProgress(phase: phase, done: cursor.items, pace: limit)
            return .again(
                afterMilliseconds: max(
                    Int(Limits.moveSliceMilliseconds) / 2,
                    slice.allowance.wait(afterMilliseconds: elapsed())))
        }
        context.removeValue(for: SchoolMemory.removal)
        let left = try items.extent(walks, in: store).items
        guard left == 0 else {
            // Whoever tries again begins anew.
            try context.checkpoint()
            throw MoveFault.standing(end.store, "\(left) items of the school are left")
        }
        return .done
    }
}
