import Base
import Registry
import Tables
import Workflows

/// What a reading back found.
public struct BackupVerification: Hashable, Sendable, Codable {
    /// The backup.
    public var backup: BackupID
    /// Items that were read.
    public var items: Int
    /// The digest of the items, which is the one they were written with.
    public var digest: String
}

/// Which backup is to be read back.
public struct BackupVerificationInput: Hashable, Sendable, Codable {
    /// The backup.
    public var backup: BackupID

    /// A wish.
    public init(backup: BackupID) { self.backup = backup }
}

/// The run that reads all of a backup back and compares every digest. One that is not as it was written is marked as damaged, and
/// nothing is restored from it.
public struct BackupVerificationWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "tenant.backup.verify"

    /// The kind of its runs.
    public let kind = runKind
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]

    /// The workflow over these records and files.
    public init(environment: BackupEnvironment) { steps = [ReadBackStep(environment: environment)] }
}

struct ReadBackStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "read back"

    func perform(_ context: RunContext) throws -> StepResult {
        let id = try context.input(as: BackupVerificationInput.self).backup
        guard let backup = try environment.registry.read(TenantBackup.self, id) else {
            return .fail(reason: TenantBackupError.noSuchBackup(id.text).description)
        }
        if backup.state == .writing {
            return .fail(
                reason: TenantBackupError.notComplete(id, state: backup.state.name).description)
        }
        do {
            guard try context.readBack(environment.folder.reader(of: backup)) else {
                return .again(afterMilliseconds: 0)
            }
        } catch TenantBackupError.damaged(_, let reason) {
            try context.checkpoint(with: BackupVerificationWorkflow.damage(backup, reason, context))
            return .fail(reason: "backup `\(id)` is damaged: \(reason); make another one")
        }
        var verified = backup
        verified.verifiedAt = context.clock.now()
        verified.state = .complete
        try context.setResult(
            BackupVerification(backup: id, items: backup.extent.items, digest: backup.digest))
        context.stage(
            RegistryTransaction(
                [.replace(verified)],
                audit: [
                    AuditNote(
                        actor: context.actor, action: "tenant.backup.verified", subject: id.text,
                        tenant: id.tenant, detail: ["run": context.run.text, "digest": backup.digest],
                        before: ["state": backup.state.name], after: ["state": verified.state.name])
                ]))
        return .done
    }
}

extension BackupVerificationWorkflow {
    fileprivate static func damage(
        _ backup: TenantBackup, _ reason: String, _ context: RunContext
    ) -> RegistryTransaction {
        guard backup.state != .damaged(reason) else { return RegistryTransaction() }
        var damaged = backup
        damaged.state = .damaged(reason)
        return RegistryTransaction(
            [.replace(damaged)],
            audit: [
                AuditNote(
                    actor: context.actor, action: "tenant.backup.damaged", subject: backup.id.text,
                    tenant: backup.tenant, detail: ["run": context.run.text, "reason": reason],
                    outcome: .failed, before: ["state": backup.state.name], after: ["state": "damaged"])
            ],
            events: [
                Announcement(
                    type: "tenant.backup.damaged", tenant: backup.tenant,
                    payload: "{\"backup\":\"\(backup.id)\"}")
            ])
    }
}
