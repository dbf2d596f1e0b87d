// Who the caller is: tags of the session, claims of the token.
extension LintRule {
    private static func under(_ condition: String) -> LintExample {
        .statement(allowElements + ",\n\"Condition\": {\(condition)}")
    }
    private static let good = under("\"StringEquals\": {\"aws:PrincipalTag/role\": \"teacher\"}")

    static let tags: [LintRule] = [
        LintRule(
            "tag-default", .securityWarning, "Default for a tag",
            why: "A session without the tag gets in as the owner of the default.",
            faulty: under("\"StringEquals\": {\"aws:userid\": ▸\"${aws:PrincipalTag/school_id, 'shared'}\"}"),
            repaired: under("\"StringEquals\": {\"aws:userid\": \"${aws:PrincipalTag/school_id}\"}")),
        LintRule(
            "tag-if-exists", .securityWarning, "IfExists on a tag",
            why: "A session without the tag gets in.",
            faulty: under("▸\"StringEqualsIfExists\": {\"aws:PrincipalTag/role\": \"teacher\"}"),
            repaired: good, fix: .narrows),
        LintRule(
            "tag-negated", .securityWarning, "Negated operator on a tag",
            why: "A session without the tag gets in, and so does every value that nobody thought of.",
            faulty: under("▸\"StringNotEquals\": {\"aws:PrincipalTag/role\": \"student\"}"), repaired: good),
        LintRule(
            "tag-without-source", .error, "Tag that no token supplies",
            why:
                "Sessions have the tags of their tokens and no others: the condition is decided by the tag's absence.",
            faulty: under("\"StringEquals\": {▸\"aws:PrincipalTag/department\": \"maths\"}"), repaired: good),
        LintRule(
            "tag-value-characters", .warning, "Tag value that no session has",
            why:
                "No tag can hold `#` or another character that keys use as a delimiter: `a#b` would write keys that "
                + "belong to `a`.",
            faulty: under("\"StringEquals\": {\"aws:PrincipalTag/school_id\": ▸\"oak#hill\"}"),
            repaired: under("\"StringEquals\": {\"aws:PrincipalTag/school_id\": \"oak-hill\"}")),
        LintRule(
            "untrustworthy-key", .securityWarning, "Key that the caller writes",
            why: "A client sets the referer and the user agent as it likes.",
            sources: ["AA:UNTRUSTWORTHY_CONDITION_KEY"],
            faulty: under("\"StringLike\": {▸\"aws:UserAgent\": \"school-app/*\"}"), repaired: good),
        LintRule(
            "wildcard-in-sensitive-key", .error, "Wildcard in an account or organization",
            why: "Part of an account's number says nothing about whose it is.",
            sources: ["AA:WILDCARD_USAGE_TOO_PERMISSIVE", "AA:VARIABLE_USAGE_TOO_PERMISSIVE"],
            faulty: under("\"StringLike\": {\"aws:PrincipalAccount\": ▸\"12345*\"}"),
            repaired: under("\"StringEquals\": {\"aws:PrincipalAccount\": \"123456789012\"}")),
    ]
}
