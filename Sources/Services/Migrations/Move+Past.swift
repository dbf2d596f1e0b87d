import Base
import Registry
import Tables
import Tenancy
import Workflows

/// What the journals know of the tenant's past goes where the tenant goes, so that it can still be put back to moments before.
extension Move {
    /// From when on the journals of the side in charge know the tenant's changes; nil where one of its tables keeps none.
    func pastReach(of store: any MovableStore, _ end: MoveRoute.End) throws -> Timestamp? {
        try placement().historyReach(
            of: tables(of: end), createdAt: try tenant().createdAt, now: context.clock.now()
        ) { store.record(of: $0)?.options.recovery }
    }

    private func tables(of end: MoveRoute.End) -> [TableName] {
        environment.catalog.tables.compactMap { end.tables[$0.name.text] }
    }

    /// Adds a slice of what the side that was left knows of the tenant's past to the journal of the side in charge: after a change of
    /// hands, when no write there needs it any more. Nil when all has come along, or there is nothing that could.
    ///
    /// Where a slice is repeated, what is there already is left out.
    func takePastAlong(_ direction: Direction) throws -> StepResult? {
        var cursor = try context.value(for: direction.pastMemory, as: PastCursor.self) ?? PastCursor()
        let handOver = try handOver(direction)
        guard !cursor.isDone, let switchedAt = handOver.switchedAt, let from = try walkedFrom(direction)
        else { return nil }
        let mover = try mover(direction)
        let ends = ends(direction)
        // Without a journal there nobody can go back by one; the tenant's window says so.
        guard tables(of: ends.to).allSatisfy({ mover.to.record(of: $0)?.options.recovery != nil }) else {
            return nil
        }
        let ranges = try ranges().map { direction == .forward ? $0.source : $0.target }
        let pace = try pacedByStores()
        try context.set(pace, for: MoveMemory.pace)
        var allowance = allowance(pace)
        let begun = context.clock.monotonicNanoseconds()
        let elapsed = { Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000) }
        repeat {
            let found = try context.sip(pace) {
                let found = try mover.from.pastChanges(
                    of: route.tenant, in: ranges, from: from, after: cursor.sequence,
                    entriesMax: Limits.pastEntriesMax,
                    changesMax: pace.isFelt ? Limits.pastSipMax : Limits.pastEntriesMax)
                try mover.adopt(found.changes, notAfter: switchedAt)
                return (found, found.changes.count)
            }
            cursor.changes += found.changes.count
            if let foreignAt = found.foreignAt {
                cursor.foreignAt = max(cursor.foreignAt ?? foreignAt, foreignAt)
            }
            guard let next = found.next else {
                try finishPast(cursor, direction)
                return nil
            }
            cursor.sequence = next
            allowance.spend(found.changes.count)
        } while allowance.items > 0 && elapsed() < Limits.moveSliceMilliseconds && !context.isInterrupted
        try context.set(cursor, for: direction.pastMemory)
        context.progress = RunProgress(
            phase: "history", done: cursor.changes, text: "earlier changes, for restores to a moment",
            pace: limit(pace))
        return .again(afterMilliseconds: allowance.wait(afterMilliseconds: elapsed()))
    }

    /// From when on the journal of the side that was left is walked through; nil where it keeps none.
    ///
    /// What the target knows of the time before the switch the source has handed to it or had from it, and the source has it still.
    /// Relies on INVARIANT (later stores, later times).
    private func walkedFrom(_ direction: Direction) throws -> Timestamp? {
        guard let reach = try handOver(direction).historyFrom else { return nil }
        guard direction == .backward, let arrival = try handOver(.forward).switchedAt else { return reach }
        return max(reach, arrival)
    }

    /// Notes from when on the tenant's history is whole where it is now, in one commit with the end of the walk.
    private func finishPast(_ walked: PastCursor, _ direction: Direction) throws {
        var cursor = walked
        cursor.isDone = true
        try context.set(cursor, for: direction.pastMemory)
        let ends = ends(direction)
        let mover = try mover(direction)
        guard var from = try wholeSince(direction) else { return }
        // What ran out at the other side while it was walked through did not come along.
        let now = context.clock.now()
        for table in tables(of: ends.from) {
            if let recovery = mover.from.record(of: table)?.options.recovery {
                from = max(from, recovery.oldest(now))
            }
        }
        if let foreignAt = cursor.foreignAt { from = max(from, foreignAt) }
        var placement = try placement()
        guard placement.store == ends.to.store, let since = placement.sinceAt, from < since else { return }
        placement.historyFrom = from
        try context.checkpoint(with: RegistryTransaction([.replace(placement)]))
    }

    /// From when on the journal of the side that was left, with what the side in charge kept itself, knows all changes.
    private func wholeSince(_ direction: Direction) throws -> Timestamp? {
        let left = try handOver(direction).historyFrom
        guard direction == .backward, let left else { return left }
        // Of the time before the switch the source's own journal knows, if that of the target goes on from there.
        let forward = try handOver(.forward)
        guard let switchedAt = forward.switchedAt, left <= switchedAt else { return left }
        guard let before = forward.historyFrom else { return switchedAt }
        let isUnbroken = tables(of: route.source).allSatisfy {
            (source.record(of: $0)?.options.recovery?.startedAt ?? switchedAt) <= switchedAt
        }
        return isUnbroken ? before : switchedAt
    }
}

extension Mover {
    /// Adds changes of the one side to the journal of the other.
    ///
    /// INVARIANT (later stores, later times): a clock that was set back before the switch has left changes that seem to be later.
    func adopt(_ changes: [PastChange], notAfter moment: Timestamp) throws {
        var adopted: [PastChange] = []
        for var change in changes {
            // A table that does not go along has no past there.
            guard let table = tables[change.table] else { continue }
            change.table = table
            change.at = min(change.at, moment)
            adopted.append(change)
        }
        if !adopted.isEmpty { try to.adopt(adopted, of: tenant) }
    }
}
