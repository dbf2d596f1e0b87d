import Base
import Registry
import Tenancy

/// What is said of a change of a tenant's record, and what is changed together with it.
struct TenantChange {
    /// What was done: the audit entry's action and the event's type.
    let action: String
    /// Why; nil where nobody said.
    var reason: String?
    /// The school that it is about.
    var school: SchoolID?
    /// What changed, as it was.
    var before: [String: String] = [:]
    /// What changed, as it is.
    var after: [String: String] = [:]
    /// What the audit says besides.
    var detail: [String: String] = [:]
    /// Other records that change with it.
    var others: [RegistryChange] = []

    init(_ action: String, reason: String? = nil, school: SchoolID? = nil) {
        self.action = action
        self.reason = reason
        self.school = school
    }

    /// Notes a value before and after, where it changes.
    mutating func note(_ name: String, _ old: String?, _ new: String?) {
        guard old != new else { return }
        before[name] = old
        after[name] = new
    }
}

extension TenantService {
    /// Changes the tenant's record with its audit entry and its event in one transaction, or nothing where nothing changes.
    /// - Throws: `TenantError.noSuchTenant`, `.state` for a change of state that the table does not have, what `body` throws.
    func change(
        _ tenant: TenantID, _ action: String, actor: AuditActor,
        _ body: (inout TenantRecord, inout TenantChange) throws -> Void
    ) throws -> TenantRecord {
        do {
            return try registry.update(TenantRecord.self, tenant) { record, transaction in
                let old = record
                var change = TenantChange(action)
                try body(&record, &change)
                guard record != old else { return }
                var detail = change.detail
                if let reason = change.reason { detail["reason"] = reason }
                transaction.changes = change.others
                transaction.audit = [
                    AuditNote(
                        actor: actor, action: action, subject: change.school?.text ?? tenant.text,
                        tenant: tenant, detail: detail, before: change.before, after: change.after)
                ]
                #if MUTANTS
                    if Mutant.isOn(.changeUnannounced) { return }
                #endif
                transaction.events = [
                    TenantEvent.announcement(
                        action, of: record, school: change.school, reason: change.reason)
                ]
            }
        } catch RegistryError.notFound {
            throw TenantError.noSuchTenant(tenant.text)
        } catch let error as TenantLifeError {
            throw TenantError.state(error.tenant, from: error.from, to: error.to)
        }
    }

    /// Refuses to change what is not there yet, or no more.
    func checkLiving(_ record: TenantRecord, wanted: String = "changed") throws(TenantError) {
        switch record.state {
        case .active, .suspended: return
        case .onboarding: throw .notApplicable(record.id, state: "being onboarded", wanted: wanted)
        case .offboarding: throw .notApplicable(record.id, state: "being offboarded", wanted: wanted)
        case .gone: throw .notApplicable(record.id, state: "gone", wanted: wanted)
        }
    }

    /// A reason that somebody can read later.
    static func checkedReason(_ reason: String) throws(TenantError) -> String {
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw .invalid(field: "reason", value: "", remedy: "say why, for those who ask later")
        }
        let longest = Limits.suspensionReasonCharactersMax
        guard reason.count <= longest, reason.utf8.count <= longest * 4 else {
            throw .invalid(
                field: "reason", value: "\(reason.prefix(20))…", remedy: "use at most \(longest) characters")
        }
        return reason
    }
}
