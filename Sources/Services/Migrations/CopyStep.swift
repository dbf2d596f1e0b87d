import Base
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Copies the tenant's items in key order, in slices, no faster than the source's tier allows.
struct CopyStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "copy"
    /// Nor is its undo: nothing else lowers a fence that stands.
    let mayBeSkipped = false

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try Move(context, environment)
        // Where holding the writes back was cut short.
        try move.lowerFenceIfRaised(.forward)
        let mover = try move.mover(.forward)
        var cursor = try context.value(for: MoveMemory.copy, as: RangeCursor.self) ?? RangeCursor()
        var forward = try move.handOver(.forward)
        if try context.value(for: MoveMemory.planned, as: Extent.self) == nil {
            try context.set(try move.extent(), for: MoveMemory.planned)
        }
        let planned = try context.value(for: MoveMemory.planned, as: Extent.self) ?? Extent()

        var pace = try move.pacedByStores()
        // First, so that the change log stays short while a long copy runs. What differs is found by the verification.
        _ = try move.catchUp(
            mover, state: &forward, pace: &pace, direction: .forward, isVerifying: false)
        try move.remember(forward, .forward)
        try context.set(pace, for: MoveMemory.pace)
        let begun = context.clock.monotonicNanoseconds()
        let elapsed = { Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000) }
        let slice = Limits.moveSliceMilliseconds
        // In a store of its own nobody waits behind a large commit.
        let (itemsMax, bytesMax) =
            move.route.target.isDedicated
            ? (Limits.moveChunkItemsAloneMax, Limits.moveChunkBytesAloneMax)
            : (Limits.moveChunkItemsMax, Limits.moveChunkBytesMax)
        let chunkMax = pace.isFelt ? Limits.moveSipItems : itemsMax
        let rate = move.limit(pace)?.itemsPerSecond ?? move.rateMax
        var allowance = move.allowance(pace)
        // Read once a slice: whatever comes under a school's keys after the first slice has begun is in the change log.
        var ranges = try move.ranges()[...]
        var copier = Mover.Copier(mover)
        while !pace.isBehind, allowance.items > 0, elapsed() < slice, !context.isInterrupted {
            guard let range = cursor.next(in: &ranges) else {
                try copier.finish()
                cursor.finished = []
                try context.set(cursor, for: MoveMemory.copy)
                return .done
            }
            let chunk = try context.sip(pace, itemsPerSecond: rate) {
                let chunk = try copier.copyChunk(
                    range.source, after: cursor.after?.key, itemsMax: min(allowance.items, chunkMax),
                    bytesMax: bytesMax)
                // Where others write reading and writing take turns: a move leaves them one processor of two.
                if pace.isFelt { try copier.finish() }
                return (chunk, chunk.items)
            }
            cursor.advance(to: chunk.last, items: chunk.items, bytes: chunk.bytes)
            allowance.spend(chunk.items)
        }
        // INVARIANT (the cursor follows the disk): what it says is copied is durable at the target.
        try copier.finish()
        move.tellStandstill(pace)
        try context.set(cursor, for: MoveMemory.copy)
        context.progress = RunProgress(
            phase: name, done: cursor.items, total: max(planned.items, cursor.items),
            text: "lag \(pace.lag)", pace: move.limit(pace))
        return .again(afterMilliseconds: allowance.wait(afterMilliseconds: elapsed()))
    }

    /// Where the call was cut short that held the tenant's writes back, they go on.
    func undo(_ context: RunContext) throws -> StepResult {
        let move = try Move(context, environment)
        // Without a target nothing was copied, and no write held back for it.
        guard try environment.stores.list().contains(move.route.target.store) else { return .done }
        try move.lowerFenceIfRaised(.forward)
        return .done
    }
}

extension Move {
    /// What the tenant has at the source.
    func extent() throws -> Extent {
        try ranges().reduce(into: Extent()) { total, range in
            let extent = try source.extent(of: range.source)
            total.items += extent.items
            total.bytes += extent.bytes
        }
    }
}

extension RangeCursor {
    /// The range to go on with: the one under way, or the first that is not done; nil where all are. Drops those from the front
    /// of `ranges` that are done.
    mutating func next(in ranges: inout ArraySlice<MoveRange>) -> MoveRange? {
        ranges = ranges.drop { finished.contains($0.name) }
        if let current, let range = ranges.first(where: { $0.name == current }) { return range }
        guard let range = ranges.first else { return nil }
        current = range.name
        after = nil
        return range
    }

    /// Notes a chunk: up to `last`, or to the end of the range where that is nil.
    mutating func advance(to last: EncodedKey?, items: Int, bytes: Int) {
        self.items += items
        self.bytes += bytes
        if let last {
            after = StoredKey(last)
        } else {
            if let current { finished.insert(current) }
            current = nil
            after = nil
        }
    }
}
