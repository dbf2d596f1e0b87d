import Base
import Testing

@testable import Policies

/// Each row: operator, key, values, the key's values in the request, whether an Allow under it holds.
typealias OperatorRow = (name: String, key: String, values: String, found: [String], holds: Bool)

@Suite struct OperatorTests {
    static let select = "dynamodb:Select"
    static let rows: [OperatorRow] = [
        ("StringEquals", select, "\"a\"", ["a"], true), ("StringEquals", select, "\"a\"", ["A"], false),
        ("StringEquals", select, "[\"b\", \"a\"]", ["a"], true),
        ("StringEquals", select, "\"a*\"", ["ab"], false),
        ("StringEquals", select, "\"a*\"", ["a*"], true), ("StringEquals", select, "\"a\"", [], false),
        ("StringEquals", select, "[]", ["a"], false), ("StringNotEquals", select, "[]", ["a"], true),
        ("StringEquals", "DYNAMODB:select", "\"a\"", ["a"], true),
        ("StringNotEquals", select, "\"a\"", ["b"], true), ("StringNotEquals", select, "\"a\"", ["a"], false),
        ("StringNotEquals", select, "[\"a\", \"b\"]", ["b"], false),
        ("StringNotEquals", select, "\"a\"", [], true),
        ("StringEqualsIgnoreCase", select, "\"aB\"", ["Ab"], true),
        ("StringEqualsIgnoreCase", select, "\"aB\"", ["Abc"], false),
        ("StringEqualsIgnoreCase", select, "\"École\"", ["éCOLE"], true),
        ("StringEqualsIgnoreCase", select, "\"École\"", ["école "], false),
        ("StringNotEqualsIgnoreCase", select, "\"aB\"", ["Ab"], false),
        ("StringNotEqualsIgnoreCase", select, "\"aB\"", ["ac"], true),
        ("StringLike", select, "\"a*\"", ["abc"], true), ("StringLike", select, "\"a*\"", ["ba"], false),
        ("StringLike", select, "\"a?c\"", ["aéc"], true), ("StringLike", select, "\"a?c\"", ["ac"], false),
        ("StringLike", select, "\"a?c\"", ["abbc"], false),
        ("StringLike", select, "\"*b*d\"", ["abcbcd"], true),
        ("StringLike", select, "\"*b*d\"", ["abcbc"], false), ("StringLike", select, "\"\"", [""], true),
        ("StringLike", select, "\"?\"", [""], false), ("StringLike", select, "\"*\"", [""], true),
        ("StringNotLike", select, "\"a*\"", ["abc"], false), ("StringNotLike", select, "\"a*\"", ["b"], true),
        ("NumericEquals", "aws:MultiFactorAuthAge", "5", ["5.0"], true),
        ("NumericEquals", "aws:MultiFactorAuthAge", "\"5\"", ["6"], false),
        ("NumericNotEquals", "aws:MultiFactorAuthAge", "5", ["6"], true),
        ("NumericNotEquals", "aws:MultiFactorAuthAge", "[5, 6]", ["6"], false),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "5", ["4.9"], true),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "5", ["5"], false),
        ("NumericLessThanEquals", "aws:MultiFactorAuthAge", "5", ["5"], true),
        ("NumericLessThanEquals", "aws:MultiFactorAuthAge", "5", ["5.1"], false),
        ("NumericGreaterThan", "aws:MultiFactorAuthAge", "-5", ["-4"], true),
        ("NumericGreaterThan", "aws:MultiFactorAuthAge", "-5", ["-5"], false),
        ("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "5", ["5"], true),
        ("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "5", ["4"], false),
        ("DateEquals", "aws:TokenIssueTime", "\"2026-01-31\"", ["2026-01-31T00:00Z"], true),
        ("DateEquals", "aws:TokenIssueTime", "\"2026-01-31\"", ["2026-01-31T00:01Z"], false),
        ("DateNotEquals", "aws:TokenIssueTime", "\"2026-01-31\"", ["2026-01-31T00:01Z"], true),
        ("DateNotEquals", "aws:TokenIssueTime", "\"2026-01-31\"", ["2026-01-31"], false),
        ("DateLessThan", "aws:TokenIssueTime", "\"2026-01-31\"", ["2026-01-30"], true),
        ("DateLessThan", "aws:TokenIssueTime", "\"2026-01-31\"", ["2026-01-31"], false),
        ("DateLessThanEquals", "aws:TokenIssueTime", "1000", ["1000"], true),
        ("DateLessThanEquals", "aws:TokenIssueTime", "1000", ["1001"], false),
        ("DateGreaterThan", "aws:TokenIssueTime", "1000", ["1001"], true),
        ("DateGreaterThan", "aws:TokenIssueTime", "1000", ["1000"], false),
        ("DateGreaterThanEquals", "aws:TokenIssueTime", "1000", ["1000"], true),
        ("DateGreaterThanEquals", "aws:TokenIssueTime", "1000", ["999"], false),
        ("Bool", "aws:SecureTransport", "true", ["True"], true),
        ("Bool", "aws:SecureTransport", "true", ["false"], false),
        ("Bool", "aws:SecureTransport", "\"false\"", ["false"], true),
        ("Bool", "aws:SecureTransport", "true", [], false),
        ("BinaryEquals", select, "\"QUI=\"", ["QUI="], true),
        ("BinaryEquals", select, "\"QUI=\"", ["qui="], false),
        ("IpAddress", "aws:SourceIp", "\"203.0.113.0/24\"", ["203.0.113.9"], true),
        ("IpAddress", "aws:SourceIp", "\"203.0.113.0/24\"", ["203.0.114.9"], false),
        ("NotIpAddress", "aws:SourceIp", "\"203.0.113.0/24\"", ["203.0.114.9"], true),
        ("NotIpAddress", "aws:SourceIp", "[\"203.0.113.0/24\", \"::1\"]", ["::1"], false),
        ("ArnEquals", "aws:SourceArn", "\"arn:aws:s3:::a*\"", ["arn:aws:s3:::ab:c"], true),
        ("ArnLike", "aws:SourceArn", "\"arn:aws:*:::a\"", ["arn:aws:s3:::a"], true),
        ("ArnLike", "aws:SourceArn", "\"arn:aws:*:a\"", ["arn:aws:s3:::a"], false),
        ("ArnLike", "aws:SourceArn", "\"arn:*:a\"", ["arn:aws:s3:::a"], false),
        ("ArnLike", "aws:SourceArn", "\"*\"", ["arn:aws:s3:::a"], true),
        ("ArnEquals", "aws:SourceArn", "\"arn:aws:s3:::a\"", ["a"], false),
        ("ArnNotEquals", "aws:SourceArn", "\"arn:aws:s3:::a\"", ["arn:aws:s3:::b"], true),
        ("ArnNotLike", "aws:SourceArn", "\"arn:aws:s3:::*\"", ["arn:aws:s3:::b"], false),
        ("ArnNotLike", "aws:SourceArn", "\"arn:aws:s3:::*\"", [], true),
        ("Null", select, "true", [], true), ("Null", select, "true", ["a"], false),
        ("Null", select, "\"false\"", ["a"], true), ("Null", select, "false", [], false),
        ("Null", select, "[true, false]", [], true),
    ]

    static let setRows: [OperatorRow] = {
        let keys = "dynamodb:LeadingKeys"
        return [
            ("StringEqualsIfExists", select, "\"a\"", [], true),
            ("StringEqualsIfExists", select, "\"a\"", ["b"], false),
            ("StringNotEqualsIfExists", select, "\"a\"", ["a"], false),
            ("IpAddressIfExists", "aws:SourceIp", "\"::1\"", [], true),
            ("ForAllValues:StringEquals", keys, "[\"a\", \"b\"]", ["a", "b"], true),
            ("ForAllValues:StringEquals", keys, "\"a\"", ["a", "b"], false),
            ("ForAllValues:StringEquals", keys, "\"a\"", [], true),
            ("ForAllValues:StringNotEquals", keys, "\"a\"", ["b", "c"], true),
            ("ForAllValues:StringNotEquals", keys, "\"a\"", ["b", "a"], false),
            ("ForAllValues:StringNotEquals", keys, "\"a\"", [], true),
            ("ForAnyValue:StringEquals", keys, "\"a\"", ["b", "a"], true),
            ("ForAnyValue:StringEquals", keys, "\"a\"", ["b"], false),
            ("ForAnyValue:StringEquals", keys, "\"a\"", [], false),
            ("ForAnyValue:StringNotEquals", keys, "\"a\"", ["a", "b"], true),
            ("ForAnyValue:StringNotEquals", keys, "\"a\"", ["a", "a"], false),
            ("ForAnyValue:StringNotEquals", keys, "\"a\"", [], false),
            ("ForAllValues:StringLikeIfExists", keys, "\"a*\"", [], true),
            ("ForAnyValue:StringLikeIfExists", keys, "\"a*\"", [], true),
            ("ForAnyValue:StringLikeIfExists", keys, "\"a*\"", ["b"], false),
            ("ForAllValues:Null", keys, "true", [], true), ("ForAnyValue:Null", keys, "true", [], false),
            ("ForAnyValue:Null", keys, "false", ["a"], true),
            ("ForAllValues:Null", keys, "true", ["a"], false),
            ("StringLike", keys, "\"a*\"", ["a1", "a2"], true),
            ("StringLike", keys, "\"a*\"", ["a1", "b"], false),
            ("StringNotLike", keys, "\"a*\"", ["b", "c"], true),
            ("StringNotLike", keys, "\"a*\"", ["b", "a"], false),
        ]
    }()

    @Test(arguments: rows + setRows) func allowsWhereItHolds(row: OperatorRow) throws {
        let policies = try allow(under: "{\"\(row.name)\": {\"\(row.key)\": \(row.values)}}")
        let asked = try request(.scan, row.found.map { (row.key, $0) })
        #expect(policies.decide(asked).isAllowed == row.holds, "\(row)")
        #expect(policies.explain(asked).decision == policies.decide(asked))
    }

    /// With one value in the request a Deny applies exactly where an Allow would.
    @Test(arguments: (rows + setRows).filter { $0.found.count < 2 }) func deniesWhereItHolds(row: OperatorRow)
        throws
    {
        let policies = try deny(under: "{\"\(row.name)\": {\"\(row.key)\": \(row.values)}}")
        #expect(
            policies.decide(try request(.scan, row.found.map { (row.key, $0) })).isAllowed != row.holds,
            "\(row)")
    }

    /// The plain operator on several values decides against the caller.
    @Test func plainOperatorOfADenyNeedsOneValueOnly() throws {
        let policies = try deny(under: "{\"StringLike\": {\"dynamodb:LeadingKeys\": \"x*\"}}")
        let keys = ["a", "x1"].map { ("dynamodb:LeadingKeys", $0) }
        #expect(policies.decide(try request(.getItem, keys)) == .explicitDeny(StatementID(index: 1)))
        #expect(policies.decide(try request(.getItem, [keys[0]])).isAllowed)
    }

    @Test func severalKeysAndOperatorsMustAllHold() throws {
        let policies = try allow(
            under: """
                {"StringEquals": {"dynamodb:Select": "a", "dynamodb:ReturnValues": "b"}, "Bool": {"aws:SecureTransport": true}}
                """)
        let all = [("dynamodb:Select", "a"), ("dynamodb:ReturnValues", "b"), ("aws:SecureTransport", "true")]
        #expect(policies.decide(try request(.query, all)).isAllowed)
        for index in all.indices {
            var fewer = all
            fewer.remove(at: index)
            #expect(policies.decide(try request(.query, fewer)) == .implicitDeny(.role))
        }
    }

    @Test(arguments: [
        ("DateLessThan", "aws:CurrentTime", "\"2026-01-01T00:00:01Z\"", true),
        ("DateLessThan", "aws:CurrentTime", "\"2026-01-01T00:00:00Z\"", false),
        ("DateGreaterThanEquals", "aws:EpochTime", "1767225600", true),
        ("NumericGreaterThan", "aws:EpochTime", "1767225600", false),
        ("NumericEquals", "aws:EpochTime", "1767225600", true), ("Null", "aws:CurrentTime", "false", true),
        ("DateNotEquals", "aws:CurrentTime", "\"2026-01-01\"", false),
    ]) func comparesTheTime(name: String, key: String, value: String, holds: Bool) throws {
        let policies = try allow(under: "{\"\(name)\": {\"\(key)\": \(value)}}")
        let asked = try request(at: Timestamp(milliseconds: 1_767_225_600_000))
        #expect(policies.decide(asked).isAllowed == holds)
    }

    /// A value that is not what its key wants ends in a denial, whatever the operator is.
    @Test(arguments: [
        ("NotIpAddress", "aws:SourceIp", "\"203.0.113.0/24\"", "not an address"),
        ("IpAddress", "aws:SourceIp", "\"203.0.113.0/24\"", "203.0.113.0/24"),
        ("NumericNotEquals", "aws:MultiFactorAuthAge", "5", "many"),
        ("Bool", "aws:SecureTransport", "true", "yes"),
        ("DateNotEquals", "aws:TokenIssueTime", "\"2026-01-31\"", "soon"),
    ]) func refusesMalformedValues(name: String, key: String, value: String, found: String) throws {
        let condition = "{\"\(name)\": {\"\(key)\": \(value)}}"
        let asked = try request(.getItem, [(key, found)])
        #expect(
            try allow(under: condition).decide(asked) == .failed(.malformedValue(StatementID(index: 0))))
        #expect(try deny(under: condition).decide(asked) == .failed(.malformedValue(StatementID(index: 1))))
    }

    /// Patterns with a `*` that would keep a processor busy end in a denial, in an Allow and in a Deny.
    @Test(arguments: ["StringLike", "StringNotLike", "ForAnyValue:StringLike", "ForAllValues:StringNotLike"])
    func refusesToCompareForTooLong(name: String) throws {
        let pattern = "*" + String(repeating: "a", count: 1500) + "b*"
        let condition = "{\"\(name)\": {\"dynamodb:Attributes\": \"\(pattern)\"}}"
        let long = String(repeating: "a", count: 65_000)
        let asked = try request(.getItem, [("dynamodb:Attributes", long)])
        #expect(
            try allow(under: condition).decide(asked) == .failed(.malformedValue(StatementID(index: 0))))
        #expect(try deny(under: condition).decide(asked) == .failed(.malformedValue(StatementID(index: 1))))
        // A condition without a `*` is compared once a value, however long that is; a short value is compared at all times.
        let exact = "{\"\(name)\": {\"dynamodb:Attributes\": \"\(pattern.dropFirst().dropLast())\"}}"
        for (policies, asked) in [
            (try allow(under: exact), asked),
            (try allow(under: condition), try request(.getItem, [("dynamodb:Attributes", "name")])),
        ] {
            #expect(policies.decide(asked).name == (name.contains("Not") ? "Allow" : "Deny(implicit)"))
        }
    }
}
