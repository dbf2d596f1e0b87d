import Base
import Policies
import Tenancy
import Testing

@testable import Proofs

@Suite struct AccessComparisonTests {
    /// Two sets of statements of one role, and what the second gains and loses.
    struct Pair: Sendable, CustomTestStringConvertible {
        let name: String
        let old: [String]
        let new: [String]
        var gained: [String] = []
        var lost: [String] = []
        var oldBoundary: [String]?
        var newBoundary: [String]?
        var testDescription: String { name }
    }

    private static let student = "arn:aws:dynamodb:*:*:table/student-table"
    private static let school = "arn:aws:dynamodb:*:*:table/school-table"

    /// An Allow of one school's keys.
    private static func own(
        _ actions: String, key: String = "TENANT#${aws:PrincipalTag/school_id}#*", resource: String = student,
        more: String = ""
    ) -> String {
        """
        {"Effect": "Allow", "Action": [\(actions)], "Resource": "\(resource)", "Condition": {
          "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "\(key)"},
          "Null": {"dynamodb:LeadingKeys": "false"}\(more)}}
        """
    }

    private static func allow(_ actions: String, _ resource: String = "*", _ condition: String = "") -> String
    {
        statement("Allow", actions, resource, condition)
    }

    private static func deny(_ actions: String, _ resource: String = "*", _ condition: String = "") -> String
    {
        statement("Deny", actions, resource, condition)
    }

    private static func statement(
        _ effect: String, _ actions: String, _ resource: String, _ condition: String
    ) -> String {
        let block = condition.isEmpty ? "" : ", \"Condition\": {\(condition)}"
        return "{\"Effect\": \"\(effect)\", \"Action\": [\(actions)], \"Resource\": \"\(resource)\"\(block)}"
    }

    /// An Allow by NotAction of nothing but these.
    private static func onlyByNegation(_ names: [String]) -> String {
        let others = PolicyAction.allCases.map(\.name).filter { !names.contains($0) }
        let list = others.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"Effect\": \"Allow\", \"NotAction\": [\(list)], \"Resource\": \"*\"}"
    }

    private static let get = "\"dynamodb:GetItem\""
    private static let put = "\"dynamodb:PutItem\""
    private static let query = "\"dynamodb:Query\""

    static let changes: [Pair] = [
        Pair(
            name: "an action is added", old: [own(get)], new: [own(get + "," + put)],
            gained: ["dynamodb:PutItem"]),
        Pair(
            name: "an action is removed", old: [own(get + "," + put)], new: [own(get)],
            lost: ["dynamodb:PutItem"]),
        Pair(
            name: "a Deny is removed", old: [allow(get, student), deny(get, student)],
            new: [allow(get, student)],
            gained: ["dynamodb:GetItem"]),
        Pair(
            name: "a Deny is added", old: [allow(get, student)],
            new: [allow(get, student), deny(get, "*", "\"Bool\": {\"aws:SecureTransport\": \"false\"}")],
            lost: ["dynamodb:GetItem"]),
        Pair(
            name: "a condition is dropped", old: [own(get)], new: [allow(get, student)],
            gained: ["dynamodb:GetItem"]),
        Pair(
            name: "a condition is loosened",
            old: [own(get, more: ", \"IpAddress\": {\"aws:SourceIp\": \"10.0.0.0/24\"}")],
            new: [own(get, more: ", \"IpAddress\": {\"aws:SourceIp\": \"10.0.0.0/16\"}")],
            gained: ["dynamodb:GetItem"]),
        Pair(
            name: "a condition is tightened", old: [own(get)],
            new: [own(get, more: ", \"NumericLessThan\": {\"aws:MultiFactorAuthAge\": \"300\"}")],
            lost: ["dynamodb:GetItem"]),
        Pair(
            name: "the delimiter is dropped", old: [own(get)],
            new: [own(get, key: "TENANT#${aws:PrincipalTag/school_id}*")], gained: ["dynamodb:GetItem"]),
        Pair(
            name: "a resource is widened by a wildcard", old: [own(query)],
            new: [own(query, resource: "arn:aws:dynamodb:*:*:table/student-*")], gained: ["dynamodb:Query"]),
        Pair(
            name: "indexes come along", old: [own(get + "," + query)],
            new: [own(get + "," + query), own(get + "," + query, resource: student + "/index/*")],
            gained: ["dynamodb:Query"]),
        Pair(
            name: "the boundary is removed", old: [allow(get + "," + put, student)],
            new: [allow(get + "," + put, student)], gained: ["dynamodb:PutItem"], oldBoundary: [allow(get)]),
        Pair(
            name: "a boundary is added", old: [allow(get + "," + put, student)],
            new: [allow(get + "," + put, student)], lost: ["dynamodb:PutItem"], newBoundary: [allow(get)]),
        Pair(
            name: "a tag gets a default", old: [own(get)],
            new: [own(get, key: "TENANT#${aws:PrincipalTag/school_id, 'none'}#*")],
            gained: ["dynamodb:GetItem"]),
        Pair(
            name: "Null is dropped from a batch", old: [own("\"dynamodb:Scan\"")],
            new: [
                allow(
                    "\"dynamodb:Scan\"", student,
                    "\"ForAllValues:StringLike\": {\"dynamodb:LeadingKeys\": \"TENANT#${aws:PrincipalTag/school_id}#*\"}"
                )
            ], gained: ["dynamodb:Scan"]),
        Pair(
            name: "every value becomes any value",
            old: [own("\"dynamodb:BatchGetItem\"")],
            new: [
                allow(
                    "\"dynamodb:BatchGetItem\"", student,
                    "\"ForAnyValue:StringLike\": {\"dynamodb:LeadingKeys\": \"TENANT#${aws:PrincipalTag/school_id}#*\"}"
                )
            ], gained: ["dynamodb:BatchGetItem"]),
        Pair(
            name: "another tag", old: [own(get)],
            new: [own(get, key: "TENANT#${aws:PrincipalTag/tenant_id}#*")],
            gained: ["dynamodb:GetItem"], lost: ["dynamodb:GetItem"]),
        Pair(
            name: "a resource with a variable", old: [own(query)],
            new: [
                own(query), own(query, resource: "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/tenant_id}"),
            ],
            gained: ["dynamodb:Query"]),
        Pair(
            name: "NotAction", old: [allow("\"dynamodb:ListTables\"")],
            new: [
                allow("\"dynamodb:ListTables\""),
                onlyByNegation(["dynamodb:DescribeEndpoints", "dynamodb:DescribeLimits"]),
            ], gained: ["dynamodb:DescribeEndpoints", "dynamodb:DescribeLimits"]),
        Pair(
            name: "a broken condition on a tag goes",
            old: [
                allow(get, student, "\"NumericLessThan\": {\"aws:PrincipalTag/level\": \"5\"}"),
                allow(get, student),
            ], new: [allow(get, student)], gained: ["dynamodb:GetItem"]),
    ]

