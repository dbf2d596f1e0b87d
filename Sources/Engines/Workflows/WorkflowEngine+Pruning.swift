import Base
import Registry
import Synchronization

/// How far the pruning has come, and what time it goes by.
struct PruningCursor {
    /// Behind which run the next round goes on; nil where it begins with the oldest.
    var after: String?
    /// Both clocks at the first round.
    var start: (wall: Timestamp, nanoseconds: UInt64)?
}

extension WorkflowEngine {
    /// Forgets runs that came to their end so long ago, with their idempotency keys; how many. Audit log, outbox and receipts
    /// are untouched. Looks at `Limits.runsPrunedMax` runs at most, from the oldest on; the next round goes on there, and
    /// begins anew when it has come to runs that are too young.
    ///
    /// A wall clock set forth while the process runs makes nothing older: the time goes by the monotonic clock then.
    /// - Parameter isStopping: asked between two runs.
    @discardableResult
    public func prune(olderThanSeconds seconds: Int64, isStopping: () -> Bool = { false }) throws -> Int {
        let moment = steadyNow().advanced(bySeconds: -seconds)
        return try prune(endedBefore: moment, looksMax: Limits.runsPrunedMax, isStopping: isStopping)
    }

    /// Forgets all runs that came to their end before `moment`; how many. Reads all runs that were started before then.
    @discardableResult
    public func prune(endedBefore moment: Timestamp) throws -> Int {
        pruning.withLock { $0.after = nil }
        return try prune(endedBefore: moment, looksMax: .max, isStopping: { false })
    }

    private func prune(endedBefore moment: Timestamp, looksMax: Int, isStopping: () -> Bool) throws -> Int {
        var count = 0
        var looks = 0
        var after = pruning.withLock { $0.after }
        defer { pruning.withLock { $0.after = after } }
        repeat {
            let page = try registry.list(RunRecord.self, after: after, limit: min(100, looksMax - looks))
            for record in page.records {
                // Ids sort by the time of the start: all that follow are younger.
                guard record.createdAt < moment else {
                    after = nil
                    return count
                }
                looks += 1
                if let endedAt = record.endedAt, endedAt < moment {
                    try registry.transact(try forgetting(record))
                    count += 1
                }
                after = record.id.text
                if isStopping() { return count }
            }
            after = page.next
        } while after != nil && looks < looksMax
        return count
    }

    private func steadyNow() -> Timestamp {
        let (wall, nanoseconds) = (clock.now(), clock.monotonicNanoseconds())
        return pruning.withLock { cursor in
            let start = cursor.start ?? (wall, nanoseconds)
            cursor.start = start
            let steady = start.wall.advanced(
                byMilliseconds: Int64((nanoseconds - start.nanoseconds) / 1_000_000))
            return min(wall, steady)
        }
    }

    private func forgetting(_ record: RunRecord) throws -> RegistryTransaction {
        var changes = [RegistryChange.delete(record)]
        // Both are written once and never changed, so their version is 1.
        if let tenant = record.tenant {
            var mark = TenantRun(tenant: tenant, run: record.id)
            mark.version = 1
            changes.append(.delete(mark))
        }
        if let key = record.idempotencyKey {
            var entry = IdempotencyRecord(key: key, run: record.id)
            entry.version = 1
            changes.append(.delete(entry))
        }
        var transaction = RegistryTransaction(changes)
        if let workflow = workflows[record.kind] {
            transaction.append(try workflow.forgetting(record, in: registry))
        }
        return transaction
    }
}
