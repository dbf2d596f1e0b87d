import Policies
import Proofs
import Tenancy
import Testing

/// The roles that ship.
@Suite struct ShippedProofTests {
    static let roles = [
        "district-admin", "operator", "parent", "school-admin", "service", "student", "teacher",
    ]

    @Test(arguments: roles) func everyShippedRoleIsProved(role: String) throws {
        let catalog = try PolicyCatalog.load(files: ProofFiles.policies())
        let prover = IsolationProver(catalog: try ProofFiles.catalog())
        let made = prover.prove(try #require(catalog.roles[role]))
        guard case .proved = made.verdict else {
            Issue.record("\(role): \(made.verdict)")
            return
        }
        #expect(!made.assumptions.isEmpty)
    }
}
