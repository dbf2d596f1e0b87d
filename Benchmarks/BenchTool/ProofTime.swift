import Policies
import Proofs
import Tenancy

/// How long proofs of isolation take: each shipped role, all of them, and a document of the size that roles can grow to.
struct ProofTime {
    private let policies: PolicyCatalog
    private let prover: IsolationProver

    init(_ arguments: inout Arguments) throws {
        policies = try PolicyFolder.load(try arguments.next("folder"))
        let catalog = try arguments.next("catalog")
        prover = IsolationProver(
            catalog: try Catalog(parsing: try PolicyFolder.bytes(catalog), file: catalog))
    }

    func measure() throws {
        let roles = policies.roles.values.sorted { $0.definition.name < $1.definition.name }
        for role in roles { try measure("role:\(role.definition.name)") { prover.prove(role) } }
        let seconds =
            Stopwatch.nanoseconds(perRound: 1, rounds: 5) { for role in roles { _ = prover.prove(role) } }
            / 1e9
        print("shipped:seconds", seconds)
        let large = try PolicyDocument(parsing: Array(LargePolicy.text.utf8), file: "large.json")
        print("large:allows", LargePolicy.allows)
        print("large:denies", LargePolicy.denies)
        print("large:patterns", LargePolicy.patterns)
        try measure("large") { prover.prove(document: large) }
    }

    private func measure(_ name: String, _ prove: () -> RoleProof) throws {
        let proof = prove()
        guard case .proved = proof.verdict else {
            throw UsageError(text: "\(name) is not proved: \(proof.verdict)")
        }
        print("\(name):states", proof.states)
        print("\(name):questions", proof.questions)
        print("\(name):seconds", Stopwatch.nanoseconds(perRound: 1, rounds: 5) { _ = prove() } / 1e9)
    }
}
