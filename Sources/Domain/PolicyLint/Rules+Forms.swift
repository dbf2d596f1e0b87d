// How a document is written.
extension LintRule {
    private static func document(_ version: String, _ elements: String = allowElements) -> LintExample {
        let lines = elements.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
        return .document(
            "{\n\(version)  \"Statement\": [\n    {\n      \"Sid\": \"Example\",\n\(lines)\n    }\n  ]\n}")
    }
    private static let good = LintExample.statement(allowElements)
    private static let variable = """
        "Effect": "Allow",
        "Action": "dynamodb:DescribeTable",
        "Resource": "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/tenant_id}"
        """

    static let forms: [LintRule] = [
        LintRule(
            "version-without-variables", .error, "Variables without the version that has them",
            why: "Without `2012-10-17` a variable is plain text that no request matches.",
            sources: ["AA:VARIABLE_UNSUPPORTED_IN_VERSION"],
            faulty: document("  \"Version\": ▸\"2008-10-17\",\n", variable),
            repaired: .statement(variable), fix: .repairs),
        LintRule(
            "version-missing", .warning, "Version missing",
            why: "Without a version the document is in the language of 2008, which has no variables.",
            sources: ["AA:MISSING_VERSION", "P:NO_VERSION"],
            faulty: .document(
                "▸{\n  \"Statement\": [\n    {\"Sid\": \"Example\", \"Effect\": \"Allow\", "
                    + "\"Action\": \"dynamodb:DescribeLimits\", \"Resource\": \"*\"}\n  ]\n}"),
            repaired: good, fix: .same),
        LintRule(
            "version-old", .warning, "Old version",
            why: "The language of 2008 has no variables: one that is added later would be plain text.",
            sources: ["P:OLD_VERSION"],
            faulty: document("  \"Version\": ▸\"2008-10-17\",\n"), repaired: good, fix: .same),
        LintRule(
            "sid-missing", .suggestion, "Statement without Sid",
            why: "Explanations, cases and logs name statements by their Sid.",
            faulty: .document(
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    ▸{\n      \"Effect\": \"Allow\",\n"
                    + "      \"Action\": \"dynamodb:DescribeLimits\",\n      \"Resource\": \"*\"\n    }\n  ]\n}"
            ),
            repaired: good),
        LintRule(
            "sid-empty", .suggestion, "Empty Sid", why: "An empty Sid names nothing.",
            sources: ["AA:EMPTY_SID_VALUE"],
            faulty: .document(
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": ▸\"\",\n      \"Effect\": "
                    + "\"Allow\",\n      \"Action\": \"dynamodb:DescribeLimits\",\n      \"Resource\": \"*\"\n    }\n  ]\n}"
            ),
            repaired: good, fix: .same),
        LintRule(
            "empty-list", .suggestion, "Empty list",
            why: "A statement without actions or resources does nothing; a key without values never matches.",
            sources: [
                "AA:EMPTY_ARRAY_ACTION", "AA:EMPTY_ARRAY_RESOURCE", "AA:EMPTY_ARRAY_CONDITION",
                "AA:EMPTY_ARRAY_CONDITION_FORALLVALUES", "AA:EMPTY_ARRAY_CONDITION_FORANYVALUE",
                "AA:EMPTY_ARRAY_CONDITION_IFEXISTS",
            ],
            faulty: .statement("\"Effect\": \"Allow\",\n\"Action\": ▸[],\n\"Resource\": \"*\""),
            repaired: good),
        LintRule(
            "empty-condition", .suggestion, "Empty condition",
            why: "An empty condition always holds: it was filled once, or was to be.",
            sources: ["AA:EMPTY_OBJECT_CONDITION"],
            faulty: .statement(allowElements + ",\n\"Condition\": ▸{}"), repaired: good, fix: .same),
        LintRule(
            "long-policy", .warning, "Long policy",
            why: "IAM takes 6,144 characters in a managed policy, white space not counted.",
            sources: ["AA:POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"],
            faulty: .document(
                "▸{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n"
                    + (1...90).map {
                        "    {\"Sid\": \"Limits\($0)\", \"Effect\": \"Allow\", \"Action\": \"dynamodb:DescribeLimits\", "
                            + "\"Resource\": \"*\"}"
                    }.joined(separator: ",\n") + "\n  ]\n}"),
            repaired: good),
    ]

    static let redundancies: [LintRule] = [
        LintRule(
            "redundant-action", .suggestion, "Action that another one covers",
            why: "Taking it away changes nothing, so a reader who takes it away changes nothing.",
            sources: ["AA:REDUNDANT_ACTION"],
            faulty: .statement(
                "\"Effect\": \"Allow\",\n\"Action\": [\"dynamodb:List*\", ▸\"dynamodb:ListTables\"],\n\"Resource\": \"*\""
            ),
            repaired: .statement(
                "\"Effect\": \"Allow\",\n\"Action\": [\"dynamodb:List*\"],\n\"Resource\": \"*\""),
            fix: .same),
        LintRule(
            "redundant-resource", .suggestion, "Resource that another one covers",
            why: "Taking it away changes nothing, so a reader who takes it away changes nothing.",
            sources: ["AA:REDUNDANT_RESOURCE"],
            faulty: describing(
                "[\"arn:aws:dynamodb:*:*:table/student-table\", ▸\"arn:aws:dynamodb:us-east-1:*:table/student-table\"]"
            ),
            repaired: describing("[\"arn:aws:dynamodb:*:*:table/student-table\"]"), fix: .same),
        LintRule(
            "redundant-value", .suggestion, "Value that another one covers",
            why: "Taking it away changes nothing, so a reader who takes it away changes nothing.",
            sources: ["AA:REDUNDANT_CONDITION_VALUE_NUM"],
            faulty: .statement(
                allowElements
                    + ",\n\"Condition\": {\"StringLike\": {\"aws:PrincipalTag/role\": [\"school-*\", ▸\"school-admin\"]}}"
            ),
            repaired: .statement(
                allowElements
                    + ",\n\"Condition\": {\"StringLike\": {\"aws:PrincipalTag/role\": [\"school-*\"]}}"),
            fix: .same),
        LintRule(
            "redundant-statement", .suggestion, "Statement that another one covers",
            why: "Taking it away changes nothing, so a reader who takes it away changes nothing.",
            sources: ["AA:REDUNDANT_STATEMENT"],
            faulty: .document(
                """
                {
                  "Version": "2012-10-17",
                  "Statement": [
                    {"Sid": "Limits", "Effect": "Allow", "Action": ["dynamodb:ListTables", "dynamodb:DescribeLimits"], "Resource": "*"},
                    ▸{"Sid": "Again", "Effect": "Allow", "Action": "dynamodb:DescribeLimits", "Resource": "*"}
                  ]
                }
                """), repaired: good),
    ]
}
