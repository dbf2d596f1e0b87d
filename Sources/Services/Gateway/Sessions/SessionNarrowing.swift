import Policies
import Synchronization

/// The policies that a session was handed when it was made: it may do what its role may and they allow too.
///
/// Source: AWS STS API, AssumeRoleWithWebIdentity, `Policy` and `PolicyArns`; IAM User Guide, "Session policies".
public final class SessionNarrowing: Sendable {
    /// The policy that stood in the request, if one did.
    public let inline: PolicyDocument?
    /// The deployment's own policy documents that the request named, by their file names, such as `read.json`. They count as
    /// they are at the time of each decision.
    public let documentNames: [String]

    private struct Made {
        var generation = 0
        /// Connections keep it; a session that nobody uses costs nothing.
        weak var policies: RolePolicies?
    }
    private let made = Mutex(Made())

    /// These policies.
    public init(inline: PolicyDocument?, documentNames: [String]) {
        self.inline = inline
        self.documentNames = documentNames
    }

    /// The documents as a catalog has them; nil where one that was named is not there (any more).
    public func documents(of catalog: PolicyCatalog) -> [PolicyDocument]? {
        var found = inline.map { [$0] } ?? []
        for name in documentNames {
            guard let document = catalog.documents[name] else { return nil }
            found.append(document)
        }
        return found
    }

    /// The role's policies with these on top, made once for each catalog and shared by the session's connections.
    func policies(over role: CompiledPolicySet, in catalog: PolicyCatalog, generation: Int) -> RolePolicies? {
        made.withLock { made in
            if made.generation == generation, let known = made.policies { return known }
            let policies = narrowed(role, catalog).map { RolePolicies($0) }
            made.generation = generation
            made.policies = policies
            return policies
        }
    }

    /// INVARIANT (narrow stays narrow): a document that is gone may have held a Deny, so without it nothing is allowed at all.
    private func narrowed(_ role: CompiledPolicySet, _ catalog: PolicyCatalog) -> CompiledPolicySet? {
        do throws(PolicyProblems) {
            return try role.narrowed(by: documents(of: catalog) ?? [])
        } catch {
            return nil
        }
    }
}
