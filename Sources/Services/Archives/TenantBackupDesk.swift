import Base
import Registry
import Tables
import Workflows

/// Where backups and restores of tenants are asked for.
public final class TenantBackupDesk: Sendable {
    /// The backups there are.
    public let backups: TenantBackups
    private let environment: BackupEnvironment
    private let engine: WorkflowEngine
    private let clock: any Clock

    /// Backups and restores in this environment, carried out by an engine that knows their workflows.
    public init(
        environment: BackupEnvironment, backups: TenantBackups, engine: WorkflowEngine, clock: any Clock
    ) {
        self.environment = environment
        self.backups = backups
        self.engine = engine
        self.clock = clock
    }

    /// All workflows of backups and restores.
    public static func workflows(_ environment: BackupEnvironment) -> [any Workflow] {
        [
            BackupWorkflow(environment: environment), BackupVerificationWorkflow(environment: environment),
            RestoreWorkflow(environment: environment), RestorePlanWorkflow(environment: environment),
        ]
    }

    /// Starts a backup of the tenant as it is.
    /// - Throws: `RestoreError.noSuchTenant`, `.notSettled`; `WorkflowError`.
    public func create(
        _ tenant: TenantID, keptForDays: Int?, actor: AuditActor, idempotencyKey: String? = nil
    ) throws -> RunID {
        _ = try environment.settledTenant(tenant)
        return try engine.start(
            kind: BackupWorkflow.runKind,
            input: BackupInput(tenant: tenant, purpose: .request, keptForDays: keptForDays), tenant: tenant,
            idempotencyKey: idempotencyKey, actor: actor)
    }

    /// Starts a reading back of the backup.
    /// - Throws: `TenantBackupError.noSuchBackup`; `WorkflowError`.
    public func verify(_ id: BackupID, actor: AuditActor, idempotencyKey: String? = nil) throws -> RunID {
        _ = try backups.backup(id)
        return try engine.start(
            kind: BackupVerificationWorkflow.runKind, input: BackupVerificationInput(backup: id),
            tenant: id.tenant, idempotencyKey: idempotencyKey, actor: actor)
    }

    /// Starts a restore of the tenant, or of the plan of one, which changes nothing.
    /// - Throws: `RestoreError`, `TenantBackupError` where it would be refused at once; `WorkflowError.locked` while another run
    ///   changes the tenant's place.
    public func restore(
        _ input: RestoreInput, isPlan: Bool, actor: AuditActor, idempotencyKey: String? = nil
    ) throws -> RunID {
        if idempotencyKey == nil { try check(input) }
        return try engine.start(
            kind: isPlan ? RestorePlanWorkflow.runKind : RestoreWorkflow.runKind, input: input,
            tenant: input.tenant, idempotencyKey: idempotencyKey, actor: actor)
    }

    /// From where to where the tenant can be restored to any moment.
    /// - Throws: `RestoreError`.
    public func window(of tenant: TenantID) throws -> RecoveryWindow {
        try environment.window(of: tenant, now: clock.now())
    }

    /// How the tenant's scheduled backups stand; nil where none was ever started.
    public func schedule(of tenant: TenantID) throws -> BackupSchedule? {
        try environment.registry.read(BackupSchedule.self, tenant)
    }

    private func check(_ input: RestoreInput) throws {
        let tenant = try environment.settledTenant(input.tenant)
        if case .offboarding = tenant.state { throw RestoreError.leaving(tenant.id) }
        switch input.point {
        case .backup(let id):
            guard id.tenant == input.tenant else { throw RestoreError.otherTenant(id, input.tenant) }
            _ = try backups.readable(id)
        case .moment(let moment):
            let window = try window(of: input.tenant)
            guard moment >= window.from, moment <= window.to else {
                throw RestoreError.outsideWindow(
                    input.tenant, moment: moment, from: window.from, to: window.to)
            }
        }
    }
}
