import Base
import Registry
import Tenancy

extension TenantService {
    /// Refuses the tenant's requests from now on, or its writes; the gateway of this process does so when this returns.
    /// Repeated with the same words it does nothing, with others it changes them.
    /// - Parameter mode: `readOnly` serves reads (and makes tokens and sessions for them), `closed` nothing.
    /// - Throws: `TenantError.noSuchTenant`, `.invalid` for an empty or long reason, `.notApplicable` where the tenant
    ///   is neither active nor suspended.
    @discardableResult
    public func suspend(
        _ tenant: TenantID, reason: String, mode: Suspension.Mode = .closed, actor: AuditActor
    ) throws -> TenantRecord {
        let reason = try Self.checkedReason(reason)
        return try change(tenant, "tenant.suspended", actor: actor) { record, change in
            let old = record.state
            // The table lets an offboarding that is taken back become a suspension again: not by this call.
            try checkLiving(record, wanted: "suspended")
            try record.enter(.suspended(Suspension(reason: reason, mode: mode)))
            change.note(old, record.state)
            change.reason = reason
            change.detail["mode"] = mode.rawValue
        }
    }

    /// Serves a suspended tenant again; does nothing where it is served.
    /// - Throws: `TenantError.noSuchTenant`, `.notApplicable` where the tenant is neither suspended nor active.
    @discardableResult
    public func resume(_ tenant: TenantID, actor: AuditActor) throws -> TenantRecord {
        try change(tenant, "tenant.resumed", actor: actor) { record, change in
            let old = record.state
            // Becoming active is also how onboarding ends and how offboarding is taken back: not by this call.
            try checkLiving(record, wanted: "resumed")
            try record.enter(.active)
            change.note(old, record.state)
        }
    }
}

extension TenantChange {
    /// Notes a change of state with what goes with it.
    mutating func note(_ old: TenantState, _ new: TenantState) {
        note("state", old.name.rawValue, new.name.rawValue)
        note("mode", old.mode, new.mode)
        note("reason", old.reason, new.reason)
    }
}

extension TenantState {
    fileprivate var mode: String? {
        if case .suspended(let suspension) = self { suspension.mode.rawValue } else { nil }
    }

    fileprivate var reason: String? {
        switch self {
        case .suspended(let suspension): suspension.reason
        case .offboarding(let departure): departure.reason
        case .onboarding, .active, .gone: nil
        }
    }
}
