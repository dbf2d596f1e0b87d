import Base
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
        let session = SessionModel.tokens
        let opening = role.definition.trust.conditionsOnTags
        var assumptions =
            session.assumptions + ["Whose keys are whose is what the catalog `\(catalog.name)` says."]
        var proof = IsolationProof(
            policies: role.policies, resources: ProofResource.resources(of: catalog), session: session,
            opening: opening)
        if !proof.canBeOpened() {
            assumptions = [
                "A token always has the claims tenant_id, school_id, role and tier; the trust of the role admits"
                    + " none that has them, so no tenant's session has this role."
            ]
            return RoleProof(
                role: role.definition.name, verdict: .proved, assumptions: assumptions, questions: 1,
                states: proof.states)
        }
        let verdict = proof.verdict()
        return RoleProof(
            role: role.definition.name, verdict: verdict, assumptions: assumptions,
            questions: proof.questions, states: proof.states)
    }

    /// Proves one document by itself, whoever assumes it. Tables that the catalog does not know are taken to be owned by the
    /// session's variable that the document compares their keys with; the assumptions say so.
    public func prove(document: PolicyDocument) -> RoleProof {
        let reading = DocumentReading(document, catalog: ProofResource.resources(of: catalog))
        let session = reading.session
        let set: CompiledPolicySet
        do throws(PolicyProblems) {
            set = try CompiledPolicySet(role: document.file, policies: [document])
        } catch {
            let reasons = error.problems.prefix(Limits.proofReasonsMax).map(\.message)
            return RoleProof(
                role: document.file, verdict: .unproven(reasons: reasons), assumptions: [], questions: 0,
                states: 0)
        }
        guard !reading.resources.isEmpty else {
            return RoleProof(
                role: document.file, verdict: .proved,
                assumptions: ["The document allows nothing that reaches items of a table."]
                    + reading.assumptions, questions: 0, states: 0)
        }
        var proof = IsolationProof(policies: set, resources: reading.resources, session: session)
        proof.ownTexts = reading.ownTexts
        proof.areNamedTablesOwn = true
        let verdict = proof.verdict()
        return RoleProof(
            role: document.file, verdict: verdict, assumptions: session.assumptions,
            questions: proof.questions, states: proof.states)
    }
}
