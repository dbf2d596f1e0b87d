import FoundationEssentials
import TestKit
import Testing

@testable import PolicyLint

/// Policies of other people: something true is said about each of them, at a place that exists.
@Suite struct WildTests {
    static let names = SharedData.names(in: "iam/wild").filter { $0 != "index.json" }

    @Test(.enabled(if: SharedData.isPresent)) func allOfThemAreExpected() {
        #expect(WildTests.names.count >= 99)
        #expect(Set(WildTests.names) == Set(WildExpectations.ids.keys))
    }

    @Test(arguments: names) func saysWhatIsExpected(name: String) throws {
        guard let bytes = try SharedData.bytes(of: "iam/wild/" + name) else { return }
        let found = PolicyLinter(catalog: nil).lint(document: bytes, file: name)
        if ProcessInfo.processInfo.environment["HOMEROOM_SHOW_WILD"] != nil {
            for finding in found { print("WILD \(finding.line)") }
            let counts = Dictionary(grouping: found, by: \.check.id).mapValues(\.count)
                .sorted { $0.key < $1.key }.map { $0.value == 1 ? $0.key : "\($0.key)*\($0.value)" }
            print("GOLD \(name) \(counts.joined(separator: " "))")
        }
        #expect(
            WildTests.ids(found) == WildExpectations.ids[name], "\(found.map(\.line).joined(separator: "\n"))"
        )
        try Places.check(found, in: bytes)
        let fixed = PolicyLinter(catalog: nil).fixed(document: bytes, file: name)
        #expect(PolicyLinter(catalog: nil).fixed(document: fixed, file: name) == fixed)
    }

    /// The ids of findings with how often each was found: `other-service*2 sid-missing`.
    static func ids(_ findings: [LintFinding]) -> String {
        Dictionary(grouping: findings, by: \.check.id).mapValues(\.count).sorted { $0.key < $1.key }
            .map { $0.value == 1 ? $0.key : "\($0.key)*\($0.value)" }.joined(separator: " ")
    }
}
