import Base
import Registry
import Tenancy

extension TenantService {
    /// Closes a school: no tokens and no sessions for it from now on, those that are about included. Its items stay with the
    /// district, whose own roles see of them what the policies say. Repeated with the same reason it does nothing.
    /// - Throws: `TenantError`: no such tenant, no such school, one that is being moved, a tenant that is not living.
    @discardableResult
    public func closeSchool(
        _ school: SchoolID, of tenant: TenantID, reason: String, actor: AuditActor
    ) throws -> SchoolRecord {
        let reason = try Self.checkedReason(reason)
        return try changeSchool(
            school, of: tenant, "school.closed", to: .closed(reason: reason), actor: actor)
    }

    /// Opens a closed school again; does nothing where it is open.
    /// - Throws: as `closeSchool`.
    @discardableResult
    public func reopenSchool(
        _ school: SchoolID, of tenant: TenantID, actor: AuditActor
    ) throws -> SchoolRecord {
        try changeSchool(school, of: tenant, "school.reopened", to: .open, actor: actor)
    }

    private func changeSchool(
        _ school: SchoolID, of tenant: TenantID, _ action: String, to state: SchoolState, actor: AuditActor
    ) throws -> SchoolRecord {
        let record = try change(tenant, action, actor: actor) { record, change in
            try checkLiving(record)
            guard let index = record.schools.firstIndex(where: { $0.id == school }) else {
                throw TenantError.noSchool(tenant, school: school.text)
            }
            let old = record.schools[index].state
            if case .moving(let run) = old { throw TenantError.schoolMoving(school, run: run) }
            record.schools[index].state = state
            change.school = school
            change.note("state", old.name, state.name)
            if case .closed(let reason) = state { change.reason = reason }
        }
        guard let found = record.schools.first(where: { $0.id == school }) else {
            throw TenantError.noSchool(tenant, school: school.text)
        }
        return found
    }

    /// The school of the tenant that a text means: an id, or a name that one of its schools has.
    /// - Throws: `TenantError`: no such tenant, no such school, several of that name.
    public func school(named text: String, of tenant: TenantID) throws -> SchoolRecord {
        let schools = try record(of: tenant).schools
        if let school = schools.first(where: { $0.id.text == text }) { return school }
        let named = schools.filter { $0.name == text }
        guard let school = named.first, named.count == 1 else {
            throw TenantError.noSchool(tenant, school: text)
        }
        return school
    }
}
