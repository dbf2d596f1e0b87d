import Policies
import Proofs
import Tenancy
import Testing

/// A large document is proved, or broken, within the caps.
@Suite struct SpeedTests {
    @Test(arguments: [true, false]) func aLargeDocumentHasAVerdict(isIsolated: Bool) throws {
        let document = try PolicyDocument(
            parsing: Array(LargeDocument.text(isIsolated: isIsolated).utf8), file: "large.json")
        let set = try CompiledPolicySet(role: "large", policies: [document])
        let resources = ProofResource.resources(of: try ProofFiles.catalog())
        let proof = IsolationProver.prove(policies: set, resources: resources, session: .tokens)
        switch proof.verdict {
        case .proved: #expect(isIsolated)
        case .counterexample(let story): #expect(!isIsolated && story.key != nil)
        case .unproven(let reasons): Issue.record("\(reasons)")
        }
    }
}
