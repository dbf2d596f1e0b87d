// Conditions that mean something else than they say, or nothing.
extension LintRule {
    private static func under(_ condition: String, actions: String = "\"dynamodb:DescribeLimits\"")
        -> LintExample
    {
        .statement(
            "\"Effect\": \"Allow\",\n\"Action\": \(actions),\n\"Resource\": \"*\",\n\"Condition\": {\(condition)}"
        )
    }
    private static let role = "\"StringEquals\": {\"aws:PrincipalTag/role\": \"teacher\"}"
    private static let good = under(role)
    private static let times =
        "\"DateGreaterThan\": {\"aws:CurrentTime\": \"2026-08-01T00:00:00Z\"}"

    static let conditions: [LintRule] = [
        LintRule(
            "all-values-on-single", .securityWarning, "ForAllValues on a key with one value",
            why: "`ForAllValues` holds where the key is absent, so who lacks it gets in.",
            sources: ["AA:FORALLVALUES_WITH_SINGLE_VALUED_KEY", "P:SINGLE_VALUE_CONDITION_TOO_PERMISSIVE"],
            faulty: under("▸\"ForAllValues:StringEquals\": {\"aws:PrincipalTag/role\": \"teacher\"}"),
            repaired: good, fix: .narrows),
        LintRule(
            "any-value-on-single", .suggestion, "ForAnyValue on a key with one value",
            why: "A key with one value needs no word on how several are taken.",
            sources: ["P:SINGLE_VALUE_CONDITION_TOO_PERMISSIVE"],
            faulty: under("▸\"ForAnyValue:StringEquals\": {\"aws:PrincipalTag/role\": \"teacher\"}"),
            repaired: good, fix: .same),
        LintRule(
            "set-without-null", .suggestion, "ForAllValues without Null",
            why: "`ForAllValues` holds where the key is absent.",
            sources: ["AA:MISSING_PAIRED_CONDITION_KEYS"],
            faulty: under(
                "\"ForAllValues:StringEquals\": {▸\"aws:TagKeys\": [\"owner\"]}",
                actions: "\"dynamodb:CreateTable\""),
            repaired: under(
                "\"ForAllValues:StringEquals\": {\"aws:TagKeys\": [\"owner\"]}, \"Null\": {\"aws:TagKeys\": \"false\"}",
                actions: "\"dynamodb:CreateTable\"")),
        LintRule(
            "null-with-qualifier", .suggestion, "Null with a set word",
            why:
                "`Null` asks for the key, not for its values: the word before it changes nothing or everything.",
            sources: ["AA:NULL_WITH_QUALIFIER"],
            faulty: under("▸\"ForAnyValue:Null\": {\"aws:PrincipalTag/role\": \"false\"}"),
            repaired: under("\"Null\": {\"aws:PrincipalTag/role\": \"false\"}")),
        LintRule(
            "operator-type", .warning, "Operator of another type than the key",
            why: "A number is not ordered as a text, nor an address matched as one.",
            sources: ["AA:TYPE_MISMATCH", "P:MISMATCHED_TYPE"],
            faulty: under("▸\"StringLike\": {\"aws:SourceIp\": \"203.0.113.*\"}"),
            repaired: under("\"IpAddress\": {\"aws:SourceIp\": \"203.0.113.0/24\"}")),
        LintRule(
            "string-on-arn", .securityWarning, "Text operator on an ARN",
            why: "A wildcard of `StringLike` runs over colons; that of `ArnLike` stays in its segment.",
            sources: ["AA:STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", "P:MISMATCHED_TYPE_BUT_USABLE"],
            faulty: under(
                "▸\"StringLike\": {\"aws:PrincipalArn\": \"arn:aws:sts::*:assumed-role/teacher/*\"}"),
            repaired: under("\"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:sts::*:assumed-role/teacher/*\"}")),
        LintRule(
            "wildcard-literal", .warning, "Wildcard that is a character",
            why: "`StringEquals` compares `*` and `?` as characters.",
            sources: ["AA:WILDCARD_WITHOUT_LIKE_OPERATOR"],
            faulty: under("\"StringEquals\": {\"aws:PrincipalTag/role\": ▸\"teach*\"}"),
            repaired: under("\"StringLike\": {\"aws:PrincipalTag/role\": \"teach*\"}")),
        LintRule(
            "never-holds", .warning, "Condition that never holds",
            why: "Two conditions contradict each other, so the statement never applies.",
            sources: ["AA:REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION"],
            faulty: under(role + ", \"Null\": {▸\"aws:PrincipalTag/role\": \"true\"}"),
            repaired: under(role + ", \"Null\": {\"aws:PrincipalTag/role\": \"false\"}")),
        LintRule(
            "always-holds", .warning, "Condition that always holds",
            why: "It looks like a limit and is none.",
            sources: ["AA:REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION"],
            faulty: under("\"StringLikeIfExists\": {\"aws:userid\": ▸\"*\"}"), repaired: good),
        LintRule(
            "same-as-null", .suggestion, "Null in other words",
            why: "It asks only whether the key is there, which `Null` says plainly.",
            sources: ["AA:EQUIVALENT_TO_NULL_FALSE", "AA:EQUIVALENT_TO_NULL_TRUE"],
            faulty: under("\"StringLike\": {\"aws:PrincipalTag/role\": ▸\"*\"}"),
            repaired: under("\"Null\": {\"aws:PrincipalTag/role\": \"false\"}")),
        LintRule(
            "several-booleans", .error, "Several values for a yes or no",
            why: "`true` and `false` together always hold; the same twice says nothing more.",
            sources: ["AA:INVALID_CONDITION_MULTIPLE_BOOLEAN"],
            faulty: under("\"Null\": {\"aws:PrincipalTag/role\": ▸[\"true\", \"false\"]}"),
            repaired: under("\"Null\": {\"aws:PrincipalTag/role\": \"false\"}")),
        LintRule(
            "key-without-action", .error, "Key that an action never brings",
            why: "A request for the action lacks the key, so the statement never applies to it.",
            sources: [
                "AA:UNSUPPORTED_ACTION_FOR_CONDITION_KEY", "AA:MISSING_ACTION_FOR_CONDITION_KEY",
                "P:UNKNOWN_CONDITION_FOR_ACTION",
            ],
            faulty: under(
                "\"StringEquals\": {▸\"dynamodb:Select\": \"COUNT\"}", actions: "\"dynamodb:DescribeTable\""),
            repaired: .statement(
                readElements(
                    condition: "\"Condition\": {\n  \"ForAllValues:StringLike\": {\"dynamodb:LeadingKeys\": "
                        + "\"TENANT#${aws:PrincipalTag/school_id}#*\"},\n  \"Null\": {\"dynamodb:LeadingKeys\": \"false\"},\n"
                        + "  \"StringEquals\": {\"dynamodb:Select\": \"SPECIFIC_ATTRIBUTES\"}\n}"))),
        LintRule(
            "key-never-filled", .warning, "Key that the gateway never has",
            why: "A session or request at the gateway never has the key, so it is absent in every decision.",
            sources: [
                "AA:ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
                "AA:ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
                "AA:USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", "AA:INVALID_VPC_FORMAT",
                "AA:INVALID_VPCE_FORMAT", "AA:INVALID_SERVICE_PRINCIPAL_FORMAT",
            ],
            faulty: under("\"StringEquals\": {▸\"aws:SourceVpce\": \"vpce-1a2b3c4d\"}"), repaired: good),
        LintRule(
            "key-always-false", .warning, "Key that is always false",
            why:
                "No service calls the gateway and no token speaks of a second factor, so the answer is always the same.",
            sources: ["P:BAD_PATTERN_FOR_MFA"],
            faulty: under("\"Bool\": {▸\"aws:MultiFactorAuthPresent\": \"true\"}"), repaired: good),
    ]

