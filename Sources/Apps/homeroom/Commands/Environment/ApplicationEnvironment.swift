import Base

/// The variables by which an AWS SDK finds the gateway and signs in with a token.
struct ApplicationEnvironment {
    /// Variables that would be taken instead of the token, or lead elsewhere. Source: "AWS SDKs and Tools Reference Guide",
    /// standardized credential providers and service-specific endpoints.
    static let conflicting = [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "AWS_ENDPOINT_URL_STS",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    ]

    /// Names and values, in the order in which they are shown.
    let variables: [(name: String, value: String)]

    /// - Parameter caFile: the authorities that the endpoint's certificate may be of, in place of the SDK's own.
    init(endpoint: String, region: String, roleARN: String, tokenFile: String, caFile: String? = nil) {
        let authorities = caFile.flatMap { endpoint.hasPrefix("https://") ? [("AWS_CA_BUNDLE", $0)] : nil }
        variables =
            [
                ("AWS_ENDPOINT_URL", endpoint),
                // Some SDKs read the one, some the other.
                ("AWS_REGION", region), ("AWS_DEFAULT_REGION", region), ("AWS_ROLE_ARN", roleARN),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", tokenFile),
            ] + (authorities ?? [])
    }

    /// Refuses what no line can hold as it is: line ends and other control characters, which neither addresses nor names have.
    /// - Throws: `CommandFailure` that names the variable.
    func checkLines() throws(CommandFailure) {
        for (name, value) in variables {
            let isControl = { (scalar: Unicode.Scalar) in
                scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            }
            guard !value.unicodeScalars.contains(where: isControl) else {
                throw .failed(
                    "\(name) would have a control character in it (`\(TextWidth.harmless(value))`): is that Homeroom's control API?"
                )
            }
        }
    }

    /// Lines for a POSIX shell. `current` is the environment they come to: what conflicts there is taken out.
    func posix(in current: [String: String]) -> [String] {
        conflicts(in: current).map { "unset \($0)" }
            + variables.map { "export \($0.name)=\(ShellText.posix($0.value))" }
    }

    /// The same for fish.
    func fish(in current: [String: String]) -> [String] {
        conflicts(in: current).map { "set -e \($0)" }
            + variables.map { "set -gx \($0.name) \(ShellText.fish($0.value))" }
    }

    /// Lines of a `.env` file.
    var dotenv: [String] { variables.map { "\($0.name)=\(ShellText.dotenv($0.value))" } }

    /// The variables for a program: those there are without what conflicts, and without the key of this command line.
    func merged(into current: [String: String]) -> [String: String] {
        var merged = current.filter {
            !ApplicationEnvironment.conflicting.contains($0.key) && $0.key != "HOMEROOM_KEY"
        }
        for (name, value) in variables { merged[name] = value }
        return merged
    }

    /// What is set there and would be taken instead.
    func conflicts(in current: [String: String]) -> [String] {
        ApplicationEnvironment.conflicting.filter { current[$0] != nil }
    }
}
