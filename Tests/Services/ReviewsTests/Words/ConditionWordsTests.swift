import Base
import Policies
import TestKit
import Testing

@testable import Reviews

@Suite struct ConditionWordsTests {
    private static func phrases(_ condition: String, _ effect: String = "Allow") throws -> [String] {
        let made = try statement(
            #""Effect": "\#(effect)", "Action": "*", "Resource": "*", "Condition": {\#(condition)}"#)
        return PolicyWords(made).conditions.map(\.text)
    }

    @Test(arguments: [
        (#""StringEquals": {"aws:PrincipalTag/role": "teacher"}"#, "the session's role is `teacher`"),
        (#""StringEquals": {"aws:PrincipalTag/x": ["a", "b"]}"#, "the session's tag `x` is `a` or is `b`"),
        (
            #""StringEquals": {"aws:PrincipalTag/x": ["a", "b", "c"]}"#,
            "the session's tag `x` is `a`, `b` or `c`"
        ),
        (#""StringEquals": {"aws:PrincipalTag/x": "a*"}"#, "the session's tag `x` is `a*`"),
        (#""StringEquals": {"aws:PrincipalTag/x": ""}"#, "the session's tag `x` is the empty text"),
        (#""StringLike": {"aws:PrincipalTag/x": "a*"}"#, "the session's tag `x` begins with `a`"),
        (#""StringLike": {"aws:PrincipalTag/x": "*a"}"#, "the session's tag `x` ends with `a`"),
        (#""StringLike": {"aws:PrincipalTag/x": "*a*"}"#, "the session's tag `x` contains `a`"),
        (#""StringLike": {"aws:PrincipalTag/x": "*"}"#, "the session's tag `x` is anything"),
        (#""StringLike": {"aws:PrincipalTag/x": "${*}a"}"#, "the session's tag `x` is `*a`"),
        (
            #""StringLike": {"aws:PrincipalTag/x": "a?b*"}"#,
            "the session's tag `x` has the form `a?b*`, where `*` stands for any characters and `?` for one"
        ),
        (
            #""StringLike": {"aws:PrincipalTag/x": "a*${aws:PrincipalTag/y, 'z'}?"}"#,
            "the session's tag `x` has the form `a*${aws:PrincipalTag/y, 'z'}?`, where `*` stands for any characters and "
                + "`?` for one, `${aws:PrincipalTag/y, 'z'}` for the session's tag `y` (`z` where there is none)"
        ),
        (
            #""StringEqualsIgnoreCase": {"aws:PrincipalTag/x": "a"}"#,
            "the session's tag `x` is `a` (in large or small letters)"
        ),
        (
            #""StringNotEquals": {"aws:PrincipalTag/x": ["a", "b"]}"#,
            "the session's tag `x` is not `a` and is not `b`, or the session has no tag `x`"
        ),
        (
            #""StringNotLike": {"aws:PrincipalTag/x": "a*"}"#,
            "the session's tag `x` does not begin with `a`, or the session has no tag `x`"
        ),
        (
            #""StringNotEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/school_id}"}"#,
            "every record key that the request names is not the session's school id, or the request names no record key; it "
                + "holds too where this is missing: the session's school id"
        ),
        (
            #""StringEqualsIfExists": {"aws:PrincipalTag/x": "a"}"#,
            "the session's tag `x` is `a`, or the session has no tag `x`"
        ),
        (
            #""ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "a"}"#,
            "every record key that the request names is `a`, or the request names no record key"
        ),
        (
            #""ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "a"}"#,
            "at least one record key that the request names is `a`"
        ),
        (
            #""StringEquals": {"dynamodb:LeadingKeys": "a"}"#,
            "every record key that the request names is `a` (and the request names at least one record key)"
        ),
        (
            #""ForAllValues:StringEquals": {"dynamodb:Attributes": ["a"]}"#,
            "every field that the request names is `a`, or the request names no field"
        ),
        (
            #""StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/x, 'none'}"}"#,
            "every record key that the request names is the session's tag `x` (`none` where there is none) (and the request "
                + "names at least one record key)"
        ),
        (
            #""NumericLessThan": {"aws:MultiFactorAuthAge": "300"}"#,
            "`aws:MultiFactorAuthAge` is less than `300`"
        ),
        (
            #""NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "300"}"#,
            "`aws:MultiFactorAuthAge` is `300` at least"
        ),
        (
            #""DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}"#,
            "`aws:CurrentTime` is before `2026-01-01T00:00:00Z`"
        ),
        (#""Bool": {"aws:SecureTransport": "true"}"#, "the request's encryption (TLS) mark is `true`"),
        (
            #""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
            "the caller's address is an address of `203.0.113.0/24`"
        ),
        (
            #""NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
            "the caller's address is not an address of `203.0.113.0/24`, or the caller has no address"
        ),
        (
            #""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}"#,
            "the session's ARN fits the ARN pattern `arn:aws:iam::*:role/a`, compared part by part"
        ),
        (
            #""ArnNotEquals": {"aws:PrincipalArn": "arn:role"}"#,
            "the session's ARN is whatever it may be (`arn:role`, which has 2 parts of six), or the session has no ARN"
        ),
        (
            #""BinaryEquals": {"aws:PrincipalTag/x": "YQ=="}"#,
            "the session's tag `x` is the base64 text `YQ==`"
        ),
        (#""Null": {"aws:PrincipalTag/x": "true"}"#, "the session has no tag `x`"),
        (#""Null": {"aws:PrincipalTag/x": "false"}"#, "the session has a tag `x`"),
        (#""Null": {"aws:SourceIp": "false"}"#, "the caller has an address"),
        (
            #""Null": {"aws:PrincipalTag/x": ["true", "false"]}"#,
            "the session has a tag `x` or the session has no tag `x`, so in any case"
        ),
        (
            #""ForAnyValue:Null": {"dynamodb:LeadingKeys": "true"}"#,
            "the request names at least one record key and the request names no record key, which is never so"
        ),
    ]) func tellsOneCondition(condition: String, expected: String) throws {
        #expect(try ConditionWordsTests.phrases(condition) == [expected])
    }

    @Test func plainOperatorsOfADenyWantOneValue() throws {
        let condition = #""StringEquals": {"dynamodb:LeadingKeys": "a"}"#
        #expect(
            try ConditionWordsTests.phrases(condition, "Deny")
                == ["at least one record key that the request names is `a`"])
    }

    @Test func presenceIsToldWithWhatElseIsAskedOfTheKey() throws {
        let condition =
            #""Null": {"dynamodb:LeadingKeys": "false"}, "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "a#*"}"#
        #expect(
            try ConditionWordsTests.phrases(condition) == [
                "every record key that the request names begins with `a#` (and the request names at least one record key)"
            ])
    }

    @Test func absenceIsToldByItself() throws {
        let condition =
            #""Null": {"dynamodb:LeadingKeys": "true"}, "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "a#*"}"#
        #expect(
            try Set(ConditionWordsTests.phrases(condition)) == [
                "the request names no record key",
                "every record key that the request names begins with `a#`, or the request names no record key",
            ])
    }

    private static let operators = ["", "ForAllValues:", "ForAnyValue:"].flatMap { qualifier in
        Comparison.allCases.flatMap { comparison in
            let name = qualifier + comparison.rawValue
            return comparison == .null ? [name] : [name, name + "IfExists"]
        }
    }

    private static func value(for name: String) -> String {
        if name.contains("Numeric") { return "1" }
        if name.contains("Date") { return "2026-01-01T00:00:00Z" }
        if name.contains("Bool") || name.contains("Null") { return "true" }
        if name.contains("Ip") { return "203.0.113.7" }
        if name.contains("Arn") { return "arn:aws:iam::1:role/a" }
        return "YQ=="
    }

    /// The words say that a condition holds without its key where the evaluator lets it, and only there.
    @Test(arguments: ConditionWordsTests.operators, ["Allow", "Deny"])
    func tellsWhetherEveryOperatorHoldsWithoutItsKey(name: String, effect: String) throws {
        let value = ConditionWordsTests.value(for: name)
        let made = try statement(
            #""Effect": "\#(effect)", "Action": "*", "Resource": "*", "Condition": {"\#(name)": {"aws:PrincipalTag/x": "\#(value)"}}"#
        )
        let text =
            #"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"\#(effect == "Deny" ? "}, {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"" : ""), "Condition": {"\#(name)": {"aws:PrincipalTag/x": "\#(value)"}}}]}"#
        let set = try CompiledPolicySet(
            role: "r", policies: [PolicyDocument(parsing: Array(text.utf8), file: "p.json")])
        let resource = PolicyResource(table: "t", region: "r", account: "1")
        let request = DecisionRequest(.scan, on: resource, by: .unknown)
        let applies = set.decide(request).isAllowed == (effect == "Allow")
        let phrases = PolicyWords(made).conditions.map(\.text)
        #expect(phrases.count == 1)
        #expect(phrases[0].contains("has no tag `x`") == applies || name.contains("Null"), "\(phrases[0])")
        #expect(ConditionWords.holdsWithoutKey(made.conditions[0]) == applies)
        #expect(phrases[0].contains(value) || name.contains("Null"), "the value is told: \(phrases[0])")
    }

    @Test func literalDocumentsKeepTheirBraces() throws {
        let made = try statement(
            #""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/x": "${aws:username}"}}"#,
            version: "2008-10-17")
        #expect(PolicyWords(made).conditions.map(\.text) == ["the session's tag `x` is `${aws:username}`"])
    }
}
