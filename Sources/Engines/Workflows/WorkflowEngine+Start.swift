import Base
import Registry

extension WorkflowEngine {
    /// Records a new run and lets it begin. The same idempotency key gives the same run, whatever has become
    /// of it; kind and input must then be the same (`tenant`, `actor` and `why` may differ: the first ones stand).
    /// So nothing made by chance belongs in the input.
    /// - Parameters:
    ///   - why: what the run and the audit keep of the reason, in 1 to `Limits.runWhyBytesMax` bytes.
    ///   - transaction: changes to commit together with the run.
    /// - Throws: `WorkflowError.unknownKind`, `.keyReused`, `.invalidKey`, `.invalidReason`, `.locked`, `.tooLarge`,
    ///   `.stopped`; `RegistryError`, `.conflict` where a condition of `transaction` did not hold.
    @discardableResult
    public func start<Input: Encodable>(
        kind: String, input: Input, tenant: TenantID? = nil, idempotencyKey: String? = nil,
        actor: AuditActor = .system, why: String? = nil,
        with transaction: RegistryTransaction = RegistryTransaction()
    ) throws -> RunID {
        guard !queue.isStopped else { throw WorkflowError.stopped }
        guard let workflow = workflows[kind] else { throw WorkflowError.unknownKind(kind) }
        let text = try RunText.encoded(input)
        guard text.utf8.count <= Limits.runInputBytesMax else {
            throw WorkflowError.tooLarge(bytes: text.utf8.count, max: Limits.runInputBytesMax)
        }
        if let idempotencyKey, !(1...Limits.idempotencyKeyBytesMax).contains(idempotencyKey.utf8.count) {
            throw WorkflowError.invalidKey(idempotencyKey)
        }
        if let why, !(1...Limits.runWhyBytesMax).contains(why.utf8.count) {
            throw WorkflowError.invalidReason(bytesMax: Limits.runWhyBytesMax)
        }
        for _ in 0..<Limits.registryUpdateAttemptsMax {
            if let idempotencyKey, let run = try earlierRun(kind: kind, key: idempotencyKey, input: text) {
                return run
            }
            let now = clock.now()
            let record = RunRecord(
                id: try ids.make(at: now), kind: kind, tenant: tenant, actor: actor,
                idempotencyKey: idempotencyKey, lock: tenant == nil ? nil : workflow.lock, input: text,
                steps: workflow.steps.map(\.name), createdAt: now, definition: workflow.version, why: why)
            if try insert(record, of: workflow, with: transaction) {
                tally.note(record, isDue: true)
                queue.enqueue(record.id, claim(of: record))
                return record.id
            }
        }
        throw RegistryError.conflict(IdempotencyRecord.key(of: idempotencyKey ?? ""))
    }

    /// Commits a new run; false where it is to be tried again.
    private func insert(
        _ record: RunRecord, of workflow: any Workflow, with more: RegistryTransaction
    ) throws -> Bool {
        var transaction = RegistryTransaction()
        var lock: RunLock?
        if let key = record.idempotencyKey {
            transaction.changes.append(.insert(IdempotencyRecord(key: key, run: record.id)))
        }
        if let tenant = record.tenant, let name = record.lock {
            let held = RunLock(id: RunLock.ID(tenant: tenant, name: name), run: record.id)
            transaction.changes.append(.insert(held))
            lock = held
        }
        transaction.changes += [.insert(record), .insert(OpenRun(run: record.id))]
        if let tenant = record.tenant {
            transaction.changes.append(.insert(TenantRun(tenant: tenant, run: record.id)))
        }
        transaction.audit = [
            AuditNote(
                actor: record.actor, action: "run.started", subject: record.id.text, tenant: record.tenant,
                detail: ["kind": record.kind].merging(record.why.map { ["reason": $0] } ?? [:]) { $1 })
        ]
        transaction.append(more)
        transaction.append(try workflow.starting(record))
        do throws(RegistryError) { try registry.transact(transaction) } catch {
            guard case .conflict(let key) = error else { throw error }
            if let lock, key == lock.key {
                // Gone again where its run has ended since: then this one may try anew.
                guard let holder = try registry.read(RunLock.self, lock.id) else { return false }
                throw WorkflowError.locked(by: holder.run, lock: holder.id.name)
            }
            let isOurs = key == record.key || record.idempotencyKey.map(IdempotencyRecord.key) == key
            guard isOurs else { throw error }
            return false
        }
        return true
    }

    private func earlierRun(kind: String, key: String, input: String) throws -> RunID? {
        guard let entry = try registry.read(IdempotencyRecord.self, key) else { return nil }
        let record = try registry.require(RunRecord.self, entry.run)
        guard record.kind == kind, record.input == input else {
            throw WorkflowError.keyReused(key: key, run: entry.run)
        }
        return entry.run
    }
}
