import Base
import Registry
import Tenancy

extension TenantService {
    /// Has the tenant not moved by itself on these days of its own time zone, in place of what began on the first of them before. Done
    /// already, it does nothing.
    /// - Throws: `TenantError`: no such tenant, days or a reason of another form, days that are past, more than
    ///   `Limits.ownBlackoutsMax`, a tenant that is not living.
    @discardableResult
    public func setBlackout(
        _ tenant: TenantID, from: LocalDate, to: LocalDate, reason: String, actor: AuditActor
    ) throws -> TenantRecord {
        let reason = try Self.displayName(reason, field: "reason").text
        let blackout = Maintenance.Blackout(from: from, to: to, reason: reason)
        guard (1...Limits.ownBlackoutDaysMax).contains(blackout.days) else {
            throw TenantError.invalid(
                field: "to", value: to.description,
                remedy: "use a last day from \(from) on, \(Limits.ownBlackoutDaysMax) days at most in all")
        }
        guard !blackout.isOver(at: clock.now()) else {
            throw TenantError.invalid(
                field: "to", value: to.description, remedy: "that is past; say days to come")
        }
        return try change(tenant, "tenant.blackout-set", actor: actor) { record, change in
            try checkLiving(record)
            let old = record.blackouts.first { $0.from == from }
            guard old != blackout else { return }
            record.blackouts.removeAll { $0.from == from }
            guard record.blackouts.count < Limits.ownBlackoutsMax else {
                throw TenantError.tooManyBlackouts(max: Limits.ownBlackoutsMax)
            }
            record.blackouts.append(blackout)
            record.blackouts.sort { $0.from < $1.from }
            change.note(from.description, old?.text, blackout.text)
            change.reason = blackout.text
        }
    }

    /// Removes the tenant's blackout that begins on this day, or all that it has. Where it has none at all it does nothing.
    /// - Throws: `TenantError`: no such tenant, no blackout that begins then, a tenant that is not living.
    @discardableResult
    public func clearBlackout(
        _ tenant: TenantID, from: LocalDate?, actor: AuditActor
    ) throws -> TenantRecord {
        try change(tenant, "tenant.blackout-cleared", actor: actor) { record, change in
            try checkLiving(record)
            let gone = record.blackouts.filter { from == nil || $0.from == from }
            if let from, gone.isEmpty { throw TenantError.noSuchBlackout(tenant, day: from.description) }
            for old in gone { change.note(old.from.description, old.text, nil) }
            record.blackouts.removeAll { gone.contains($0) }
        }
    }
}
