import Policies
import Testing

@testable import Proofs

/// Who may assume a role is access too.
@Suite struct AccessTrustTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let name: String
        let old: String
        let new: String
        var oldSeconds = 3600
        var newSeconds = 3600
        var gained: [String] = []
        var lost: [String] = []
        var testDescription: String { name }
    }

    private static let teacher = "{\"conditions\": {\"StringEquals\": {\"homeroom:role\": \"teacher\"}}}"

    private static func trust(_ head: String = "", _ conditions: String) -> String {
        "{\(head)\"conditions\": {\(conditions)}}"
    }

    static let pairs: [Pair] = [
        Pair(name: "the same", old: teacher, new: teacher),
        Pair(
            name: "the same in other words",
            old: trust("", "\"StringEquals\": {\"homeroom:role\": [\"teacher\", \"clerk\"]}"),
            new: trust("", "\"StringEquals\": {\"homeroom:ROLE\": [\"clerk\", \"teacher\"]}")),
        Pair(
            name: "an issuer is added",
            old: trust("\"issuer\": \"https://a.example\", ", "\"Null\": {\"homeroom:role\": false}"),
            new: trust(
                "\"issuer\": [\"https://a.example\", \"https://b.example\"], ",
                "\"Null\": {\"homeroom:role\": false}"),
            gained: ["tokens of issuer `https://b.example` are accepted"]),
        Pair(
            name: "an audience takes the place of the deployment's own", old: teacher,
            new: trust("\"audience\": \"other\", ", "\"StringEquals\": {\"homeroom:role\": \"teacher\"}"),
            gained: ["tokens made for audience `other` are accepted"],
            lost: ["tokens made for the deployment's own audience are accepted"]),
        Pair(
            name: "a condition is dropped",
            old: trust(
                "",
                "\"StringEquals\": {\"homeroom:role\": \"teacher\"}, \"Null\": {\"homeroom:school_id\": false}"
            ),
            new: teacher, gained: ["claims are enough that were not"]),
        Pair(
            name: "a condition is added", old: teacher,
            new: trust(
                "",
                "\"StringEquals\": {\"homeroom:role\": \"teacher\"}, \"IpAddress\": {\"aws:SourceIp\": \"10.0.0.0/8\"}"
            ),
            lost: ["claims are enough that were not"]),
        Pair(
            name: "another role", old: teacher,
            new: trust("", "\"StringLike\": {\"homeroom:role\": \"teach*\"}"),
            gained: ["claims are enough that were not"]),
        Pair(
            name: "longer sessions", old: teacher, new: teacher, newSeconds: 7200,
            gained: ["a session can last 7200 seconds in place of 3600"]),
        Pair(
            name: "shorter sessions", old: teacher, new: teacher, newSeconds: 900,
            lost: ["a session can last 3600 seconds in place of 900"]),
    ]

    @Test(arguments: pairs) func tellsWhoMayAssumeARole(_ pair: Pair) throws {
        let statement = "{\"Effect\": \"Allow\", \"Action\": \"dynamodb:ListTables\", \"Resource\": \"*\"}"
        let old = try ProofSamples.policies(
            role: "teacher", [statement], trust: pair.old, seconds: pair.oldSeconds)
        let new = try ProofSamples.policies(
            role: "teacher", [statement], trust: pair.new, seconds: pair.newSeconds)
        let diff = try #require(
            AccessComparison(catalog: try ProofSamples.catalog()).compare(old: old, new: new).first)
        #expect(Self.sentences(diff.trustGained) == pair.gained)
        #expect(Self.sentences(diff.trustLost) == pair.lost)
        #expect(diff.isWithoutGain == pair.gained.isEmpty)
    }

    private static func sentences(_ change: TrustChange) -> [String] {
        switch change {
        case .none: []
        case .some(let differences): differences.map(\.sentence)
        case .unknown(let reasons): reasons
        }
    }

    @Test func showsClaimsThatMakeTheDifference() throws {
        let statement = "{\"Effect\": \"Allow\", \"Action\": \"dynamodb:ListTables\", \"Resource\": \"*\"}"
        let old = try ProofSamples.policies(role: "teacher", [statement], trust: Self.teacher)
        let wide = Self.trust("", "\"StringEquals\": {\"homeroom:role\": [\"teacher\", \"clerk\"]}")
        let new = try ProofSamples.policies(role: "teacher", [statement], trust: wide)
        let diff = try #require(
            AccessComparison(catalog: try ProofSamples.catalog()).compare(old: old, new: new).first)
        guard case .some(let found) = diff.trustGained else {
            Issue.record("nothing was found")
            return
        }
        #expect(found[0].claims.map(\.name) == ["homeroom:role"])
        #expect(found[0].claims.map(\.values) == [["clerk"]])
    }

    @Test func rolesComeAndGo() throws {
        let statement = "{\"Effect\": \"Allow\", \"Action\": \"dynamodb:ListTables\", \"Resource\": \"*\"}"
        let old = try ProofSamples.policies(role: "teacher", [statement])
        let new = try ProofSamples.policies(role: "clerk", [statement])
        let diffs = AccessComparison(catalog: try ProofSamples.catalog()).compare(old: old, new: new)
        #expect(diffs.map(\.role) == ["clerk", "teacher"])
        #expect(diffs.map(\.presence) == [.added, .removed])
        #expect(diffs.map(\.isWithoutGain) == [false, true])
        #expect(Self.sentences(diffs[0].trustGained) == ["the role can be assumed at all"])
        #expect(AccessComparisonTests.actions(diffs[0].gained) == .known(["dynamodb:ListTables"]))
        #expect(AccessComparisonTests.actions(diffs[1].lost) == .known(["dynamodb:ListTables"]))
    }
}
