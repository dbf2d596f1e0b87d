import Base
import JSONText
import Policies
import Proofs
import Tenancy
import TestKit
import Testing

/// Documents found in the wild, each proved by itself.
@Suite struct WildProofTests {
    @Test(.enabled(if: SharedData.isPresent)) func everyDocumentHasAVerdict() throws {
        let prover = IsolationProver(catalog: try ProofFiles.catalog())
        for name in SharedData.names(in: "iam/wild") where name != "index.json" {
            let bytes = try #require(try SharedData.bytes(of: "iam/wild/" + name))
            guard let document = PolicyDocument.review(bytes, file: name).document else {
                print("WILD", name, "unreadable")
                continue
            }
            let proof = prover.prove(document: document)
            switch proof.verdict {
            case .proved: print("WILD", name, "proved", proof.assumptions.last ?? "")
            case .counterexample(let story):
                print(
                    "WILD", name, "broken", story.request.action.name, story.request.resource.text,
                    story.key.map { String(decoding: $0, as: UTF8.self) } ?? "-", story.owner)
            case .unproven(let reasons): print("WILD", name, "unproven", reasons)
            }
        }
    }
}
