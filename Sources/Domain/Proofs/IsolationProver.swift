import Policies
import Tenancy

/// Proves that a role's policies keep each session to its own tenant's keys, or finds the request that shows
/// they do not.
public struct IsolationProver: Sendable {
    let catalog: Catalog

    /// A prover for the tables of a catalog.
    public init(catalog: Catalog) { self.catalog = catalog }

    /// Proves a role of a catalog of policies: its policies, boundary and trust.
    public func prove(_ role: PolicyCatalog.Role) -> RoleProof {
        RoleProof(
            role: role.definition.name, verdict: .unproven(reasons: ["nothing was tried"]), assumptions: [],
            questions: 0, states: 0)
    }

    /// Proves one document by itself, whoever assumes it. Tables that the catalog does not know are taken to be owned by the
    /// session's variable that the document compares their keys with; the assumptions say so.
    public func prove(document: PolicyDocument) -> RoleProof {
        RoleProof(
            role: document.file, verdict: .unproven(reasons: ["nothing was tried"]), assumptions: [],
            questions: 0, states: 0)
    }
}
