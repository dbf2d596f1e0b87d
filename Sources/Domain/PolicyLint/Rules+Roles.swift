// Roles, and what a folder holds together.
extension LintRule {
    private static func trusting(_ conditions: String, _ extra: String = "", seconds: String = "")
        -> LintExample
    {
        .role(
            "{\n  \"name\": \"teacher\",\n  \"policies\": [\"read.json\"],\n\(extra)  \"trust\": ▸{\n    \"conditions\": {\(conditions)}\n  }\(seconds)\n}"
        )
    }
    private static let role = "\"StringEquals\": {\"homeroom:role\": \"teacher\"}"
    private static let ids =
        "\"Null\": {\"homeroom:tenant_id\": \"false\", \"homeroom:school_id\": \"false\"}"
    private static let rolePath = ("roles/teacher.json", LintExample.plainRole)
    private static let policy = ("policies/read.json", LintExample.plainPolicy)
    private static let cases = ("cases/teacher.json", LintExample.plainCases)
    private static let denyAll =
        "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Sid\": \"Nothing\", \"Effect\": \"Deny\", "
        + "\"Action\": \"dynamodb:*\", \"Resource\": \"*\"}\n  ]\n}"

    static let roles: [LintRule] = [
        LintRule(
            "trust-without-role", .securityWarning, "Trust that does not ask for the role",
            why: "Every token of the issuer opens the role, a student's as an admin's.",
            sources: ["AA:MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL"],
            faulty: trusting(ids), repaired: goodRole),
        LintRule(
            "trust-without-tenant", .warning, "Trust that does not ask for the tenant",
            why:
                "The role's policies use the caller's tags; a session without them could do nothing, or too much.",
            faulty: trusting(role), repaired: goodRole),
        LintRule(
            "trust-if-exists", .securityWarning, "IfExists in a trust",
            why: "A token without the claim opens the role.",
            faulty: .role(
                "{\n  \"name\": \"teacher\",\n  \"policies\": [\"read.json\"],\n  \"trust\": {\n    \"conditions\": {"
                    + "▸\"StringEqualsIfExists\": {\"homeroom:role\": \"teacher\"}, \(ids)}\n  }\n}"),
            repaired: goodRole, fix: .narrows),
        LintRule(
            "trust-negated", .securityWarning, "Negated operator in a trust",
            why: "Every claim that nobody thought of opens the role, and a token without it too.",
            faulty: .role(
                "{\n  \"name\": \"teacher\",\n  \"policies\": [\"read.json\"],\n  \"trust\": {\n    \"conditions\": {"
                    + "▸\"StringNotEquals\": {\"homeroom:role\": \"student\"}, \(ids)}\n  }\n}"),
            repaired: goodRole),
        LintRule(
            "long-session", .warning, "Long session",
            why: "A session keeps its rights until it ends, whatever becomes of the person or the role.",
            faulty: .role(
                "{\n  \"name\": \"teacher\",\n  \"policies\": [\"read.json\"],\n  \"trust\": \(plainTrust),\n"
                    + "  \"maxSessionSeconds\": ▸43200\n}"),
            repaired: goodRole),
        LintRule(
            "boundary-allows-nothing", .error, "Boundary that allows nothing",
            why: "A role may do what its policies and its boundary both allow.",
            faulty: .folder(
                (
                    "roles/teacher.json",
                    "{\n  \"name\": \"teacher\",\n  \"policies\": [\"read.json\"],\n  \"permissionBoundary\": ▸\"deny.json\",\n"
                        + "  \"trust\": \(plainTrust)\n}"
                ), policy, ("policies/deny.json", denyAll)),
            repaired: goodRole),
        LintRule(
            "role-allows-nothing", .warning, "Role that may do nothing",
            why: "No policy of the role allows anything.",
            faulty: .folder(
                (
                    "roles/teacher.json",
                    "{\n  \"name\": \"teacher\",\n  \"policies\": ▸[\"deny.json\"],\n  \"trust\": \(plainTrust)\n}"
                ), ("policies/deny.json", denyAll)),
            repaired: goodRole),
        LintRule(
            "unused-policy", .warning, "Policy that no role has",
            why: "A Deny that no role has denies nothing.",
            faulty: .folder(("policies/deny.json", "▸" + denyAll), rolePath, policy),
            repaired: .folder(("policies/read.json", LintExample.plainPolicy), rolePath)),
        LintRule(
            "role-without-cases", .suggestion, "Role without cases",
            why: "Cases show what a role may do, and that it still may after a change.",
            faulty: .folder(("roles/teacher.json", "▸" + LintExample.plainRole), policy),
            repaired: .folder(rolePath, policy, cases)),
        LintRule(
            "case-without-role", .error, "Cases of a role that is not there",
            why: "The cases fail, or show nothing.",
            faulty: .folder(
                ("cases/teacher.json", LintExample.plainCases.replacing("\"teacher\"", "▸\"techer\"")),
                rolePath,
                policy),
            repaired: .folder(cases, rolePath, policy)),
        LintRule(
            "case-without-statement", .warning, "Case that expects a statement that is not there",
            why: "The case fails whatever is decided.",
            faulty: .folder(
                (
                    "cases/teacher.json",
                    LintExample.plainCases.replacing(
                        "\n    {", "\n    ▸{"
                    ).replacing("\"Deny(implicit)\"", "\"Allow\", \"statement\": \"ReadOwn\"")
                ), rolePath, policy),
            repaired: .folder(cases, rolePath, policy)),
        LintRule(
            "stray-file", .warning, "File that nothing reads",
            why: "Only files that end in `.json` are read: a Deny in another one denies nothing.",
            faulty: .folder(("policies/deny.jsn", "▸" + denyAll), rolePath, policy),
            repaired: .folder(("policies/read.json", LintExample.plainPolicy), rolePath)),
    ]
}

extension String {
    /// With the first `old` replaced; examples of checks are made of one another.
    fileprivate func replacing(_ old: String, _ new: String) -> String {
        let parts = self.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        return parts.joined(separator: new)
    }
}
