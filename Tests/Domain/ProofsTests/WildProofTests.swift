import Base
import JSONText
import Policies
import Proofs
import Tenancy
import TestKit
import Testing

/// Documents found in the wild, each proved by itself.
@Suite struct WildProofTests {
    /// Whether a tenant can reach another's items, by the reading of a person; by file.
    private static func readings() throws -> [String: String] {
        let bytes = try #require(try SharedData.bytes(of: "iam/wild/index.json"))
        guard case .object(let members) = try JSONText(parsing: bytes).root.value,
            case .array(let policies) = members.first(where: { $0.name == "policies" })?.node.value
        else { return [:] }
        var readings: [String: String] = [:]
        for policy in policies {
            guard case .object(let members) = policy.value else { continue }
            func text(_ name: String) -> String? {
                guard case .string(let text) = members.first(where: { $0.name == name })?.node.value else {
                    return nil
                }
                return text
            }
            if let file = text("file") { readings[file] = text("tenant_can_reach_another") }
        }
        return readings
    }

    @Test(.enabled(if: SharedData.isPresent)) func whatPeopleReadIsWhatIsProved() throws {
        let prover = IsolationProver(catalog: try ProofFiles.catalog())
        var compared = 0
        for (name, reading) in try WildProofTests.readings() {
            let bytes = try #require(try SharedData.bytes(of: "iam/wild/" + name))
            let (document, problems) = PolicyDocument.review(bytes, file: name)
            guard let document else { continue }
            // What could be read of a faulty document has a verdict too, but no person's reading to compare with.
            let proof = prover.prove(document: document)
            guard problems.isEmpty else { continue }
            switch (proof.verdict, reading) {
            case (.proved, "no"), (.counterexample, "yes"): compared += 1
            case (.proved, "yes") where proof.assumptions.contains { $0.contains("matches nothing") }: break
            case (_, "conditional"), (.proved, "not-applicable"), (.counterexample, "not-applicable"): break
            default: Issue.record("\(name): \(proof.verdict), read as \(reading)")
            }
            #expect(!proof.assumptions.isEmpty)
        }
        #expect(compared >= 15, "only \(compared) were compared")
    }
}
