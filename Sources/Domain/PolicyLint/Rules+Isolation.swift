// What lets a district at another's data through the partition key.
extension LintRule {
    private static func reading(_ actions: String, _ condition: String, index: Bool = false) -> LintExample {
        .statement(
            "\"Effect\": \"Allow\",\n\"Action\": \(actions),\n"
                + "\"Resource\": \"arn:aws:dynamodb:*:*:table/student-table\(index ? "/index/teacher-index" : "")\",\n"
                + "\"Condition\": {\n\(condition)\n}")
    }
    private static let null = "  \"Null\": {\"dynamodb:LeadingKeys\": \"false\"}"
    private static func keys(_ text: String, _ name: String = "ForAllValues:StringLike") -> String {
        "  \"\(name)\": {\"dynamodb:LeadingKeys\": \(text)}"
    }
    private static let own = "\"TENANT#${aws:PrincipalTag/school_id}#*\""
    private static let good = reading("\"dynamodb:GetItem\"", keys(own) + ",\n" + null)

    static let isolation: [LintRule] = [
        LintRule(
            "open-scan", .securityWarning, "Scan under ForAllValues",
            why:
                "A scan brings no leading keys, `ForAllValues` holds on an absent key, and the table is open.",
            sources: ["AA:MISSING_PAIRED_CONDITION_KEYS"],
            faulty: reading(
                "[\"dynamodb:Query\", \"dynamodb:Scan\"]",
                "  \"ForAllValues:StringLike\": {▸\"dynamodb:LeadingKeys\": \(own)}"),
            repaired: good, fix: .narrows),
        LintRule(
            "leading-keys-without-null", .warning, "Leading keys without Null",
            why:
                "`ForAllValues` holds on an absent key: the statement opens the day a scan joins its actions.",
            sources: ["AA:MISSING_PAIRED_CONDITION_KEYS"],
            faulty: reading(
                "\"dynamodb:GetItem\"", "  \"ForAllValues:StringLike\": {▸\"dynamodb:LeadingKeys\": \(own)}"),
            repaired: good, fix: .narrows),
        LintRule(
            "plain-operator-on-many", .error, "Plain operator on a key with several values",
            why:
                "What an operator without `ForAllValues` or `ForAnyValue` means for several values is documented "
                + "nowhere.",
            sources: ["AA:MISSING_QUALIFIER"],
            faulty: reading("\"dynamodb:GetItem\"", "  ▸\"StringLike\": {\"dynamodb:LeadingKeys\": \(own)}"),
            repaired: good, fix: .same),
        LintRule(
            "any-leading-key", .securityWarning, "ForAnyValue on leading keys",
            why: "One key of the caller's own in a batch lets all the other keys of the batch through.",
            faulty: reading(
                "\"dynamodb:BatchGetItem\"",
                "  ▸\"ForAnyValue:StringLike\": {\"dynamodb:LeadingKeys\": \(own)}"),
            repaired: good),
        LintRule(
            "leading-keys-if-exists", .securityWarning, "IfExists on leading keys",
            why: "`IfExists` holds where a request brings no keys, as a scan does.",
            faulty: reading(
                "\"dynamodb:GetItem\"",
                "  ▸\"ForAllValues:StringLikeIfExists\": {\"dynamodb:LeadingKeys\": \(own)}"),
            repaired: good),
        LintRule(
            "leading-keys-negated", .securityWarning, "Negated operator on leading keys",
            why: "It allows every key but some: those of all other tenants, and requests without keys.",
            faulty: reading(
                "\"dynamodb:GetItem\"",
                "  ▸\"ForAllValues:StringNotLike\": {\"dynamodb:LeadingKeys\": \"CONFIG#*\"},\n" + null),
            repaired: good),
        LintRule(
            "no-delimiter", .securityWarning, "No delimiter after the tag",
            why: "School `12` reads the data of school `123` where nothing ends the tag.",
            sources: ["AA:VARIABLE_USAGE_TOO_PERMISSIVE"],
            faulty: reading(
                "\"dynamodb:GetItem\"", keys("▸\"TENANT#${aws:PrincipalTag/school_id}*\"") + ",\n" + null),
            repaired: good),
        LintRule(
            "delimiter-in-tag", .securityWarning, "Delimiter that tags can hold",
            why:
                "The tag `oak` reads the data of `oak-hill` where `-` ends it: only a character that no tag can hold, "
                + "such as `#`, ends one.",
            sources: ["AA:VARIABLE_USAGE_TOO_PERMISSIVE"],
            faulty: reading(
                "\"dynamodb:GetItem\"", keys("▸\"TENANT#${aws:PrincipalTag/school_id}-*\"") + ",\n" + null),
            repaired: good),
        LintRule(
            "wildcard-before-tag", .securityWarning, "Wildcard before the tag",
            why: "A wildcard runs over any text, so the key may be another's and hold the tag further on.",
            sources: ["AA:WILDCARD_USAGE_TOO_PERMISSIVE"],
            faulty: reading(
                "\"dynamodb:GetItem\"", keys("▸\"*#${aws:PrincipalTag/school_id}#*\"") + ",\n" + null),
            repaired: good),
        LintRule(
            "leading-keys-without-tag", .securityWarning, "Leading keys of everybody",
            why: "A pattern with a wildcard and no tag matches the keys of every tenant.",
            sources: ["AA:WILDCARD_USAGE_TOO_PERMISSIVE"],
            faulty: reading("\"dynamodb:GetItem\"", keys("▸\"TENANT#*\"") + ",\n" + null), repaired: good),
        LintRule(
            "leading-keys-unlike-catalog", .warning, "Leading keys unlike the catalog's",
            why:
                "The catalog says whose a partition key is; a pattern of another form matches no tenant's keys, or not "
                + "those of the tag's owner.",
            faulty: reading(
                "\"dynamodb:GetItem\"", keys("▸\"TENANT#${aws:PrincipalTag/tenant_id}#*\"") + ",\n" + null),
            repaired: good),
        LintRule(
            "index-under-wildcard", .securityWarning, "Indexes under a wildcard",
            why:
                "An index has partition keys of its own, so a condition on leading keys says something else for each "
                + "index that the wildcard covers.",
            faulty: .statement(
                readElements(
                    resource: "▸\"arn:aws:dynamodb:*:*:table/student-table*\"", action: "dynamodb:Query")),
            repaired: .statement(readElements(action: "dynamodb:Query"))),
        LintRule(
            "tables-under-wildcard", .securityWarning, "Tables under a wildcard",
            why:
                "Each table has keys of its own form, so a condition on leading keys says something else for each table "
                + "that the wildcard covers, those of tomorrow included.",
            faulty: .statement(readElements(resource: "▸\"arn:aws:dynamodb:*:*:table/*-table\"")),
            repaired: .statement(readElements())),
        LintRule(
            "no-leading-keys", .securityWarning, "Items of every tenant",
            why:
                "Without a condition on leading keys the statement reaches the items of every tenant in the table.",
            faulty: .statement(
                "\"Effect\": \"Allow\",\n\"Action\": ▸\"dynamodb:GetItem\",\n\"Resource\": \"arn:aws:dynamodb:*:*:table/student-table\""
            ),
            repaired: good),
        LintRule(
            "whole-table-action", .securityWarning, "Copies of a whole table",
            why:
                "Exports, backups, restores, imports and streams carry the items of every tenant, whatever the keys.",
            faulty: .statement(
                "\"Effect\": \"Allow\",\n\"Action\": ▸\"dynamodb:ExportTableToPointInTime\",\n"
                    + "\"Resource\": \"arn:aws:dynamodb:*:*:table/student-table\""),
            repaired: good),
        LintRule(
            "attributes-without-select", .securityWarning, "Attributes without Select",
            why: "A read that names no attributes returns whole items, hidden attributes and all.",
            sources: ["AA:DYNAMODB_ATTRIBUTES_WITHOUT_SELECT"],
            faulty: reading(
                "\"dynamodb:GetItem\"",
                "  \"ForAllValues:StringEquals\": {▸\"dynamodb:Attributes\": [\"recordKey\", \"entityKey\", \"name\"]},\n"
                    + keys(own) + ",\n" + null),
            repaired: reading(
                "\"dynamodb:GetItem\"",
                "  \"ForAllValues:StringEquals\": {\"dynamodb:Attributes\": [\"recordKey\", \"entityKey\", \"name\"]},\n"
                    + "  \"StringEquals\": {\"dynamodb:Select\": \"SPECIFIC_ATTRIBUTES\"},\n" + keys(own)
                    + ",\n" + null)),
    ]
}
