import Policies
import Tenancy

/// A request that one set of policies allows and another does not.
public struct AccessDifference: Sendable {
    /// The role.
    public let role: String
    /// The session's tags.
    public let tags: [(name: String, value: String)]
    /// What was asked of both.
    public let request: DecisionRequest
    /// Why the one allows it.
    public let allowed: DecisionExplanation
    /// Why the other does not; nil where it has no such role.
    public let denied: DecisionExplanation?

    /// A difference.
    public init(
        role: String, tags: [(name: String, value: String)], request: DecisionRequest,
        allowed: DecisionExplanation, denied: DecisionExplanation?
    ) {
        self.role = role
        self.tags = tags
        self.request = request
        self.allowed = allowed
        self.denied = denied
    }
}

/// What one direction of a comparison came to, for one role.
public enum AccessChange: Sendable {
    /// It is proven that nothing is allowed that was not.
    case none
    /// These are, one for each pair of action and resource at most.
    case some([AccessDifference])
    /// Nothing was found, and it is not proven that there is nothing.
    case unknown(reasons: [String])
}

/// How the access of one role changes between two sets of policies.
public struct RoleDiff: Sendable {
    /// The role.
    public let role: String
    /// What the new policies allow that the old do not.
    public let gained: AccessChange
    /// What the old policies allow that the new do not.
    public let lost: AccessChange

    /// How a role changes.
    public init(role: String, gained: AccessChange, lost: AccessChange) {
        self.role = role
        self.gained = gained
        self.lost = lost
    }
}

/// Compares what two sets of policies allow.
public struct AccessComparison: Sendable {
    let catalog: Catalog

    /// A comparison over the tables of a catalog.
    public init(catalog: Catalog) { self.catalog = catalog }

    /// Compares all roles of both, by name.
    public func compare(old: PolicyCatalog, new: PolicyCatalog) -> [RoleDiff] {
        []
    }
}
