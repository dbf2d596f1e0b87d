import Base
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Writes the rows, a chunk a commit, no faster than the tenant's tier allows to copies.
struct ImportWriteStep: WorkflowStep {
    let environment: ImportEnvironment
    let name = "write"
    // A store whose disk is full may have room again.
    let retry = RetryPolicy(attemptsMax: 12)

    func perform(_ context: RunContext) throws -> StepResult {
        guard try !context.input(as: ImportRequest.self).isDryRun else { return .done }
        do { return try write(context) } catch let error as ArchiveError {
            return try context.outcome(of: error)
        } catch let error as TableError {
            // A move has switched: route again.
            if case .misrouted = error {
                return .again(afterMilliseconds: Limits.archiveRouteDelayMilliseconds)
            }
            if case .noSuchStore = error {
                return .again(afterMilliseconds: Limits.archiveRouteDelayMilliseconds)
            }
            throw error
        } catch let error as ImportWriter.Taken {
            return .fail(reason: error.reason)
        }
    }

    private func write(_ context: RunContext) throws -> StepResult {
        let importing = try Importing(context, environment)
        var cursor = try context.value(for: ImportMemory.cursor, as: ImportCursor.self) ?? ImportCursor()
        guard let place = try importing.place(context) else {
            return .again(afterMilliseconds: Limits.archiveRouteDelayMilliseconds)
        }
        let writer = ImportWriter(importing, place, ImportLog(environment, context.run))
        let rows = importing.rows(file: cursor.file, line: cursor.line)
        let begun = context.clock.monotonicNanoseconds()
        let elapsed = { Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000) }
        let slice = Limits.importSliceMilliseconds
        var quota = max(1, place.rate * Int(slice) / 1000)
        var pending: ImportRow?
        var isAtEnd = false
        while !isAtEnd, quota > 0, elapsed() < slice, !context.isInterrupted {
            var chunk: [ImportRow] = []
            // A key once in a commit.
            var keys: Set<String> = []
            var bytes = 0
            while chunk.count < min(quota, Limits.importChunkItems), bytes < Limits.exportPageBytes {
                guard let row = try pending ?? rows.next() else {
                    isAtEnd = true
                    break
                }
                pending = nil
                guard keys.insert("\(row.table.name) \(row.key.partition) \(row.key.sort)").inserted else {
                    pending = row
                    break
                }
                bytes += row.item.sizeBytes
                chunk.append(row)
            }
            guard let last = chunk.last else { break }
            let outcome = try writer.write(chunk)
            cursor.file = last.file
            cursor.line = last.line
            cursor.items += chunk.count
            cursor.replaced += outcome.replaced
            cursor.skipped += outcome.skipped
            quota -= chunk.count
            try context.set(cursor, for: ImportMemory.cursor)
            try context.checkpoint()
        }
        let milliseconds = max(1, elapsed())
        context.progress = RunProgress(
            phase: name, done: cursor.items, total: max(importing.source.items, cursor.items),
            ratePerSecond: Double(max(1, place.rate * Int(slice) / 1000) - quota) * 1000
                / Double(milliseconds))
        if isAtEnd { return .done }
        return .again(afterMilliseconds: quota > 0 ? 0 : Int(max(1, slice - elapsed())))
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let log = ImportLog(environment, context.run)
        let created = try log.rows()
        if !created.isEmpty {
            let importing = try Importing(context, environment)
            guard let place = try importing.place(context) else {
                return .again(afterMilliseconds: Limits.archiveRouteDelayMilliseconds)
            }
            do { try ImportWriter(importing, place, log).remove(created) } catch let error as TableError {
                switch error {
                case .misrouted, .noSuchStore:
                    return .again(afterMilliseconds: Limits.archiveRouteDelayMilliseconds)
                default: throw error
                }
            }
        }
        try log.remove()
        return .done
    }
}

/// Writes chunks of rows to where the tenant is, and removes what was written.
struct ImportWriter {
    /// A row whose key somebody has taken since the check.
    struct Taken: Error {
        let reason: String
    }

    private let importing: Importing
    private let place: Importing.Place
    private let log: ImportLog

    init(_ importing: Importing, _ place: Importing.Place, _ log: ImportLog) {
        self.importing = importing
        self.place = place
        self.log = log
    }

    /// Writes a chunk, whatever of it was written before.
    func write(_ chunk: [ImportRow]) throws -> (replaced: Int, skipped: Int) {
        let own = chunk.filter(\.isOwn)
        let foreign = chunk.count - own.count
        for _ in 0..<Limits.importChunkAttemptsMax {
            var creating: [ImportRow] = []
            var writes: [ItemWrite] = []
            var (replaced, skipped) = (0, foreign)
            for (row, found) in zip(own, try importing.existing(own, at: place)) {
                let table = try place.table(row)
                guard let found else {
                    creating.append(row)
                    writes.append(
                        ItemWrite(
                            table: table, key: row.key, action: .put(row.item),
                            condition: .isExactly(Item())))
                    continue
                }
                if found == row.item { continue }
                switch importing.request.onConflict {
                case .skip: skipped += 1
                case .replace:
                    replaced += 1
                    writes.append(
                        ItemWrite(
                            table: table, key: row.key, action: .put(row.item), condition: .isExactly(found)))
                case .fail:
                    let name = importing.named(row)
                    throw Taken(
                        reason:
                            "the key of `\(name.file)` line \(name.line) was taken by another item meanwhile; "
                            + "import again with --on-conflict skip or replace")
                }
            }
            guard !writes.isEmpty else { return (replaced, skipped) }
            try log.add(creating)
            do throws(TableError) {
                try place.store.write(WriteRequest(.transaction, writes, route: place.route))
                return (replaced, skipped)
            } catch {
                // Somebody has written to one of the keys since they were read: read them again.
                guard case .transactionCancelled(let faults) = error,
                    faults.allSatisfy({ fault in
                        if case .invalid = fault { false } else { true }
                    })
                else { throw error }
            }
        }
        throw TableError.overloaded(place.store.id)
    }

    /// Removes the items of these rows where they are exactly as they were written.
    func remove(_ created: [Int: Set<Int>]) throws {
        let rows = importing.rows()
        var chunk: [ImportRow] = []
        while let row = try rows.next() {
            if row.isOwn, created[row.file]?.contains(row.line) == true { chunk.append(row) }
            if chunk.count == Limits.importChunkItems {
                try remove(chunk)
                chunk = []
            }
        }
        try remove(chunk)
    }

    private func remove(_ chunk: [ImportRow]) throws {
        for (row, found) in zip(chunk, try importing.existing(chunk, at: place)) where found == row.item {
            let delete = ItemWrite(
                table: try place.table(row), key: row.key, action: .delete, condition: .isExactly(row.item))
            do throws(TableError) { try place.store.write(WriteRequest(delete, route: place.route)) } catch {
                // Changed at this moment: it is somebody else's item now.
                guard case .conditionFailed = error else { throw error }
            }
        }
    }
}
