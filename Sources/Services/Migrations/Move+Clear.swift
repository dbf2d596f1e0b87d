import Base
import Registry
import Tables
import Tenancy
import Workflows

/// The removal of what the tenant has in a store where it is not served.
extension Move {
    /// Removes a slice of the tenant's items, and then of its past, no faster than the stores' other tenants are spared by, and in sips
    /// where they write; nil where nothing is left of either. It may be called again at any time, and goes on where the store stands.
    ///
    /// INVARIANT (each call gets on): ranges that are empty already cost a look and no commit, and whatever a commit takes, each call
    /// makes one before it looks at the time. Else a slow disk, or many schools, would keep it at the first ranges for ever.
    /// - Parameters:
    ///   - phase: what it is called where people look.
    ///   - total: how many items there were, where that is known.
    /// - Throws: `MoveFault.standing` where items do not go.
    func removeSlice(from store: any MovableStore, phase: String, total: Int?) throws -> StepResult? {
        let begun = context.clock.monotonicNanoseconds()
        let pace = try pacedByStores()
        try context.set(pace, for: MoveMemory.pace)
        var slice = RemovalSlice(
            allowance: allowance(pace),
            chunkMax: pace.isFelt ? Limits.clearSipItems : Limits.moveChunkItemsMax)
        func removeChunk(_ remove: (_ itemsMax: Int) throws -> Int) throws -> Int {
            let chunk = slice.chunk
            let removed = try context.sip(pace) {
                let removed = try remove(chunk)
                return (removed, removed)
            }
            if removed > 0 { slice.spend(removed) }
            return removed
        }
        // Counted as they go: to count those that are left would read all of them in each call.
        var gone = try context.value(for: MoveMemory.removedItems, as: Int.self) ?? 0
        func isOver() -> Bool {
            context.isInterrupted
                || slice.isOver(
                    afterMilliseconds: Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000))
        }
        func goOnLater() throws -> StepResult {
            try context.set(gone, for: MoveMemory.removedItems)
            context.progress = RunProgress(
                phase: phase, done: min(gone, total ?? gone), total: total, pace: limit(pace))
            let elapsed = Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000)
            return .again(
                afterMilliseconds: max(
                    // After each sip it has rested.
                    pace.isFelt ? 0 : Int(Limits.moveSliceMilliseconds) / 2,
                    slice.allowance.wait(afterMilliseconds: elapsed)))
        }
        for range in try ranges() {
            let keys = store.id == source.id ? range.source : range.target
            while try !store.rows(in: keys, after: nil, itemsMax: 1, bytesMax: 1).isEmpty {
                if isOver() { return try goOnLater() }
                let removed = try removeChunk {
                    try store.removeRows(in: keys, itemsMax: $0, for: route.tenant)
                }
                guard removed > 0 else {
                    throw MoveFault.standing(store.id, "items are left in `\(keys.table)`")
                }
                gone += removed
            }
        }
        while true {
            if isOver() { return try goOnLater() }
            let removed = try removeChunk { try store.removeAdopted(of: route.tenant, entriesMax: $0) }
            if removed == 0 { break }
        }
        context.removeValue(for: MoveMemory.removedItems)
        return nil
    }
}

/// What one slice of a removal has done and may still do.
struct RemovalSlice {
    private(set) var allowance: Allowance
    private let chunkMax: Int
    private var hasBegun = false

    init(allowance: Allowance, chunkMax: Int) {
        self.allowance = allowance
        self.chunkMax = chunkMax
    }

    /// What the next commit may remove.
    var chunk: Int { min(max(1, allowance.items), chunkMax) }

    mutating func spend(_ removed: Int) {
        allowance.spend(removed)
        hasBegun = true
    }

    /// By INVARIANT (each call gets on) never before the first of them.
    func isOver(afterMilliseconds elapsed: Int64) -> Bool {
        hasBegun && (allowance.items <= 0 || elapsed >= Limits.moveSliceMilliseconds)
    }
}
