import Base
import FoundationEssentials
import JSONText
import Testing

@testable import Policies

/// Policies of other people, and texts that are none: each is read or refused with a place, and never worse.
@Suite struct WildTests {
    private static func seeds() throws -> [String: [UInt8]] {
        var seeds = try TestFiles.readAll(TestFiles.package + "/Policies")
        if let shared = TestFiles.shared {
            for (path, bytes) in try TestFiles.readAll(shared + "/data/iam/wild") {
                seeds["wild/" + path] = bytes
            }
        }
        return seeds
    }

    @Test func documentsFoundInTheWildAreReadOrRefusedWithAPlace() throws {
        guard let shared = TestFiles.shared else { return }
        var read = 0
        for (path, bytes) in try TestFiles.readAll(shared + "/data/iam/wild") where path != "index.json" {
            let (document, problems) = PolicyDocument.review(bytes, file: path)
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(\.count)
            for problem in problems {
                let line = problem.position.line
                #expect(line <= lines.count && problem.position.column <= lines[line - 1] + 1, "\(problem)")
                #expect(!problem.remedy.isEmpty)
            }
            #expect(path.hasSuffix(".json") || !problems.isEmpty, "\(path) is broken and was read")
            if problems.isEmpty { read += 1 }
            guard let document else { continue }
            let policies = try CompiledPolicySet(role: "r", policies: [document])
            for action in PolicyAction.allCases {
                _ = policies.explain(try request(action, tags: ["s": "1"]))
            }
        }
        #expect(read >= 30, "only \(read) were read")
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func changedFilesNeverCrash(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let seeds = try WildTests.seeds().sorted { $0.key < $1.key }
        for _ in 0..<60 {
            guard var bytes = seeds.randomElement(using: &random)?.value, !bytes.isEmpty else { continue }
            for _ in 0...Int.random(in: 0..<6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1:
                    bytes.insert(contentsOf: "${*\":[{".utf8.shuffled(using: &random).prefix(2), at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + 3))
                default: bytes.append(contentsOf: bytes[place...].prefix(20))
                }
                if bytes.isEmpty { bytes = [0x7B] }
            }
            let (document, problems) = PolicyDocument.review(bytes, file: "f.json")
            #expect(document != nil || !problems.isEmpty)
            if let document { _ = try CompiledPolicySet(role: "r", policies: [document]).explain(request()) }
            var reader = PolicyReader(file: "f.json")
            #expect(reader.readRole(bytes, name: "teacher") != nil || !reader.problems.isEmpty)
            var caseReader = PolicyReader(file: "f.json")
            #expect(!caseReader.readCases(bytes).isEmpty || !caseReader.problems.isEmpty)
        }
    }

    @Test func manyStarsAreMatchedInLinearSteps() throws {
        let pattern = String(repeating: "a*", count: 2000)
        let policies = try allow(under: "{\"StringLike\": {\"dynamodb:LeadingKeys\": \"\(pattern)b\"}}")
        let asked = try request(.getItem, [("dynamodb:LeadingKeys", String(repeating: "a", count: 2048))])
        #expect(policies.decide(asked) == .implicitDeny(.role))
        #expect(
            problems(
                of:
                    "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"\(pattern)\(pattern)\"}}"
            )
                == ["p.json:1:62: the value has 8000 bytes, at most 4096 are allowed; shorten it"])
    }
}
