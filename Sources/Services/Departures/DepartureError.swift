import Base
import Registry

/// Why a departure or an erasure is not begun.
public enum DepartureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such tenant.
    case noSuchTenant(TenantID)
    /// The tenant is in a state from which it does not leave, or in which nothing is erased.
    case notApplicable(TenantID, state: String, wanted: String)
    /// A parameter has not its form.
    case invalid(field: String, remedy: String)
    /// No departure of the tenant is under way.
    case notLeaving(TenantID)
    /// The grace period is over, or the departure is taken back.
    case graceOver(TenantID)
    /// The key pattern reaches beyond what is the tenant's own.
    case foreignKeys(pattern: Int)
    /// There are more items under the patterns than one erasure takes.
    case tooManyItems(max: Int)
    /// The items under the patterns could not be gone through in the time that a dry run has.
    case tooMuch(seconds: Int)

    /// What is wrong and what to do. No key is in it.
    public var description: String {
        switch self {
        case .noSuchTenant(let tenant):
            "there is no tenant `\(tenant)`; `homeroom tenant list` shows those there are"
        case .notApplicable(let tenant, let state, let wanted):
            "tenant `\(tenant)` is \(state), so it cannot be \(wanted)"
        case .invalid(let field, let remedy): "`\(field)`: \(remedy)"
        case .notLeaving(let tenant):
            "tenant `\(tenant)` is not leaving; `homeroom tenant offboard` begins that"
        case .graceOver(let tenant):
            "the grace period of tenant `\(tenant)` is over, or it is being kept; `homeroom tenant show` says which"
        case .foreignKeys(let pattern):
            "key pattern \(pattern) reaches beyond this tenant's keys; write the whole id of the tenant or of one of "
                + "its schools where the table's keys have it"
        case .tooManyItems(let max):
            "more than \(max) items are under these keys; erase them in several requests, or offboard the tenant"
        case .tooMuch(let seconds):
            "what lies under these keys could not be gone through in \(seconds) s, which a dry run has; give fewer keys, or narrower ones"
        }
    }
}
