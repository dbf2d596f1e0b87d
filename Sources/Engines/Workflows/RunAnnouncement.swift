import Base
import Registry

/// What is said, and put away, when a run's state changes for good.
enum RunAnnouncement {
    /// For a run that has come to its end: its lock and its mark as open are removed, audit log and outbox
    /// say so. For one that failed: they say so. Nothing otherwise.
    static func of(_ record: RunRecord) -> RegistryTransaction {
        var detail = ["kind": record.kind]
        var transaction = RegistryTransaction()
        switch record.state {
        case .completed: break
        case .undone:
            if case .backward(let reason) = record.direction { detail["reason"] = reason }
        case .failed(let reason):
            detail["step"] = record.step?.name
            detail["reason"] = reason
        case .pending, .running, .waiting, .paused, .undoing: return transaction
        }
        if record.state.isFinal { transaction.changes = closing(record) }
        let action = "run.\(record.state.name)"
        transaction.audit = [
            AuditNote(
                actor: record.actor, action: action, subject: record.id.text, tenant: record.tenant,
                detail: detail, outcome: record.state == .completed ? .done : .failed)
        ]
        transaction.events = [
            Announcement(type: action, tenant: record.tenant, payload: payload(of: record, detail: detail))
        ]
        return transaction
    }

    /// For a step that somebody had skipped.
    static func of(_ record: RunRecord, _ skip: StepSkip) -> RegistryTransaction {
        let detail = [
            "kind": record.kind, "step": skip.step, "reason": skip.reason,
            "direction": skip.isUndo ? "undo" : "forward",
        ]
        return saying("run.step-skipped", of: record, actor: skip.actor, detail)
    }

    /// For a run that makes no progress.
    static func of(_ record: RunRecord, _ stall: RunStall) -> RegistryTransaction {
        let detail = ["kind": record.kind, "step": stall.step, "reason": stall.reason]
        return saying("run.stuck", of: record, actor: .system, detail)
    }

    private static func saying(
        _ action: String, of record: RunRecord, actor: AuditActor, _ detail: [String: String]
    ) -> RegistryTransaction {
        RegistryTransaction(
            [],
            audit: [
                AuditNote(
                    actor: actor, action: action, subject: record.id.text, tenant: record.tenant,
                    detail: detail)
            ],
            events: [
                Announcement(
                    type: action, tenant: record.tenant, payload: payload(of: record, detail: detail))
            ])
    }

    private static func closing(_ record: RunRecord) -> [RegistryChange] {
        var open = OpenRun(run: record.id)
        open.version = 1
        guard let tenant = record.tenant, let name = record.lock else { return [.delete(open)] }
        var lock = RunLock(id: RunLock.ID(tenant: tenant, name: name), run: record.id)
        lock.version = 1
        return [.delete(open), .delete(lock)]
    }

    private static func payload(of record: RunRecord, detail: [String: String]) -> String {
        var members = detail
        members["run"] = record.id.text
        members["traceId"] = record.actor.origin.trace
        do { return try RunText.encoded(members) } catch {
            preconditionFailure("strings do not encode: \(error)")
        }
    }
}
