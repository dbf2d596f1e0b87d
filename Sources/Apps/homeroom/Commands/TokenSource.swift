import Base

/// Where the tokens of `homeroom token issue` and `homeroom env` come from, and the options that say which.
struct TokenSource: Sendable {
    private static let lifetimeSecondsStandard = 900

    /// Which token.
    static let options = [
        CommandOption(
            name: "tenant", value: "TENANT", help: "the tenant's id or exact name", isRequired: true),
        CommandOption(
            name: "school", value: "SCHOOL",
            help: "the school's id or exact name; without it the token is the district's"),
        CommandOption(
            name: "student", value: "ID",
            help: "the student of the school whose record it is for: part of its key"),
        CommandOption(
            name: "role", value: "ROLE", help: "a role of the policies, such as teacher", isRequired: true),
        CommandOption(
            name: "subject", value: "NAME", help: "who holds the token", standard: "role and school"),
        CommandOption(
            name: "lifetime", value: "SECONDS", help: "how long the token is good",
            standard: String(lifetimeSecondsStandard)),
    ]

    var client: ControlClient
    let lifetimeSeconds: Int
    /// The tenant's id.
    let tenant: String
    let invocation: Invocation

    /// The tokens that the options ask for.
    /// - Throws: `CommandFailure` where they are wrong, or there is no such tenant.
    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        lifetimeSeconds =
            try invocation.integer("lifetime", in: 1...86_400) ?? Self.lifetimeSecondsStandard
        client = try ControlClient(invocation)
        tenant = try TenantFinder(client).find(invocation.value("tenant") ?? "").text("id")
    }

    /// A new token, with what the server says about it.
    func issue() throws(CommandFailure) -> ControlClient.Answer {
        try client.post("/v1/tokens") { json in
            json.member("tenant", tenant)
            for name in ["school", "student", "role", "subject", "algorithm"] {
                guard let value = invocation.value(name) else { continue }
                json.name(text: name)
                json.string(value)
            }
            json.name("lifetimeSeconds")
            json.int(lifetimeSeconds)
        }
    }
}
