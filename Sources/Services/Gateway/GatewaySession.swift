import Base
import Policies

/// For whom a caller acts, in which role, for how long: made once when a session is opened or first seen, and
/// kept.
public final class GatewaySession: Sendable {
    /// The account that all ARNs name.
    public static let account = "000000000000"

    /// Whose items it can reach.
    public let tenant: TenantID
    /// For which school, or the tenant's own id for a district-level role; as the token says.
    public let school: String
    /// The role's name.
    public let role: String
    /// The name the caller gave the session.
    public let name: String
    /// When it ends.
    public let expiresAt: Timestamp
    /// What policies can ask about it; its ARN is the assumed role's.
    public let principal: PrincipalAttributes

    /// A session.
    /// - Throws: `PrincipalAttributes.TagFault` where a tag is not of the form that AWS allows.
    public init(
        tenant: TenantID, school: String, role: String, name: String,
        tags: [(name: String, value: String)], issuedAt: Timestamp, expiresAt: Timestamp
    ) throws(PrincipalAttributes.TagFault) {
        self.tenant = tenant
        self.school = school
        self.role = role
        self.name = name
        self.expiresAt = expiresAt
        principal = try PrincipalAttributes(
            tags: tags, arn: Self.arn(role: role, session: name), account: Self.account,
            userID: "\(Self.roleID(role)):\(name)", issuedAt: issuedAt)
    }

    /// The assumed role's ARN, as messages and GetCallerIdentity name the caller.
    public var arn: String { principal.arn }

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
