import Base

/// Which change of a tenant's state is allowed from where: the one table that everybody goes by who changes a state.
///
/// INVARIANT (one table): a `TenantRecord`'s state is changed by `TenantRecord.enter(_:)` alone, which asks this table. The
/// only other way out of a state is that an onboarding that is taken back removes the record.
public enum TenantLife {
    /// A change that is allowed.
    public struct Change: Hashable, Sendable {
        /// The state that is left.
        public let from: TenantStateName
        /// The state that is entered.
        public let to: TenantStateName
        /// What brings it about, for people.
        public let means: String
    }

    /// All changes that are allowed. Whatever is not here is refused.
    public static let changes: [Change] = [
        Change(from: .onboarding, to: .active, means: "the onboarding run ends"),
        Change(from: .active, to: .suspended, means: "suspend"),
        Change(from: .active, to: .offboarding, means: "offboard"),
        Change(from: .suspended, to: .suspended, means: "suspend with another reason or mode"),
        Change(from: .suspended, to: .active, means: "resume"),
        Change(from: .suspended, to: .offboarding, means: "offboard"),
        Change(from: .offboarding, to: .offboarding, means: "another end of the grace period"),
        Change(from: .offboarding, to: .active, means: "the offboarding is taken back"),
        Change(
            from: .offboarding, to: .suspended, means: "the offboarding of a suspended tenant is taken back"),
        Change(from: .offboarding, to: .gone, means: "the offboarding run ends"),
    ]

    /// Whether a tenant may go from one state into the other.
    public static func allows(_ from: TenantStateName, to: TenantStateName) -> Bool {
        changes.contains { $0.from == from && $0.to == to }
    }

    /// The states that can be entered from this one, in the table's order.
    public static func ways(from state: TenantStateName) -> [TenantStateName] {
        changes.filter { $0.from == state }.map(\.to)
    }
}

/// A change of state that the table does not have.
public struct TenantLifeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The tenant.
    public let tenant: TenantID
    /// The state it is in.
    public let from: TenantStateName
    /// The state it cannot enter from there.
    public let to: TenantStateName

    /// A refused change.
    public init(tenant: TenantID, from: TenantStateName, to: TenantStateName) {
        self.tenant = tenant
        self.from = from
        self.to = to
    }

    /// What is refused, and what can be done instead.
    public var description: String {
        let ways = TenantLife.ways(from: from).map { "`\($0.rawValue)`" }
        let remedy =
            ways.isEmpty ? "it stays so" : "from there it can become \(ways.joined(separator: ", "))"
        return "tenant `\(tenant)` is `\(from.rawValue)` and cannot become `\(to.rawValue)`; \(remedy)"
    }
}

extension TenantRecord {
    /// Goes into another state, where the table allows it. The very state it is in already it may always enter: that
    /// changes nothing, so that what is done twice is done once.
    /// - Throws: `TenantLifeError`, the record as it was.
    public mutating func enter(_ state: TenantState) throws(TenantLifeError) {
        guard state != self.state else { return }
        guard TenantLife.allows(self.state.name, to: state.name) else {
            throw TenantLifeError(tenant: id, from: self.state.name, to: state.name)
        }
        self.state = state
    }
}
