import Base
import Registry

extension WorkflowEngine {
    /// Forgets the runs that came to their end before `moment`, with their idempotency keys; how many. Audit
    /// log and outbox are untouched. Reads all runs that were started before then.
    @discardableResult
    public func prune(endedBefore moment: Timestamp) throws -> Int {
        var count = 0
        var after: String?
        repeat {
            let page = try registry.list(RunRecord.self, after: after)
            for record in page.records {
                guard record.createdAt < moment else { return count }
                guard let endedAt = record.endedAt, endedAt < moment else { continue }
                try registry.transact(forgetting(record))
                count += 1
            }
            after = page.next
        } while after != nil
        return count
    }

    private func forgetting(_ record: RunRecord) -> RegistryTransaction {
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
        return RegistryTransaction(changes)
    }
}
