import Base
import Registry
import Workflows

extension DepartureService {
    /// Makes the grace period of a departure longer or shorter, counted from the departure's beginning as at its start: asked again
    /// it changes nothing more. One that is over by then ends at once.
    /// - Returns: the departure's run.
    /// - Throws: `DepartureError.invalid`, `.noSuchTenant`, `.notLeaving`, `.graceOver`.
    public func changeGrace(
        of tenant: TenantID, toSeconds seconds: Int, reason: String, actor: AuditActor
    ) throws -> RunID {
        try DepartureService.check(reason: reason)
        try DepartureService.check(graceSeconds: seconds)
        _ = try record(of: tenant)
        let changed = try environment.registry.update(TenantRecord.self, tenant) { record, transaction in
            guard case .offboarding(var departure) = record.state else {
                throw DepartureError.notLeaving(tenant)
            }
            let run = try environment.registry.require(RunRecord.self, departure.run)
            guard departure.isClosed != true, run.isOnItsWay else { throw DepartureError.graceOver(tenant) }
            let before = departure.until
            departure.until = run.createdAt.advanced(bySeconds: Int64(seconds))
            guard departure.until != before else { return }
            try record.enter(.offboarding(departure))
            // A run that was cancelled or has gone on meanwhile was written since: then all this is looked at again.
            transaction.changes.append(.check(run))
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "tenant.grace-changed", subject: tenant.text, tenant: tenant,
                    detail: ["run": departure.run.text, "reason": reason],
                    before: ["until": before.iso8601], after: ["until": departure.until.iso8601]))
            transaction.events.append(
                DepartureEvent.announcement("tenant.grace-changed", tenant: tenant, run: departure.run))
        }
        guard case .offboarding(let departure) = changed.state else {
            throw DepartureError.notLeaving(tenant)
        }
        try engine.wake(departure.run)
        return departure.run
    }

    static func check(graceSeconds: Int) throws(DepartureError) {
        guard (0...Limits.graceDaysMax * 86_400).contains(graceSeconds) else {
            throw .invalid(field: "grace", remedy: "give 0 to \(Limits.graceDaysMax) days, such as `30d`")
        }
    }
}

extension RunRecord {
    /// Whether it goes forward, and nobody has asked for anything else.
    fileprivate var isOnItsWay: Bool {
        guard case .forward = direction, !state.isFinal else { return false }
        return wanted != .undo
    }
}
