/// What somebody who runs the platform may do, a person or a program; which operations that is, the control API's table says.
public enum PlatformRole: String, Hashable, Sendable, Codable, CaseIterable {
    /// Brings districts in, and sees them.
    case sales
    /// Everything that runs: tenants, runs, pools, backups, tokens.
    case `operator`
    /// The policies, what the gateway decided, and the audit.
    case reviewer
    /// Everything, other people's accounts and keys included.
    case admin

    /// These roles as a list in the order of the cases, each once.
    public static func ordered(_ roles: some Sequence<PlatformRole>) -> [PlatformRole] {
        let roles = Set(roles)
        return allCases.filter(roles.contains)
    }
}
