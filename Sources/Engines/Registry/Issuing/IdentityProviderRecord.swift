import Base

/// A tenant's own identity provider, by whose tokens its people get Homeroom's: who it is, and how its claims are read.
public struct IdentityProviderRecord: RegistryRecord {
    /// A line of a table: what a claim says, and what that stands for here.
    public struct Line: Hashable, Sendable, Codable {
        /// The claim's value, compared exactly.
        public let value: String
        /// A school's id, the tenant's own id for the district, or a role.
        public let target: String

        /// A line.
        public init(value: String, target: String) {
            self.value = value
            self.target = target
        }
    }

    /// How the claims of its tokens are read.
    public struct Mapping: Hashable, Sendable, Codable {
        /// Claims that must be there, and have this value or, where they are lists, this one among others.
        public var required: [String: String] = [:]
        /// The claim that names the school; nil where all are of `schoolDefault`.
        public var schoolClaim: String?
        /// Names for schools that the provider uses; ids and exact names of schools need no line.
        public var schools: [Line] = []
        /// The school of those whose token names none: its id, or the tenant's for the district; nil where they are refused.
        public var schoolDefault: String?
        /// The claim that names the students whose records are theirs to read: their own, or their children; nil where nobody's are.
        public var studentClaim: String?
        /// The claim that names what somebody is; nil where all are of `roleDefault`.
        public var roleClaim: String?
        /// What values of it stand for; the first line that applies is the one.
        public var roles: [Line] = []
        /// The role of those to whom no line applies; nil where they are refused.
        public var roleDefault: String?

        /// A mapping that says nothing.
        public init() {}
    }

    /// Where the records of this kind lie.
    public static let partition = "identity-provider"

    /// The tenant's id, a slash, and the name: so a tenant's providers lie together.
    public let id: String
    /// Whose people it knows.
    public let tenant: TenantID
    /// What it is called within its tenant; the subjects of its people begin with it.
    public let name: String
    /// The issuer's URL, exactly as its tokens have it in `iss`.
    public let issuer: String
    /// The audiences that its tokens for Homeroom have.
    public var audiences: [String]
    /// Where its keys are; nil where its discovery document says so.
    public var keysURL: String?
    /// Which required claim tells this tenant's people from those of others, where the issuer speaks for many customers; nil
    /// where it speaks for this tenant alone.
    public let sharedBy: String?
    /// How its claims are read.
    public var mapping: Mapping
    /// What Homeroom's tokens for its people name as their grant, and are revoked with: another one from the moment on that those from
    /// before are refused.
    public var grant: String
    /// When it was registered.
    public let createdAt: Timestamp
    /// Who has registered it, or changed it since, as the audit names them; nil of one from before that was kept.
    public var registeredBy: String?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// The id of a tenant's provider of that name.
    public static func id(of name: String, in tenant: TenantID) -> String { prefix(of: tenant) + name }

    /// What the ids of a tenant's providers begin with.
    public static func prefix(of tenant: TenantID) -> String { tenant.text + "/" }

    /// A provider that is not recorded yet.
    public init(
        name: String, tenant: TenantID, issuer: String, audiences: [String], keysURL: String?,
        sharedBy: String?, mapping: Mapping, grant: String, createdAt: Timestamp
    ) {
        id = Self.id(of: name, in: tenant)
        self.tenant = tenant
        self.name = name
        self.issuer = issuer
        self.audiences = audiences
        self.keysURL = keysURL
        self.sharedBy = sharedBy
        self.mapping = mapping
        self.grant = grant
        self.createdAt = createdAt
    }
}
