import Base
import Registry
import Tenancy

/// Why something asked of a tenant was not done. Fit for RFC 9457: `code` never changes, `message` is for
/// people.
public enum TenantError: Error, Hashable, Sendable, Codable {
    /// A value of the request has not the form it should have.
    case invalid(field: String, value: String, remedy: String)
    /// The catalog has no such tier.
    case noSuchTier(String, remedy: String)
    /// Another tenant has the name.
    case nameTaken(String, by: TenantID)
    /// The tier does not take so many schools.
    case tooManySchools(tier: TierName, schools: Int, max: Int, remedy: String)
    /// The tenant has a school of that name.
    case schoolNameTaken(String, by: SchoolID)
    /// There is no such tenant.
    case noSuchTenant(String)
    /// What was asked does not go with the tenant's state.
    case notApplicable(TenantID, state: String, wanted: String)
    /// The table of tenants' lives does not have this change of state.
    case state(TenantID, from: TenantStateName, to: TenantStateName)
    /// The tenant has as many contacts as it can have.
    case tooManyContacts(max: Int)
    /// The tenant has no contact of this number.
    case noSuchContact(TenantID, number: Int)
    /// The tenant has as many blackouts of its own as it can have.
    case tooManyBlackouts(max: Int)
    /// The tenant has no blackout of its own that begins on this day.
    case noSuchBlackout(TenantID, day: String)
    /// The tenant has no such school, or several of that name.
    case noSchool(TenantID, school: String)
    /// A run moves the school to another tenant.
    case schoolMoving(SchoolID, run: RunID)
    /// There is not enough room for what was asked; nothing was made.
    case noCapacity(String)
    /// The run failed and was taken back.
    case runFailed(RunID, step: String, reason: String)

    /// The kind of problem: stable, for programs.
    public var code: String {
        switch self {
        case .invalid, .noSuchTier: "invalid-request"
        case .nameTaken, .schoolNameTaken: "name-taken"
        case .tooManySchools: "limit-reached"
        case .noSuchTenant, .noSuchContact, .noSuchBlackout, .noSchool: "not-found"
        case .notApplicable, .state, .schoolMoving: "not-applicable"
        case .tooManyContacts, .tooManyBlackouts: "limit-reached"
        case .noCapacity: "no-capacity"
        case .runFailed: "run-failed"
        }
    }

    /// The member of the request that is at fault, or nil.
    public var field: String? {
        switch self {
        case .invalid(let field, _, _): field
        case .noSuchTier: "tier"
        case .nameTaken, .schoolNameTaken: "name"
        case .tooManySchools: "schools"
        case .noSuchTenant: "tenant"
        case .noSuchContact: "contact"
        case .noSchool: "school"
        case .tooManyContacts: "contacts"
        case .tooManyBlackouts, .noSuchBlackout: "blackout"
        case .notApplicable, .state, .schoolMoving, .noCapacity, .runFailed: nil
        }
    }
}

extension TenantError: CustomStringConvertible {
    /// What is wrong, with the input in backticks, and what to do.
    public var message: String {
        switch self {
        case .invalid(let field, let value, let remedy):
            value.isEmpty ? "`\(field)` is missing; \(remedy)" : "`\(value)` is no \(field); \(remedy)"
        case .noSuchTier(let tier, let remedy): "there is no tier `\(tier)`; \(remedy)"
        case .nameTaken(let name, let tenant):
            "the name `\(name)` is taken by tenant `\(tenant)`; choose another, or allow a duplicate name"
        case .tooManySchools(let tier, let schools, let max, let remedy):
            "tier `\(tier)` takes \(max) schools a tenant and this makes \(schools); \(remedy)"
        case .schoolNameTaken(let name, let school):
            "the tenant has a school `\(name)` already, `\(school)`; choose another name, or allow a duplicate name"
        case .noSuchTenant(let tenant):
            "there is no tenant `\(tenant)`; `homeroom tenant list` shows those there are"
        case .notApplicable(let tenant, let state, let wanted):
            "tenant `\(tenant)` is \(state), so it cannot be \(wanted)"
        case .state(let tenant, let from, let to):
            TenantLifeError(tenant: tenant, from: from, to: to).description
        case .tooManyContacts(let max):
            "the tenant has \(max) contacts, as many as it can have; remove one first"
        case .noSuchContact(let tenant, let number):
            "tenant `\(tenant)` has no contact \(number); `homeroom tenant contact list \(tenant)` shows those there are"
        case .tooManyBlackouts(let max):
            "the tenant has \(max) blackouts of its own, as many as it can have; clear those that are over"
        case .noSuchBlackout(let tenant, let day):
            "tenant `\(tenant)` has no blackout of its own that begins on `\(day)`; `homeroom tenant blackout list \(tenant)` shows those "
                + "there are"
        case .noSchool(let tenant, let school):
            "tenant `\(tenant)` has no school `\(school)`, or several of that name; `homeroom tenant show \(tenant)` shows them"
        case .schoolMoving(let school, let run):
            "school `\(school)` is being moved by run `\(run)`; wait for it (`homeroom run watch \(run)`) or cancel it"
        case .noCapacity(let text): text
        case .runFailed(let run, let step, let reason):
            "run `\(run)` failed at `\(step)`: \(reason); `homeroom run show \(run)` tells more"
        }
    }

    /// The message.
    public var description: String { message }
}
