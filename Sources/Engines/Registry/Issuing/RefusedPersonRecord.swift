import Base
import Crypto

/// Somebody whom an identity provider of a tenant lets in, and whom the tenant refuses all the same; or did once.
///
/// It stays when they are let in again: what was issued before that stays refused.
public struct RefusedPersonRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "refused-person"

    /// The tenant's id, a slash, and `personID`.
    public let id: String
    /// Whose people they are of.
    public let tenant: TenantID
    /// The provider's name, a slash, and what it calls them: the subject of their tokens.
    public let person: String
    /// Why, in the words of whoever refused them; empty where they gave none.
    public var reason: String
    /// Whether they are refused now.
    public var isRefused = true
    /// When they were last refused.
    public var refusedAt: Timestamp
    /// What was issued to them before is refused; nil where everything is.
    public var refusedBefore: Timestamp?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// What the ids of a tenant's begin with.
    public static func prefix(of tenant: TenantID) -> String { tenant.text + "/" }

    /// The id of a person of a tenant.
    public static func id(of person: String, in tenant: TenantID) -> String {
        prefix(of: tenant) + personID(of: person, in: tenant)
    }

    /// What tokens name a person by: `p_` and 128 bits, another for each person of each tenant.
    public static func personID(of person: String, in tenant: TenantID) -> String {
        "p_" + Base64URL.encode(SHA256.hash("\(tenant)\n\(person)").bytes.prefix(16))
    }

    /// What tokens name this one by.
    public var personID: String { Self.personID(of: person, in: tenant) }

    /// Somebody who is refused from now on, not recorded yet.
    public init(person: String, tenant: TenantID, reason: String, at now: Timestamp) {
        id = Self.id(of: person, in: tenant)
        self.tenant = tenant
        self.person = person
        self.reason = reason
        refusedAt = now
    }
}
