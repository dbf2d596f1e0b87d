import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Makes the changes, a commit of some hundred items at a time, no faster than the tier lets a move copy. Its undo makes them the
/// other way round, from the safety backup.
struct ApplyStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "apply"
    let mayBePaused = false

    func perform(_ context: RunContext) throws -> StepResult {
        let restore = try Restore(context, environment)
        return try walk(
            restore, wanted: restore.wanted(), present: restore.safety(), memory: Restore.applied)
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard try context.value(for: Restore.hold, as: RestoreHold.self) != nil else { return .done }
        let restore = try Restore(context, environment)
        // Not by what was restored from, which may be what failed: by what is there, which only this run changes.
        let result = try walk(
            restore, wanted: restore.safety(), present: restore.present(), memory: Restore.takenBack)
        guard result == .done else { return result }
        let coverage = try restore.coverage()
        guard try coverage.digest(of: restore.safety()) == coverage.digest(of: restore.present()) else {
            return .fail(reason: "the tenant does not have what it had before; it stays held; see the log")
        }
        return .done
    }

    private func walk(
        _ restore: Restore, wanted: any ArchiveRows, present: any ArchiveRows, memory: String
    ) throws -> StepResult {
        let context = restore.context
        let store = try restore.store()
        let tenant = restore.input.tenant
        let epoch = try restore.hold().epoch
        var difference = RestoreDifference(
            wanted: wanted, present: present, coverage: try restore.coverage(),
            from: try context.value(for: memory, as: DifferenceCursor.self) ?? DifferenceCursor())
        let rate = try rate(restore)
        let begun = context.clock.monotonicNanoseconds()
        var (changed, total) = (0, try restore.source().items)
        while !difference.isAtEnd {
            let elapsed = Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000)
            let due = Int64(changed) * 1000 / Int64(rate)
            if elapsed >= Limits.archiveSliceMilliseconds || context.isInterrupted
                || due > elapsed + Limits.archiveSliceMilliseconds
            {
                try context.set(difference.cursor, for: memory)
                return .again(afterMilliseconds: Int(max(0, due - elapsed)))
            }
            let batch = try difference.next()
            if !batch.changes.isEmpty { try store.restore(batch.changes, of: tenant, epoch: epoch) }
            changed += batch.changes.count
            total = max(total, difference.cursor.items)
            context.progress = RunProgress(
                phase: name, done: difference.cursor.items, total: total,
                ratePerSecond: Double(changed) * 1000 / Double(max(1, elapsed)))
        }
        try context.set(difference.cursor, for: memory)
        return .done
    }

    private func rate(_ restore: Restore) throws -> Int {
        let tier = try environment.tenant(restore.input.tenant).tier
        return max(1, environment.catalog.tier(named: tier)?.copyRateItemsPerSecond ?? .max / 1000)
    }
}

/// The digests that a restore compared.
struct RestoreDigests: Hashable, Codable {
    let before: String
    let after: String
}

/// Reads what the tenant has now and compares its digest with that of what was restored.
struct VerifyRestoreStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "verify"
    let mayBePaused = false

    func perform(_ context: RunContext) throws -> StepResult {
        let restore = try Restore(context, environment)
        let coverage = try restore.coverage()
        let wanted = try coverage.digest(of: try restore.wanted())
        if context.isInterrupted { return .again(afterMilliseconds: 0) }
        let present = try coverage.digest(of: try restore.present())
        guard wanted == present else {
            return .fail(
                reason: "what the tenant has is not what was to be restored; it gets back what it had before")
        }
        let before = try coverage.digest(of: try restore.safety())
        try context.set(RestoreDigests(before: before, after: present), for: Restore.digests)
        return .done
    }
}

/// Lets the tenant's writes go on. From here on a restore is taken back by restoring the safety backup: writes may have come.
struct ReleaseStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "release"
    let mayBePaused = false
    let isPointOfNoReturn = true

    func perform(_ context: RunContext) throws -> StepResult {
        let restore = try Restore(context, environment)
        guard try environment.registry.read(RestoreReceipt.self, context.run) == nil else { return .done }
        let hold = try restore.hold()
        guard let digests = try context.value(for: Restore.digests, as: RestoreDigests.self) else {
            throw RestoreFault.notPrepared
        }
        try restore.letGo(fence: hold.epoch)
        let now = context.clock.now()
        let counts = try context.value(for: Restore.applied, as: DifferenceCursor.self)?.counts ?? []
        let receipt = RestoreReceipt(
            id: context.run, tenant: restore.input.tenant, point: restore.input.point,
            instant: try restore.source().instant, tables: counts,
            schoolsNotCovered: try restore.schoolsNotCovered(), digestBefore: digests.before,
            digestAfter: digests.after, safetyBackup: hold.safety,
            heldMilliseconds: max(0, now.milliseconds(since: hold.since)), actor: context.actor,
            startedAt: context.record.createdAt, finishedAt: now)
        var placement = try restore.placement()
        placement.epoch = max(placement.epoch, hold.epoch + 1)
        try context.setResult(receipt)
        context.stage(ReleaseStep.announcing(receipt, with: placement))
        return .done
    }

    private static func announcing(
        _ receipt: RestoreReceipt, with placement: PlacementRecord
    ) -> RegistryTransaction {
        let sum = { (count: (RestoreCount) -> Int) in String(receipt.tables.reduce(0) { $0 + count($1) }) }
        return RegistryTransaction(
            [.insert(receipt), .replace(placement)],
            audit: [
                AuditNote(
                    actor: receipt.actor, action: "tenant.restored", subject: receipt.tenant.text,
                    tenant: receipt.tenant,
                    detail: [
                        "run": receipt.id.text, "to": receipt.point.text,
                        "safetyBackup": receipt.safetyBackup.text, "added": sum(\.added),
                        "changed": sum(\.changed), "removed": sum(\.removed),
                    ], before: ["digest": receipt.digestBefore], after: ["digest": receipt.digestAfter])
            ],
            events: [
                Announcement(
                    type: "tenant.restored", tenant: receipt.tenant,
                    payload: "{\"instant\":\"\(receipt.instant.iso8601)\",\"run\":\"\(receipt.id)\"}")
            ])
    }
}
