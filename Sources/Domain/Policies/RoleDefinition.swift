import JSONText

/// A role as a file describes it: what it may do and who may assume it.
public struct RoleDefinition: Sendable {
    /// The file's name as the caller gave it.
    public let file: String
    /// The last part of the role's ARN; the file is named for it.
    public let name: String
    /// One sentence for people.
    public let description: String
    /// The names of policy files.
    public let policies: [Located<String>]
    /// The name of the policy file that limits it, if one does.
    public let permissionBoundary: Located<String>?
    /// Who may assume it.
    public let trust: RoleTrust
    /// The longest session, in seconds, 900 to 43200. Source: AWS IAM API, CreateRole, `MaxSessionDuration`,
    /// whose lower limit is 3600; AssumeRoleWithWebIdentity's `DurationSeconds` begins at 900.
    public let maxSessionSeconds: Int

    /// The longest session where the file does not say.
    public static let defaultSessionSeconds = 3600
}

/// Who may assume a role: whose tokens, made for whom, and with which claims.
public struct RoleTrust: Sendable {
    /// The issuers whose tokens are accepted; empty for the deployment's own only.
    public let issuers: [String]
    /// The audiences one of which the token must name; empty for the deployment's own only.
    public let audiences: [String]
    /// Conditions on the claims (`homeroom:role`, `homeroom:tier` …) and on what the caller asks for
    /// (`aws:RequestTag/…`, `sts:RoleSessionName`, `aws:SourceIp` …).
    public let conditions: [PolicyCondition]

    /// The conditions, ready to decide.
    package let compiled: CompiledPolicySet
}

/// What a caller shows who wants to assume a role: the claims of a token that has been verified.
public struct RoleAssertion: Sendable {
    /// `iss`.
    public var issuer: String
    /// `aud`, one or several.
    public var audiences: [String]
    /// What the conditions of the trust ask for: fill `tokenSubject`, `tokenRole`, `tokenTier`,
    /// `tokenTenantId`, `tokenSchoolId`, `tokenStudentId`, `stsRoleSessionName`, `requestTag`, `sourceIp`. Issuer and audience
    /// are filled by `RoleTrust`.
    public var context: ContextValues

    /// An assertion.
    public init(issuer: String, audiences: [String], context: ContextValues) {
        self.issuer = issuer
        self.audiences = audiences
        self.context = context
    }
}

/// Whether a role may be assumed.
public enum TrustDecision: Equatable, Sendable {
    /// It may.
    case admitted
    /// The role does not trust the token's issuer.
    case wrongIssuer
    /// The token was made for somebody else.
    case wrongAudience
    /// A condition failed, or could not be told; the text says which.
    case refused(String)
}
