import Base
import Registry
import Tenancy

extension TenantService {
    /// Sets another value for one of the tier's limits, in place of what was set before. The gateway goes by it when this
    /// returns.
    /// - Parameter until: when the tier's word holds again; nil for never.
    /// - Throws: `TenantError`: no such tenant, a value or a reason of another form, an end that is past, a tenant that is not
    ///   living.
    @discardableResult
    public func setOverride(
        _ tenant: TenantID, _ limit: TierLimit, value: Int, until: Timestamp?, reason: String,
        actor: AuditActor
    ) throws -> TenantRecord {
        guard limit.range.contains(value) else {
            throw TenantError.invalid(
                field: limit.rawValue, value: String(value),
                remedy: "use a whole number from \(limit.range.lowerBound) to \(limit.range.upperBound)")
        }
        if let until, until <= clock.now() {
            throw TenantError.invalid(
                field: "until", value: until.iso8601, remedy: "that is past; say a time to come, or none")
        }
        let reason = try Self.checkedReason(reason)
        return try change(tenant, "tenant.override-set", actor: actor) { record, change in
            try checkLiving(record)
            let old = record.overrides.first { $0.limit == limit }
            let new = LimitOverride(limit: limit, value: value, until: until, reason: reason)
            guard old != new else { return }
            record.overrides.removeAll { $0.limit == limit }
            record.overrides.append(new)
            change.note(old, new)
            change.reason = reason
            change.detail["limit"] = limit.rawValue
        }
    }

    /// Lets the tier's word hold again, for one limit or for all. Where nothing was set it does nothing.
    /// - Throws: `TenantError`: no such tenant, a tenant that is not living.
    @discardableResult
    public func clearOverride(
        _ tenant: TenantID, _ limit: TierLimit?, actor: AuditActor
    ) throws -> TenantRecord {
        try change(tenant, "tenant.override-cleared", actor: actor) { record, change in
            try checkLiving(record)
            for old in record.overrides where limit == nil || old.limit == limit { change.note(old, nil) }
            record.overrides.removeAll { limit == nil || $0.limit == limit }
        }
    }

    /// Clears the overrides that have ended by now, each tenant's with its audit entry and event; how many there were. The
    /// gateway goes by the tiers' words when this returns.
    public func clearEndedOverrides(
        of directory: Directory, isStopping: () -> Bool = { false }
    ) throws -> Int {
        let now = clock.now()
        var count = 0
        for entry in directory.entries() {
            guard !isStopping() else { break }
            guard entry.record.overrides.contains(where: { !$0.holds(at: now) }) else { continue }
            _ = try change(entry.record.id, "tenant.override-ended", actor: .system) { record, change in
                for old in record.overrides where !old.holds(at: now) {
                    change.note(old, nil)
                    count += 1
                }
                record.overrides.removeAll { !$0.holds(at: now) }
            }
        }
        return count
    }
}

extension TenantChange {
    fileprivate mutating func note(_ old: LimitOverride?, _ new: LimitOverride?) {
        guard let limit = (old ?? new)?.limit else { return }
        before[limit.rawValue] = old?.text
        after[limit.rawValue] = new?.text
    }
}

extension LimitOverride {
    fileprivate var text: String { "\(value)" + (until.map { " until \($0.iso8601)" } ?? "") }
}
