import Policies
import Synchronization

/// The policies in force: an immutable catalog that is replaced whole, for sessions that exist as well as for
/// new ones.
public final class ActivePolicies: Sendable {
    private let current: Mutex<PolicyCatalog>
    private let count = Atomic<Int>(1)

    /// These policies are in force.
    public init(_ catalog: PolicyCatalog) { current = Mutex(catalog) }

    /// The policies in force.
    public var catalog: PolicyCatalog { current.withLock { $0 } }

    /// Puts other policies in force: for every request that is decided after this returns.
    public func replace(by catalog: PolicyCatalog) {
        current.withLock { $0 = catalog }
        count.wrappingAdd(1, ordering: .releasing)
    }

    /// Another number after each replacement, from 1: who keeps something made of a catalog looks here
    /// whether it still counts.
    var generation: Int { count.load(ordering: .acquiring) }

    /// The policies in force of a session: its role's, narrowed where the session is; nil where there is no such role, or where
    /// they cannot be put together.
    func policies(of session: GatewaySession) -> RolePolicies? {
        // Read before the catalog: what is made of a newer catalog under an older number is made once more.
        let generation = generation
        let catalog = catalog
        guard let role = catalog.roles[session.role] else { return nil }
        guard let narrowing = session.narrowing else { return RolePolicies(role.policies) }
        return narrowing.policies(over: role.policies, in: catalog, generation: generation)
    }
}

/// The policies of one role, in a class: asking them copies nothing.
final class RolePolicies: Sendable {
    let compiled: CompiledPolicySet

    init(_ compiled: CompiledPolicySet) { self.compiled = compiled }

    /// Decides a question. It is handed in to be changed, though it is not: so it is lent, not copied.
    func decide(_ request: inout DecisionRequest) -> Decision { compiled.decide(request) }
}
