import Base
import JSONText
import Testing

@testable import Policies

@Suite struct DocumentTests {
    private static func statement(_ elements: String) -> String {
        "{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Allow\",\n\(elements)}]}"
    }

    static let services = "write actions of `dynamodb:` or `sts:`, the only services here"

    @Test(arguments: [
        ("", "p.json:1:1: expected a value, found the end of the text; correct the JSON"),
        ("[]", "p.json:1:1: expected a policy document, found a list; write an object: `{…}`"),
        ("{}", "p.json:1:1: the document has no `Statement`; add `\"Statement\": [{…}]`"),
        (
            "{\"Statement\": []}",
            "p.json:1:15: `Statement` is an empty list; add a statement or remove the file"
        ),
        (
            "{\"Statement\": [1]}",
            "p.json:1:16: expected a statement, found the number 1; write an object: `{…}`"
        ),
        (
            "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}, \"version\": \"x\"}",
            "p.json:1:68: `version` is no element of a policy document; did you mean `Version`?"
        ),
        (
            "{\"Version\": \"2012-10-18\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}",
            "p.json:1:13: `2012-10-18` is no version of the policy language; write `2012-10-17`"
        ),
    ]) func refusesDocuments(text: String, problem: String) { #expect(problems(of: text) == [problem]) }

    @Test(arguments: [
        (
            "\"Action\": \"dynamodb:GetItems\", \"Resource\": \"*\"",
            "p.json:3:11: `dynamodb:GetItems` is no known action; did you mean `dynamodb:GetItem`?"
        ),
        (
            "\"Action\": \"s3:GetObject\", \"Resource\": \"*\"",
            "p.json:3:11: `s3:GetObject` is no known action; \(services)"
        ),
        (
            "\"Action\": [\"*\", \"dax:*\"], \"Resource\": \"*\"",
            "p.json:3:17: `dax:*` matches no known action; \(services)"
        ),
        ("\"Resource\": \"*\"", "p.json:2:16: the statement has no `Action`; add `Action` or `NotAction`"),
        (
            "\"Action\": \"*\"",
            "p.json:2:16: the statement has no `Resource`; add `Resource` or `NotResource`"
        ),
        (
            "\"Action\": \"*\", \"NotAction\": \"*\", \"Resource\": \"*\"",
            "p.json:3:16: the statement has both `Action` and `NotAction`; keep one, or make two statements of it"
        ),
        (
            "\"NotAction\": [], \"Resource\": \"*\"",
            "p.json:3:14: an empty `NotAction` means every action; name actions"
        ),
        (
            "\"Action\": \"*\", \"NotResource\": []",
            "p.json:3:31: an empty `NotResource` means every resource; name resources"
        ),
        (
            "\"Action\": 1, \"Resource\": \"*\"",
            "p.json:3:11: `Action` is the number 1 here; write a string or a list of strings"
        ),
        (
            "\"Action\": \"*\", \"Resource\": \"*\", \"Principal\": \"*\"",
            "p.json:3:33: `Principal` cannot stand in the policy of a role; "
                + "remove it, and say who may assume the role in the role's `trust`"
        ),
        (
            "\"Action\": \"*\", \"Resource\": \"*\", \"Sid\": \"a b\"",
            "p.json:3:40: the Sid `a b` has other characters than letters and digits; write `ab`"
        ),
        (
            "\"Action\": \"*\", \"Resource\": \"*\", \"Conditions\": {}",
            "p.json:3:33: `Conditions` is no element of a statement; did you mean `Condition`?"
        ),
        (
            "\"Action\": \"*\", \"Resource\": \"arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/x\"",
            "p.json:3:28: the variable in `arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/x` is not closed; "
                + "write `}` behind its name"
        ),
        (
            "\"Action\": \"*\", \"Resource\": \"arn:aws:dynamodb:${aws:PrincipalTag/x}:*:table/t\"",
            "p.json:3:28: the variable `${aws:PrincipalTag/x}` stands before the fifth colon of "
                + "`arn:aws:dynamodb:${aws:PrincipalTag/x}:*:table/t`; "
                + "use variables only in the last segment of a Resource, and `*` in the others"
        ),
    ]) func refusesStatements(elements: String, problem: String) {
        #expect(problems(of: DocumentTests.statement(elements)) == [problem])
    }

    @Test(arguments: [
        (
            "{\"StringEqual\": {\"dynamodb:Select\": \"a\"}}",
            "p.json:3:47: `StringEqual` is no condition operator; did you mean `StringEquals`?"
        ),
        (
            "{\"NullIfExists\": {\"dynamodb:Select\": \"true\"}}",
            "p.json:3:47: `NullIfExists` is no condition operator; write `Null`: it asks whether the key is there"
        ),
        (
            "{\"StringEquals\": {\"dynamodb: LeadingKeys\": \"a\"}}",
            "p.json:3:64: `dynamodb: LeadingKeys` is no known condition key; did you mean `dynamodb:LeadingKeys`?"
        ),
        (
            "{\"StringEquals\": {\"aws:PrincipalTag\": \"a\"}}",
            "p.json:3:64: `aws:PrincipalTag` is no known condition key; did you mean `aws:PrincipalTag/school_id`?"
        ),
        (
            "{\"StringEquals\": {\"homeroom:role\": \"a\"}}",
            "p.json:3:64: `homeroom:role` is a claim of a token, which a policy cannot see; "
                + "use `aws:PrincipalTag/…`, or put the condition into the role's `trust`"
        ),
        (
            "{\"StringEquals\": {\"aws:SourceIp\": \"a\", \"AWS:sourceip\": \"b\"}}",
            "p.json:3:85: the key `AWS:sourceip` stands under `StringEquals` a second time; "
                + "make one list of its values; letters' case does not matter in names of keys"
        ),
        (
            "{\"NumericEquals\": {\"aws:MultiFactorAuthAge\": \"five\"}}",
            "p.json:3:91: `NumericEquals` wants a number, found `five`; write digits with at most nine decimals"
        ),
        (
            "{\"Bool\": {\"aws:SecureTransport\": [true, \"yes\"]}}",
            "p.json:3:86: `Bool` wants `true` or `false`, found `yes`; write one of them"
        ),
        (
            "{\"IpAddress\": {\"aws:SourceIp\": \"10.0.0.0/33\"}}",
            "p.json:3:77: `IpAddress` wants an address, found `10.0.0.0/33`; write `203.0.113.0/24` or `2001:db8::/32`"
        ),
        (
            "{\"DateLessThan\": {\"aws:CurrentTime\": \"tomorrow\"}}",
            "p.json:3:83: `DateLessThan` wants a date, found `tomorrow`; write `2026-01-31T10:00:00Z` or seconds since 1970"
        ),
        (
            "{\"BinaryEquals\": {\"dynamodb:Select\": \"a\"}}",
            "p.json:3:83: `BinaryEquals` wants base64, found `a`; encode the bytes as RFC 4648 section 4 says"
        ),
        (
            "{\"StringEquals\": {\"dynamodb:Select\": {}}}",
            "p.json:3:83: `dynamodb:Select` is an object here; write a string, number or boolean, or a list of them"
        ),
        (
            "{\"StringLike\": {\"dynamodb:Select\": \"${aws:PrincipleTag/x}\"}}",
            "p.json:3:81: `${aws:PrincipleTag/x}` names no known key; did you mean `aws:PrincipalTag/x`?"
        ),
        (
            "{\"StringLike\": {\"dynamodb:Select\": \"${dynamodb:LeadingKeys}\"}}",
            "p.json:3:81: `dynamodb:LeadingKeys` cannot stand in a variable: it is no text or has several values; "
                + "compare it in a Condition of its own"
        ),
        (
            "{\"StringLike\": {\"dynamodb:Select\": \"${aws:PrincipalTag/x, none}\"}}",
            "p.json:3:81: the default in `${aws:PrincipalTag/x, none}` does not stand in single quotes; "
                + "write `${aws:PrincipalTag/x, 'default'}`"
        ),
        (
            "{\"StringLike\": {\"dynamodb:Select\": \"${}\"}}",
            "p.json:3:81: the variable `${}` has no name; name a key, or write `${$}` for `$`"
        ),
    ]) func refusesConditions(condition: String, problem: String) {
        let text = DocumentTests.statement(
            "\"Action\": \"*\", \"Resource\": \"*\", \"Condition\": \(condition)")
        #expect(problems(of: text) == [problem])
    }

    @Test func reportsEverythingInTheOrderOfTheFile() throws {
        let text = """
            {"Statement": [
              {"Effect": "allow", "Action": ["dynamodb:Gett", "x"], "Resource": "*"},
              {"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"},
              {"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*", "Nope": 1}
            ]}
            """
        let error = #expect(throws: PolicyProblems.self) {
            try PolicyDocument(parsing: Array(text.utf8), file: "p.json")
        }
        #expect(
            error?.problems.map { "\($0.position.line):\($0.position.column)" } == [
                "2:14", "2:34", "2:51", "4:11", "4:66",
            ])
        let (document, _) = PolicyDocument.review(Array(text.utf8), file: "p.json")
        #expect(document?.statements.map(\.sid) == ["A"])
    }

    @Test func refusesFilesThatAreTooLarge() {
        let text = "{\"Id\": \"\(String(repeating: "x", count: Limits.policyFileBytesMax))\"}"
        #expect(
            problems(of: text) == ["p.json:1:1: the file has 262154 bytes, at most 262144 are read; split it"]
        )
    }

    @Test func readsEveryElement() throws {
        let text = """
            {"Version": "2012-10-17", "Id": "x", "Statement": {"Sid": "A1", "Effect": "Deny", "NotAction": ["dynamodb:Get*"],
             "NotResource": "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/a, 'b'}",
             "Condition": {"ForAnyValue:StringLikeIfExists": {"dynamodb:LeadingKeys": ["a*", 1, true]}}}}
            """
        let document = try PolicyDocument(parsing: Array(text.utf8), file: "p.json")
        let statement = try #require(document.statements.first)
        #expect(document.version == .variables && document.id == "x" && statement.sid == "A1")
        #expect(
            statement.effect == .deny && statement.actions.isNegated
                && !statement.actions.set.contains(.getItem))
        let condition = try #require(statement.conditions.first)
        #expect(condition.comparison.value.name == "ForAnyValue:StringLikeIfExists")
        #expect(condition.texts.map(\.value) == ["a*", "1", "true"])
        guard case .segments(let segments) = statement.resources.patterns[0] else {
            Issue.record("not six segments: \(statement.resources.patterns)")
            return
        }
        #expect(segments[5].variables.map(\.defaultValue) == ["b"])
    }
}
