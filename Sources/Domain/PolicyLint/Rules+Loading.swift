// What keeps a file from being loaded: the ids are those of `PolicyProblemKind`.
extension LintRule {
    static let allowElements = """
        "Effect": "Allow",
        "Action": "dynamodb:DescribeLimits",
        "Resource": "*"
        """
    private static let good = LintExample.statement(allowElements)

    static let loading: [LintRule] = [
        LintRule(
            "json-syntax", .error, "Not JSON", why: "Nothing of a file that is not JSON is used.",
            sources: ["AA:JSON_SYNTAX_ERROR", "P:MALFORMED_JSON", "P:EXCEPTION"],
            faulty: .statement(
                """
                "Effect": "Allow",
                "Action": ["dynamodb:DescribeLimits", ▸],
                "Resource": "*"
                """),
            repaired: .statement(
                """
                "Effect": "Allow",
                "Action": ["dynamodb:DescribeLimits"],
                "Resource": "*"
                """), fix: .repairs),
        LintRule(
            "duplicate-element", .error, "Element twice",
            why: "Readers of JSON differ in which of the two they keep.",
            sources: ["AA:DUPLICATE_KEYS_WITH_DIFFERENT_CASE", "P:MALFORMED"],
            faulty: .statement(
                """
                "Effect": "Allow",
                "Action": "dynamodb:DescribeLimits",
                "Resource": "*",
                ▸"Effect": "Deny"
                """), repaired: good),
        LintRule(
            "too-large", .error, "Too large",
            why: "What is read is limited, so that no file can keep the server busy.",
            sources: ["AA:POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA"],
            faulty: .statement(
                """
                "Effect": "Allow",
                "Action": "dynamodb:DescribeLimits",
                "Resource": ▸"arn:aws:dynamodb:*:*:table/\(String(repeating: "x", count: 4100))"
                """), repaired: good),
        LintRule(
            "wrong-type", .error, "Wrong type",
            why: "A number, list or object stands where a text must, so the statement cannot be read.",
            sources: ["AA:DATA_TYPE_MISMATCH", "P:MALFORMED"],
            faulty: .statement(
                """
                "Effect": "Allow",
                "Action": ▸5,
                "Resource": "*"
                """), repaired: good),
        LintRule(
            "unknown-element", .error, "Unknown element",
            why: "A misspelt element limits nothing: a lost `Condition` opens what it was to close.",
            sources: ["AA:INVALID_POLICY_ELEMENT", "P:MALFORMED"],
            faulty: .statement(allowElements + ",\n▸\"Conditions\": {}"), repaired: good),
        LintRule(
            "missing-element", .error, "Missing element",
            why: "A statement needs an effect, actions and resources, a document a statement.",
            sources: [
                "AA:MISSING_ACTION", "AA:MISSING_EFFECT", "AA:MISSING_RESOURCE", "AA:MISSING_STATEMENT",
                "P:MALFORMED",
            ],
            faulty: .document(
                """
                {
                  "Version": "2012-10-17",
                  "Statement": [
                    ▸{
                      "Sid": "Example",
                      "Action": "dynamodb:DescribeLimits",
                      "Resource": "*"
                    }
                  ]
                }
                """), repaired: good),
        LintRule(
            "element-pair", .error, "Element and its opposite",
            why: "`Action` and `NotAction`, `Resource` and `NotResource` exclude each other.",
            sources: ["AA:UNSUPPORTED_ELEMENT_COMBINATION", "P:MALFORMED"],
            faulty: .statement(allowElements + ",\n▸\"NotResource\": \"*\""), repaired: good),
        LintRule(
            "principal-in-role-policy", .error, "Principal in the policy of a role",
            why: "Who may use a role's policies is said by the role's `trust`, nowhere else.",
            sources: [
                "AA:UNSUPPORTED_PRINCIPAL", "P:UNKNOWN_PRINCIPAL", "P:UNKNOWN_FEDERATION_SOURCE",
                "P:NOTPRINCIPAL_WITH_ALLOW",
            ],
            faulty: .statement(allowElements + ",\n▸\"Principal\": \"*\""), repaired: good),
        LintRule(
            "unknown-version", .error, "Unknown version",
            why: "There are two versions of the language, and variables only in the newer.",
            sources: ["AA:INVALID_VERSION", "P:INVALID_VERSION"],
            faulty: .document(
                "{\n  \"Version\": ▸\"2012-10-18\",\n  \"Statement\": {\n    \"Sid\": \"Example\",\n    "
                    + "\"Effect\": \"Allow\", \"Action\": \"dynamodb:DescribeLimits\", \"Resource\": \"*\"\n  }\n}"
            ), repaired: good),
        LintRule(
            "unknown-effect", .error, "Unknown effect", why: "A statement allows or denies.",
            sources: ["AA:INVALID_EFFECT", "P:MALFORMED"],
            faulty: .statement(
                """
                "Effect": ▸"allow",
                "Action": "dynamodb:DescribeLimits",
                "Resource": "*"
                """), repaired: good, fix: .repairs),
        LintRule(
            "sid-characters", .error, "Characters of a Sid",
            why: "IAM takes letters and digits alone, and explanations name statements by their Sid.",
            sources: ["AA:UNSUPPORTED_SID", "P:INVALID_SID"],
            faulty: .document(
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\n    \"Sid\": ▸\"read limits\",\n    "
                    + "\"Effect\": \"Allow\", \"Action\": \"dynamodb:DescribeLimits\", \"Resource\": \"*\"\n  }\n}"
            ), repaired: good),
        LintRule(
            "duplicate-sid", .error, "Sid twice",
            why: "Explanations, cases and logs name statements by their Sid.",
            sources: ["AA:UNIQUE_SIDS_REQUIRED", "AA:UNIQUE_SIDS_RECOMMENDED", "P:DUPLICATE_SID"],
            faulty: .document(
                """
                {
                  "Version": "2012-10-17",
                  "Statement": [
                    {"Sid": "Ask", "Effect": "Allow", "Action": "dynamodb:DescribeLimits", "Resource": "*"},
                    {"Sid": ▸"Ask", "Effect": "Deny", "Action": "dynamodb:ListTables", "Resource": "*"}
                  ]
                }
                """), repaired: good),
        LintRule(
            "unknown-action", .error, "Unknown action",
            why: "A misspelt action allows nothing, and a Deny of it denies nothing.",
            sources: [
                "AA:INVALID_ACTION", "AA:INVALID_SERVICE_IN_ACTION", "AA:VARIABLE_UNSUPPORTED_IN_ELEMENT",
                "P:UNKNOWN_ACTION",
            ],
            faulty: .statement(
                """
                "Effect": "Deny",
                "Action": ▸"dynamodb:Scann",
                "Resource": "*"
                """),
            repaired: .statement(
                """
                "Effect": "Deny",
                "Action": "dynamodb:Scan",
                "Resource": "*"
                """)),
        LintRule(
            "other-service", .error, "Another service",
            why:
                "Homeroom answers for DynamoDB and STS; what a policy says of others never decides anything.",
            sources: ["AA:INVALID_SERVICE", "P:UNKNOWN_PREFIX"],
            faulty: .statement(
                """
                "Effect": "Allow",
                "Action": ["dynamodb:DescribeLimits", ▸"s3:GetObject"],
                "Resource": "*"
                """), repaired: good),
        LintRule(
            "unknown-key", .error, "Unknown condition key",
            why: "A misspelt key is never there: an Allow never holds, and a Deny never denies.",
            sources: [
                "AA:INVALID_GLOBAL_CONDITION_KEY", "AA:INVALID_SERVICE_CONDITION_KEY",
                "AA:INVALID_CONDITION_KEY_FORMAT", "AA:MISSING_TAG_KEY_IN_CONDITION",
                "AA:UNSUPPORTED_GLOBAL_CONDITION_KEY", "AA:DEPRECATED_GLOBAL_CONDITION_KEY",
            ],
            faulty: .statement(
                allowElements + ",\n\"Condition\": {\"StringEquals\": {▸\"dynamodb:Selekt\": \"COUNT\"}}"),
            repaired: good),
        LintRule(
            "unknown-operator", .error, "Unknown operator",
            why: "An operator that does not exist compares nothing.",
            sources: ["AA:INVALID_CONDITION_OPERATOR", "P:UNKNOWN_OPERATOR"],
            faulty: .statement(
                allowElements + ",\n\"Condition\": {▸\"StringsEquals\": {\"aws:PrincipalTag/role\": \"x\"}}"),
            repaired: .statement(
                allowElements + ",\n\"Condition\": {\"StringEquals\": {\"aws:PrincipalTag/role\": \"x\"}}")),
        LintRule(
            "null-if-exists", .error, "Null with IfExists",
            why: "`Null` asks whether a key is there; `IfExists` takes the question back.",
            sources: ["AA:NULL_WITH_IF_EXISTS"],
            faulty: .statement(
                allowElements
                    + ",\n\"Condition\": {▸\"NullIfExists\": {\"aws:PrincipalTag/role\": \"false\"}}"
            ),
            repaired: .statement(
                allowElements + ",\n\"Condition\": {\"Null\": {\"aws:PrincipalTag/role\": \"false\"}}")),
        LintRule(
            "token-claim-in-policy", .error, "Claim of a token in a policy",
            why: "A policy sees the tags of the session; claims are seen by the trust of a role alone.",
            faulty: .statement(
                allowElements + ",\n\"Condition\": {\"StringEquals\": {▸\"homeroom:role\": \"teacher\"}}"),
            repaired: .statement(
                allowElements
                    + ",\n\"Condition\": {\"StringEquals\": {\"aws:PrincipalTag/role\": \"teacher\"}}")),
        LintRule(
            "duplicate-key", .error, "Condition key twice",
            why: "Names of keys are one in any case of their letters, and IAM keeps one of the two.",
            sources: ["AA:DUPLICATE_KEYS_WITH_DIFFERENT_CASE"],
            faulty: .statement(
                allowElements
                    + ",\n\"Condition\": {\"StringEquals\": {\"aws:PrincipalTag/role\": \"a\", "
                    + "▸\"aws:principaltag/role\": \"b\"}}"),
            repaired: .statement(
                allowElements
                    + ",\n\"Condition\": {\"StringEquals\": {\"aws:PrincipalTag/role\": [\"a\", \"b\"]}}")),
    ]
}
