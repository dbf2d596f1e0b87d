import Base
import Policies

/// For whom a caller acts, in which role, for how long: made once when a session is opened or first seen, and
/// kept.
public final class GatewaySession: Sendable {
    /// The account that all ARNs name.
    public static let account = "000000000000"

    /// Whose items and tables a session can reach.
    public enum Scope: Hashable, Sendable {
        /// One tenant's items in logical tables, for a school of it (or its own id for a district-level role), as the token says.
        case tenant(TenantID, school: String)
        /// Physical tables of every store: its own to change, those that hold tenants' items to look at.
        case operators
    }

    /// The role whose policies hold for operators; nobody can assume it by a token.
    public static let operatorRole = "operator"

    /// What it can reach.
    public let scope: Scope
    /// Whose items it can reach; nil for operators.
    public var tenant: TenantID? { if case .tenant(let tenant, _) = scope { tenant } else { nil } }
    /// The role's name.
    public let role: String
    /// The name the caller gave the session.
    public let name: String
    /// When it ends.
    public let expiresAt: Timestamp
    /// What policies can ask about it; its ARN is the assumed role's.
    public let principal: PrincipalAttributes
    /// What it was narrowed to when it was made; nil where it has all that its role has.
    public let narrowing: SessionNarrowing?

    /// A session of a tenant.
    /// - Parameters:
    ///   - issuer: who vouched for it, the token's `iss`; nil where nobody has kept it.
    ///   - narrowing: the session policies.
    /// - Throws: `PrincipalAttributes.TagFault` where a tag is not of the form that AWS allows.
    public init(
        tenant: TenantID, school: String, role: String, name: String,
        tags: [(name: String, value: String)], issuer: String? = nil, issuedAt: Timestamp,
        expiresAt: Timestamp, narrowing: SessionNarrowing? = nil
    ) throws(PrincipalAttributes.TagFault) {
        scope = .tenant(tenant, school: school)
        self.role = role
        self.name = name
        self.expiresAt = expiresAt
        self.narrowing = narrowing
        principal = try PrincipalAttributes(
            tags: tags, arn: Self.arn(role: role, session: name), account: Self.account,
            userID: "\(Self.roleID(role)):\(name)",
            origin: .token(issuedAt: issuedAt, provider: issuer.map(Self.provider(of:))))
    }

    /// A session of an operator, by a static key.
    /// - Throws: `PrincipalAttributes.TagFault`, never in practice: it has no tags.
    public init(operatorKey id: String) throws(PrincipalAttributes.TagFault) {
        scope = .operators
        role = Self.operatorRole
        name = id
        expiresAt = Timestamp(milliseconds: .max)
        narrowing = nil
        principal = try PrincipalAttributes(
            tags: [], arn: "arn:aws:iam::\(Self.account):user/operator/\(id)", account: Self.account,
            userID: id, origin: .staticKey(user: id))
    }

    /// `aws:FederatedProvider`: the ARN of an OpenID provider is made of its URL without the scheme.
    private static func provider(of issuer: String) -> String {
        let place = issuer.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false).last ?? ""
        return "arn:aws:iam::\(account):oidc-provider/\(place)"
    }

    /// The caller's ARN: the assumed role's, or the operator's; as messages and GetCallerIdentity name the caller.
    public var arn: String { principal.arn }

    /// `aws:userid`: of an assumed role its id and the session's name, of an operator the access key id.
    public var userID: String {
        switch scope {
        case .tenant: "\(Self.roleID(role)):\(name)"
        case .operators: name
        }
    }

    /// The ARN of a session of a role.
    public static func arn(role: String, session: String) -> String {
        "arn:aws:sts::\(account):assumed-role/\(role)/\(session)"
    }

    /// What stands for the role in `aws:userid`: `AROA` and seventeen letters or digits made of its name.
    public static func roleID(_ role: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var text = Array("AROA".utf8)
        for index in 0..<17 {
            for byte in role.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ UInt64(index)) &* 0x100_0000_01B3
            text.append(alphabet[Int((hash >> 40) & 31)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