    static let values: [LintRule] = [
        LintRule(
            "ip-range-bits", .suggestion, "Bits beside the mask",
            why: "The address names a machine, its mask a network: one of the two is not meant.",
            sources: ["AA:IMPROVE_IP_RANGE"],
            faulty: under("\"IpAddress\": {\"aws:SourceIp\": ▸\"203.0.113.7/24\"}"),
            repaired: under("\"IpAddress\": {\"aws:SourceIp\": \"203.0.113.0/24\"}"), fix: .same),
        LintRule(
            "date-form", .warning, "Date in seconds",
            why: "A number of seconds is read as a date, and nobody sees which.",
            sources: ["AA:INVALID_DATE_VALUE"],
            faulty: under("\"DateGreaterThan\": {\"aws:CurrentTime\": ▸\"1785542400\"}"),
            repaired: under(times)),
        LintRule(
            "mixed-values", .error, "Values of several types",
            why: "IAM refuses a list of texts, numbers and booleans mixed.",
            sources: ["AA:INVALID_CONDITION_DATA_TYPE"],
            faulty: under("\"StringEquals\": {\"aws:PrincipalTag/role\": ▸[\"teacher\", 7]}"),
            repaired: under("\"StringEquals\": {\"aws:PrincipalTag/role\": [\"teacher\", \"7\"]}")),
        LintRule(
            "unknown-value", .warning, "Value that the key never has",
            why: "DynamoDB has a short list of values for the key; another never matches.",
            sources: ["AA:INVALID_REGION"],
            faulty: .statement(
                readElements(
                    condition: "\"Condition\": {\n  \"ForAllValues:StringLike\": {\"dynamodb:LeadingKeys\": "
                        + "\"TENANT#${aws:PrincipalTag/school_id}#*\"},\n  \"Null\": {\"dynamodb:LeadingKeys\": \"false\"},\n"
                        + "  \"StringEquals\": {\"dynamodb:Select\": ▸\"SOME_ATTRIBUTES\"}\n}")),
            repaired: .statement(
                readElements(
                    condition: "\"Condition\": {\n  \"ForAllValues:StringLike\": {\"dynamodb:LeadingKeys\": "
                        + "\"TENANT#${aws:PrincipalTag/school_id}#*\"},\n  \"Null\": {\"dynamodb:LeadingKeys\": \"false\"},\n"
                        + "  \"StringEquals\": {\"dynamodb:Select\": \"SPECIFIC_ATTRIBUTES\"}\n}"))),
    ]
}
