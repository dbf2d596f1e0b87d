// Statements that reach further than their author can have meant.
extension LintRule {
    private static func statement(
        _ action: String, _ resource: String, effect: String = "Allow"
    ) -> LintExample {
        .statement("\"Effect\": \"\(effect)\",\n\"Action\": \(action),\n\(resource)")
    }
    private static let table = "\"Resource\": \"arn:aws:dynamodb:*:*:table/student-table\""
    private static let good = statement("\"dynamodb:DescribeTable\"", table)

    static let breadth: [LintRule] = [
        LintRule(
            "all-actions", .securityWarning, "Every action of a service",
            why:
                "`dynamodb:*` brings exports, backups, streams and policies of resources, and those of tomorrow.",
            sources: ["P:PRIVILEGE_ESCALATION", "P:SENSITIVE_ACCESS"],
            faulty: statement("▸\"dynamodb:*\"", table), repaired: good),
        LintRule(
            "not-action-allow", .securityWarning, "Allow of everything but some actions",
            why: "`NotAction` allows every other action: exports, backups, STS, and those of tomorrow.",
            faulty: .statement(
                "\"Effect\": \"Allow\",\n▸\"NotAction\": \"dynamodb:DeleteTable\",\n\(table)"), repaired: good
        ),
        LintRule(
            "not-resource-allow", .securityWarning, "Allow of everything but some resources",
            why: "`NotResource` reaches every other table, index, stream and backup.",
            sources: ["P:NOTRESOURCE_WITH_ALLOW"],
            faulty: statement(
                "\"dynamodb:DescribeTable\"", "▸\"NotResource\": \"arn:aws:dynamodb:*:*:table/registry\""),
            repaired: good),
        LintRule(
            "resource-star", .warning, "Every resource",
            why: "The actions take the ARN of a table, so the statement can say which.",
            sources: ["P:RESOURCE_STAR", "P:RESOURCE_EFFECTIVELY_STAR"],
            faulty: statement("\"dynamodb:DescribeTable\"", "\"Resource\": ▸\"*\""), repaired: good),
        LintRule(
            "permissions-action", .securityWarning, "Actions that change permissions",
            why: "Who may write the policy of a resource may open it to anybody.",
            sources: ["P:PERMISSIONS_MANAGEMENT_ACTIONS", "P:PRIVILEGE_ESCALATION"],
            faulty: statement("▸\"dynamodb:PutResourcePolicy\"", table), repaired: good),
        LintRule(
            "credentials-action", .warning, "Actions that return credentials",
            why: "New credentials can have other tags and outlive the session.",
            sources: ["P:CREDENTIALS_EXPOSURE"],
            faulty: statement("▸\"sts:GetFederationToken\"", "\"Resource\": \"*\""),
            repaired: statement("\"sts:GetCallerIdentity\"", "\"Resource\": \"*\"")),
        LintRule(
            "service-wildcard", .suggestion, "Wildcard in the name of a service",
            why: "Homeroom answers for two services; the name says which is meant.",
            sources: ["AA:WILDCARD_IN_SERVICE_NAME"],
            faulty: statement("▸\"d*:DescribeTable\"", table), repaired: good),
        LintRule(
            "action-case", .suggestion, "Case of an action",
            why: "Names are one in any case of their letters; the usual one is found by a search.",
            faulty: statement("▸\"dynamodb:describetable\"", table), repaired: good, fix: .same),
    ]

    static let denies: [LintRule] = [
        LintRule(
            "deny-hole-absent", .securityWarning, "Deny with a hole for absent keys",
            why: "A Deny by `ForAnyValue` does not hold where a request lacks the key, as a scan does.",
            faulty: statement(
                "[\"dynamodb:Query\", \"dynamodb:Scan\"]",
                table + ",\n\"Condition\": {▸\"ForAnyValue:StringNotLike\": {\"dynamodb:LeadingKeys\": "
                    + "\"TENANT#${aws:PrincipalTag/school_id}#*\"}}", effect: "Deny"),
            repaired: statement(
                "\"dynamodb:Query\"",
                table + ",\n\"Condition\": {\"ForAnyValue:StringNotLike\": {\"dynamodb:LeadingKeys\": "
                    + "\"TENANT#${aws:PrincipalTag/school_id}#*\"}}", effect: "Deny")),
        LintRule(
            "deny-hole-mixed", .securityWarning, "Deny with a hole for mixed batches",
            why: "A Deny by `ForAllValues` does not hold where one value of a batch is not meant.",
            faulty: statement(
                "\"dynamodb:BatchGetItem\"",
                table + ",\n\"Condition\": {▸\"ForAllValues:StringNotLike\": {\"dynamodb:LeadingKeys\": "
                    + "\"TENANT#${aws:PrincipalTag/school_id}#*\"}}", effect: "Deny"),
            repaired: statement(
                "\"dynamodb:BatchGetItem\"",
                table + ",\n\"Condition\": {\"ForAnyValue:StringNotLike\": {\"dynamodb:LeadingKeys\": "
                    + "\"TENANT#${aws:PrincipalTag/school_id}#*\"}}", effect: "Deny")),
        LintRule(
            "deny-never-applies", .securityWarning, "Deny that never applies",
            why: "No request brings the key, so the Deny denies nothing.",
            sources: [
                "AA:DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
                "AA:DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
            ],
            faulty: statement(
                "\"dynamodb:DescribeTable\"",
                table + ",\n\"Condition\": {\"StringEquals\": {▸\"aws:ResourceTag/class\": \"secret\"}}",
                effect: "Deny"),
            repaired: statement("\"dynamodb:DescribeTable\"", table, effect: "Deny")),
    ]
}
