// What keeps a file from being loaded: variables, values, roles and cases.
extension LintRule {
    private static func under(_ condition: String) -> LintExample {
        .statement(allowElements + ",\n\"Condition\": \(condition)")
    }

    private static func trusting(_ trust: String, extra: String = "") -> LintExample {
        .role(
            "{\n  \"name\": \"teacher\",\n  \"policies\": [\"read.json\"],\n\(extra)  \"trust\": \(trust)\n}")
    }

    static let plainTrust = """
        {
            "conditions": {
              "StringEquals": {"homeroom:role": "teacher"},
              "Null": {"homeroom:tenant_id": "false", "homeroom:school_id": "false"}
            }
          }
        """
    static let goodRole = trusting(plainTrust)

    static let loadingValues: [LintRule] = [
        LintRule(
            "variable-syntax", .error, "Variable that is none",
            why: "A variable without its brace, name or quotes is not replaced.",
            sources: [
                "AA:MISSING_BRACE_IN_VARIABLE", "AA:MISSING_QUOTE_IN_VARIABLE",
                "AA:UNSUPPORTED_SPACE_IN_VARIABLE", "AA:EMPTY_VARIABLE",
            ],
            faulty: under("{\"StringEquals\": {\"aws:userid\": ▸\"${aws:PrincipalTag/role\"}}"),
            repaired: under("{\"StringEquals\": {\"aws:userid\": \"${aws:PrincipalTag/role}\"}}")),
        LintRule(
            "unknown-variable", .error, "Unknown variable",
            why: "A variable that names no key has no value, and its statement never applies.",
            sources: ["AA:INVALID_GLOBAL_CONDITION_KEY"],
            faulty: under("{\"StringEquals\": {\"aws:userid\": ▸\"${aws:PrincipleTag/role}\"}}"),
            repaired: under("{\"StringEquals\": {\"aws:userid\": \"${aws:PrincipalTag/role}\"}}")),
        LintRule(
            "unsupplied-variable", .error, "Variable that no token supplies",
            why: "Sessions have the tags of their tokens and no others, so the statement never applies.",
            faulty: under("{\"StringEquals\": {\"aws:userid\": ▸\"${aws:PrincipalTag/district}\"}}"),
            repaired: under("{\"StringEquals\": {\"aws:userid\": \"${aws:PrincipalTag/tenant_id}\"}}")),
        LintRule(
            "variable-place", .error, "Variable before the fifth colon",
            why: "IAM replaces variables in the last segment of an ARN alone.",
            sources: ["AA:VARIABLE_UNSUPPORTED_IN_ELEMENT"],
            faulty: .statement(
                """
                "Effect": "Allow",
                "Action": "dynamodb:DescribeTable",
                "Resource": ▸"arn:aws:dynamodb:*:${aws:PrincipalAccount}:table/student-table"
                """),
            repaired: .statement(
                """
                "Effect": "Allow",
                "Action": "dynamodb:DescribeTable",
                "Resource": "arn:aws:dynamodb:*:*:table/student-table"
                """)),
        LintRule(
            "value-type", .error, "Value of another type",
            why: "An operator that cannot read its value never holds.",
            sources: [
                "AA:TYPE_MISMATCH_BOOLEAN", "AA:TYPE_MISMATCH_DATE", "AA:TYPE_MISMATCH_NUMBER",
                "AA:TYPE_MISMATCH_STRING", "AA:TYPE_MISMATCH_IP_RANGE", "AA:INVALID_VARIABLE_FOR_OPERATOR",
                "P:MISMATCHED_TYPE_OPERATION_TO_NULL",
            ],
            faulty: under("{\"IpAddress\": {\"aws:SourceIp\": ▸\"203.0.113.0/33\"}}"),
            repaired: under("{\"IpAddress\": {\"aws:SourceIp\": \"203.0.113.0/24\"}}")),
        LintRule(
            "empty-negation", .error, "Everything but nothing",
            why: "An empty `NotAction` or `NotResource` means everything.",
            sources: ["AA:EMPTY_ARRAY_ACTION", "AA:EMPTY_ARRAY_RESOURCE"],
            faulty: .statement("\"Effect\": \"Deny\",\n\"NotAction\": ▸[],\n\"Resource\": \"*\""),
            repaired: .statement(
                "\"Effect\": \"Deny\",\n\"NotAction\": \"dynamodb:DescribeLimits\",\n\"Resource\": \"*\"")),
        LintRule(
            "trusts-every-token", .error, "Role for every token",
            why: "A role without conditions opens for every token of its issuer, a student's as an admin's.",
            sources: ["AA:MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL"],
            faulty: trusting("▸{}"), repaired: goodRole),
        LintRule(
            "trusts-every-issuer", .error, "Role for every issuer",
            why: "Whoever can run an issuer could write the claims that open the role.",
            sources: [
                "AA:ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
                "AA:INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",
            ],
            faulty: trusting(
                "{\n    \"issuer\": ▸\"*\",\n    \"conditions\": {\"StringEquals\": {\"homeroom:role\": \"teacher\"}, "
                    + "\"Null\": {\"homeroom:school_id\": \"false\"}}\n  }"),
            repaired: trusting(
                "{\n    \"issuer\": \"https://tokens.example.org\",\n    \"conditions\": {\"StringEquals\": "
                    + "{\"homeroom:role\": \"teacher\"}, \"Null\": {\"homeroom:school_id\": \"false\"}}\n  }")
        ),
        LintRule(
            "role-name", .error, "Name of a role", why: "A role is found by the name of its file.",
            faulty: .role(
                "{\n  \"name\": ▸\"teachers\",\n  \"policies\": [\"read.json\"],\n  \"trust\": \(plainTrust)\n}"
            ),
            repaired: goodRole),
        LintRule(
            "role-without-policy", .error, "Role without policies",
            why: "A role without policies could do nothing.",
            faulty: .role(
                "{\n  \"name\": \"teacher\",\n  \"policies\": ▸[],\n  \"trust\": \(plainTrust)\n}"),
            repaired: goodRole),
        LintRule(
            "missing-policy-file", .error, "Policy file that is not there",
            why: "A role that lacks one of its policies may lack a Deny.",
            faulty: .role(
                "{\n  \"name\": \"teacher\",\n  \"policies\": [\"read.json\", ▸\"raed.json\"],\n  \"trust\": \(plainTrust)\n}"
            ), repaired: goodRole),
        LintRule(
            "session-seconds", .error, "Length of a session",
            why: "STS opens sessions of 900 to 43200 seconds.",
            faulty: trusting(plainTrust, extra: "  \"maxSessionSeconds\": ▸60,\n"),
            repaired: trusting(plainTrust, extra: "  \"maxSessionSeconds\": 3600,\n")),
        LintRule(
            "no-role", .error, "Folder without roles",
            why: "Without a role nobody may do anything: the folder is the wrong one, or empty.",
            faulty: .folder(("policies/read.json", LintExample.plainPolicy)), repaired: goodRole),
        LintRule(
            "faulty-case", .error, "Case that is no question",
            why: "A case that cannot be asked shows nothing.",
            faulty: .folder(
                (
                    "cases/teacher.json",
                    "{\n  \"role\": \"teacher\",\n  \"cases\": [\n    {\"name\": \"limits\", "
                        + "\"action\": \"dynamodb:DescribeLimits\", \"expect\": ▸\"Deny\"}\n  ]\n}"
                ), ("roles/teacher.json", LintExample.plainRole),
                ("policies/read.json", LintExample.plainPolicy)),
            repaired: .folder(
                (
                    "cases/teacher.json",
                    "{\n  \"role\": \"teacher\",\n  \"cases\": [\n    {\"name\": \"limits\", "
                        + "\"action\": \"dynamodb:DescribeLimits\", \"expect\": \"Deny(implicit)\"}\n  ]\n}"
                ), ("roles/teacher.json", LintExample.plainRole),
                ("policies/read.json", LintExample.plainPolicy))),
        LintRule(
            "template-mark", .error, "Template that was not rendered",
            why: "Another tool replaces the mark; until then it is plain text that names nothing.",
            faulty: .statement(
                """
                "Effect": "Allow",
                "Action": "dynamodb:DescribeTable",
                "Resource": ▸"arn:aws:dynamodb:${AWS::Region}:*:table/student-table"
                """),
            repaired: .statement(
                """
                "Effect": "Allow",
                "Action": "dynamodb:DescribeTable",
                "Resource": "arn:aws:dynamodb:*:*:table/student-table"
                """)),
    ]
}
