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

    private enum Verdict: String {
        case proved, counterexample, unproven, unread
    }

    private static func verdict(of name: String) throws -> Verdict {
        let bytes = try #require(try SharedData.bytes(of: "iam/wild/" + name))
        let prover = IsolationProver(catalog: try ProofFiles.catalog())
        let reading: PolicyReading
        do throws(PolicyProblems) {
            reading = try PolicyDocument.readPartly(bytes, file: name)
        } catch {
            let problem = try #require(error.problems.first)
            #expect(problem.file == name && problem.position.line > 0)
            return .unread
        }
        let proof = prover.prove(reading)
        switch proof.verdict {
        case .proved:
            #expect(!proof.assumptions.isEmpty, "\(name)")
            return .proved
        case .counterexample(let story):
            #expect(story.explanation.decision.isAllowed, "\(name)")
            return .counterexample
        case .unproven(let reasons):
            #expect(!reasons.isEmpty && reasons.allSatisfy { $0.hasPrefix("line ") }, "\(name): \(reasons)")
            return .unproven
        }
    }

    @Test(.enabled(if: SharedData.isPresent)) func everyDocumentHasTheVerdictThatWasReadOver() throws {
        let expected: [Verdict: Set<String>] = [
            .proved: WildVerdicts.proved, .counterexample: WildVerdicts.counterexample,
            .unproven: WildVerdicts.unproven, .unread: WildVerdicts.unread,
        ]
        var made: [Verdict: Set<String>] = [:]
        for name in try WildProofTests.readings().keys {
            made[try WildProofTests.verdict(of: name), default: []].insert(name)
        }
        for (verdict, names) in expected { #expect(made[verdict] == names, "\(verdict)") }
    }

    /// No proof where a person saw a way, and no way where a person saw none; what is not about tenants is not compared.
    @Test(.enabled(if: SharedData.isPresent)) func noVerdictSaysTheOppositeOfAPerson() throws {
        var agreed = 0
        for (name, reading) in try WildProofTests.readings() {
            switch reading {
            case "yes":
                #expect(!WildVerdicts.proved.contains(name), "\(name)")
                if WildVerdicts.counterexample.contains(name) { agreed += 1 }
            case "no":
                #expect(!WildVerdicts.counterexample.contains(name), "\(name)")
                if WildVerdicts.proved.contains(name) { agreed += 1 }
            default: continue
            }
        }
        #expect(agreed >= 30, "only \(agreed) agree")
    }
}
