import Base
import Registry
import Tenancy

extension TenantService {
    /// Refuses the tenant's requests from now on; the gateway of this process does so when this returns.
    /// Repeated with the same reason it does nothing, with another it changes the reason.
    /// - Throws: `TenantError.noSuchTenant`, `.invalid` for an empty or long reason, `.notApplicable` during
    ///   onboarding.
    @discardableResult
    public func suspend(_ tenant: TenantID, reason: String, actor: AuditActor) throws -> TenantRecord {
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw TenantError.invalid(field: "reason", value: "", remedy: "say why, for those who ask later")
        }
        let longest = Limits.suspensionReasonCharactersMax
        guard reason.count <= longest, reason.utf8.count <= longest * 4 else {
            throw TenantError.invalid(
                field: "reason", value: "\(reason.prefix(20))…", remedy: "use at most \(longest) characters")
        }
        return try change(tenant, actor: actor, action: "tenant.suspended", reason: reason) { record in
            if record.state == .onboarding {
                throw TenantError.notApplicable(tenant, state: "being onboarded", wanted: "suspended")
            }
            record.state = .suspended(Suspension(reason: reason))
        }
    }

    /// Serves a suspended tenant again; does nothing where it is served.
    /// - Throws: `TenantError.noSuchTenant`, `.notApplicable` during onboarding.
    @discardableResult
    public func resume(_ tenant: TenantID, actor: AuditActor) throws -> TenantRecord {
        try change(tenant, actor: actor, action: "tenant.resumed", reason: nil) { record in
            if record.state == .onboarding {
                throw TenantError.notApplicable(tenant, state: "being onboarded", wanted: "resumed")
            }
            record.state = .active
        }
    }

    /// Changes the tenant's record with its audit entry and its event in one transaction, or nothing where
    /// nothing changes.
    private func change(
        _ tenant: TenantID, actor: AuditActor, action: String, reason: String?,
        _ body: (inout TenantRecord) throws -> Void
    ) throws -> TenantRecord {
        do {
            return try registry.update(TenantRecord.self, tenant) { record, transaction in
                let old = record
                try body(&record)
                guard record != old else { return }
                transaction.audit = [
                    AuditNote(
                        actor: actor, action: action, subject: tenant.text, tenant: tenant,
                        detail: reason.map { ["reason": $0] } ?? [:],
                        before: ["state": old.state.name.rawValue],
                        after: ["state": record.state.name.rawValue])
                ]
                transaction.events = [TenantEvent.announcement(action, of: record, reason: reason)]
            }
        } catch RegistryError.notFound { throw TenantError.noSuchTenant(tenant.text) }
    }
}
