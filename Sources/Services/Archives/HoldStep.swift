import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Holds the tenant's writes back: when it is done everything that was acknowledged is durable, and whatever comes later waits at
/// the gateway, which refuses after a while in a way that clients try again. Other tenants of the store notice nothing.
struct HoldStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "hold"
    let mayBePaused = false

    func perform(_ context: RunContext) throws -> StepResult {
        let restore = try Restore(context, environment)
        let store = try restore.store()
        guard let resident = try store.resident(restore.input.tenant) else {
            throw RestoreFault.standing("the tenant is not known in store `\(store.id)`")
        }
        let epoch: Int64
        switch resident.state {
        // Ours: nobody else fences a tenant whose place this run has locked.
        case .fenced: epoch = resident.epoch
        case .active:
            epoch = resident.epoch + 1
            try store.setResident(restore.input.tenant, to: Resident(epoch: epoch, state: .fenced))
        case .arriving, .kept:
            throw RestoreFault.standing("store `\(store.id)` is not in charge of the tenant")
        }
        if try context.value(for: Restore.hold, as: RestoreHold.self) == nil {
            try context.set(
                RestoreHold(
                    epoch: epoch, since: context.clock.now(),
                    safety: BackupID(tenant: restore.input.tenant, snapshot: context.newSnapshotID())),
                for: Restore.hold)
        }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let restore = try Restore(context, environment)
        guard let resident = try restore.store().resident(restore.input.tenant) else { return .done }
        if resident.state == .fenced { try restore.letGo(fence: resident.epoch) }
        let standing = try restore.store().resident(restore.input.tenant)
        guard let epoch = standing?.epoch, standing?.state == .active else {
            throw RestoreFault.standing("the tenant was not let go")
        }
        var placement = try restore.placement()
        guard placement.epoch < epoch else { return .done }
        placement.epoch = epoch
        context.stage(RegistryTransaction([.replace(placement)]))
        return .done
    }
}

/// Makes a backup of the tenant as it is while it is held: what an undo goes back to, and what is kept for those who find later
/// that the restore was a mistake.
struct SafetyStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "safety"
    let mayBePaused = false

    func perform(_ context: RunContext) throws -> StepResult {
        let restore = try Restore(context, environment)
        let id = try restore.hold().safety
        let tenant = try environment.tenant(restore.input.tenant)
        let placement = try restore.placement()
        let now = context.clock.now()
        let known = try environment.registry.read(TenantBackup.self, id)
        if known?.state == .complete { return .done }
        let days = max(environment.plan(of: tenant)?.keptForDays ?? 0, Limits.safetyBackupDaysMin)
        if known == nil {
            try context.checkpoint(
                with: RegistryTransaction([
                    .insert(
                        TenantBackup(
                            id: id, purpose: .restore, createdAt: now, run: context.run,
                            actor: context.actor,
                            expiresAt: now.advanced(bySeconds: Int64(days) * 86_400), store: placement.store))
                ]))
        }
        let coverage = environment.wholeCoverage(placement, tenant)
        let manifest = BackupManifest(
            id: id, instant: try restore.hold().since, schools: tenant.schools.map(\.id),
            tables: environment.manifestTables(placement))
        do {
            guard
                let written = try context.write(
                    manifest, from: StoreRows(coverage, in: try restore.store()), to: environment.folder)
            else { return .again(afterMilliseconds: 0) }
            try context.complete(environment.registry.require(TenantBackup.self, id), by: written)
        } catch let error as TenantBackupError {
            guard case .diskFull = error else { throw error }
            return .fail(reason: error.description)
        }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let hold = try context.value(for: Restore.hold, as: RestoreHold.self) else { return .done }
        try environment.folder.remove(hold.safety)
        guard let backup = try environment.registry.read(TenantBackup.self, hold.safety) else { return .done }
        context.stage(
            RegistryTransaction(
                [.delete(backup)],
                audit: [
                    AuditNote(
                        actor: context.actor, action: "tenant.backup.deleted", subject: hold.safety.text,
                        tenant: backup.tenant, detail: ["reason": "restore taken back"],
                        before: backup.auditText)
                ]))
        return .done
    }
}