    @Test(arguments: changes) func findsWhatIsGainedAndLost(_ pair: Pair) throws {
        let diff = try Self.compare(pair)
        #expect(Self.actions(diff.gained) == .known(Set(pair.gained)))
        #expect(Self.actions(diff.lost) == .known(Set(pair.lost)))
        for change in [diff.gained, diff.lost] {
            guard case .some(let differences) = change else { continue }
            for difference in differences {
                #expect(difference.allowed.decision.isAllowed)
                #expect(difference.denied.map { !$0.decision.isAllowed } ?? true)
            }
        }
    }

    static let refactorings: [Pair] = [
        Pair(name: "statements in another order", old: [own(get), own(put)], new: [own(put), own(get)]),
        Pair(name: "statements merged", old: [own(get), own(put)], new: [own(get + "," + put)]),
        Pair(name: "a statement split", old: [own(get + "," + put)], new: [own(put), own(get)]),
        Pair(
            name: "a wildcard in place of a list",
            old: [own("\"dynamodb:GetItem\", \"dynamodb:GetRecords\"")],
            new: [own("\"dynamodb:GetI*\", \"dynamodb:GetRec*\"")]),
        Pair(
            name: "conditions in another order",
            old: [own(get, more: ", \"Bool\": {\"aws:SecureTransport\": \"true\"}")],
            new: [
                allow(
                    get, student,
                    """
                    "Bool": {"aws:SecureTransport": true}, "Null": {"dynamodb:LeadingKeys": false},
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/school_id}#*"]}
                    """)
            ]),
        Pair(
            name: "a Deny said twice", old: [allow(get), deny(get, student)],
            new: [allow(get), deny(get, student), deny("\"dynamodb:*\"", student)]),
        Pair(
            name: "two halves in place of the whole", old: [allow(get, student)],
            new: [
                allow(get, student, "\"Bool\": {\"aws:SecureTransport\": \"true\"}"),
                allow(get, student, "\"Bool\": {\"aws:SecureTransport\": \"false\"}"),
                allow(get, student, "\"Null\": {\"aws:SecureTransport\": \"true\"}"),
            ]),
        Pair(
            name: "a Deny in place of a condition", old: [own(get)],
            new: [
                allow(get, student),
                deny(
                    get, "*",
                    "\"ForAnyValue:StringNotLike\": {\"dynamodb:LeadingKeys\": \"TENANT#${aws:PrincipalTag/school_id}#*\"}"
                ),
            ]),
        Pair(
            name: "one key, so any is every", old: [own(get)],
            new: [
                allow(
                    get, student,
                    "\"StringLike\": {\"dynamodb:LeadingKeys\": \"TENANT#${aws:PrincipalTag/school_id}#*\"}")
            ]),
        Pair(
            name: "a boundary that allows everything", old: [own(get)], new: [own(get)],
            newBoundary: [allow("\"*\"")]),
        Pair(
            name: "an index that the action does not take", old: [own(get)],
            new: [own(get), allow(get, student + "/index/*")]),
        Pair(
            name: "a pattern within another", old: [own(get), allow(get, student + "-*")],
            new: [
                own(get), allow(get, student + "-*"),
                own(get, key: "TENANT#${aws:PrincipalTag/school_id}#STUDENT#?*"),
            ]),
    ]

    @Test(arguments: refactorings) func provesThatNothingChanged(_ pair: Pair) throws {
        let diff = try Self.compare(pair)
        #expect(Self.actions(diff.gained) == .known([]))
        #expect(Self.actions(diff.lost) == .known([]))
        #expect(diff.isUnchanged)
    }

    enum Actions: Equatable {
        case known(Set<String>)
        case unknown([String])
    }

    static func actions(_ change: AccessChange) -> Actions {
        switch change {
        case .none: .known([])
        case .some(let differences): .known(Set(differences.map(\.request.action.name)))
        case .unknown(let reasons): .unknown(reasons)
        }
    }

    static func compare(_ pair: Pair) throws -> RoleDiff {
        let old = try ProofSamples.policies(role: "teacher", pair.old, boundary: pair.oldBoundary)
        let new = try ProofSamples.policies(role: "teacher", pair.new, boundary: pair.newBoundary)
        let diffs = AccessComparison(catalog: try ProofSamples.catalog()).compare(old: old, new: new)
        return try #require(diffs.first)
    }
}
