import Base

/// What a member of a district signs in with: a name that is theirs within their district, in small letters. An e-mail address will
/// do, and a school's own number of a student.
public struct MemberName: Identifier {
    /// The name.
    public let text: String

    /// Nil unless `text` is 1 to 128 letters and digits of ASCII and `._+-@`. Capital letters become small ones.
    public init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F, 0x2B, 0x2D, 0x40: true
            default: false
            }
        }
        guard (1...128).contains(text.utf8.count), isPlain else { return nil }
        self.text = text.lowercased()
    }
}

/// A member of a district who signs in with a password of their own: who they are, what they may have tokens for, and what of their
/// secrets is kept.
public struct MemberRecord: RegistryRecord {
    /// What ids begin with, and those of service accounts do not.
    public static let idPrefix = "mbr_"
    /// Where the records of this kind lie.
    public static let partition = "member"

    /// `mbr_`, the tenant's id, `_` and sixteen characters: so a tenant's members lie together. Tokens name it.
    public let id: String
    /// Whose member.
    public let tenant: TenantID
    /// What they sign in with.
    public let name: MemberName
    /// What people call them.
    public var displayName: String
    /// The schools that they may act for, one by a token; none where they act for the district itself.
    public var schools: [SchoolID]
    /// The students whose records are theirs to read, one by a token, in order: a student's own, a parent's children.
    public var students: [StudentLink] {
        get { linkedStudents ?? [] }
        set { linkedStudents = newValue.isEmpty ? nil : newValue }
    }
    /// Nil where there are none, as an earlier version kept it.
    private var linkedStudents: [StudentLink]?
    /// The role of their tokens.
    public var role: String
    /// When they were invited first.
    public let createdAt: Timestamp
    /// Whether they are refused.
    public var isDisabled = false
    /// Tokens that were issued to them before are refused; nil where none are.
    public var refusedBefore: Timestamp?
    /// Who of those who run the platform was shown their invitation, as the audit names them; nil where the tenant's own key was
    /// alone.
    public var knownTo: String?
    /// How they can set a password, or nil.
    public var invitation: AccountRecord.Invitation?
    /// What is kept of the password; nil where none is set.
    public var password: AccountRecord.Password?
    /// From where they signed in, the newest last.
    public var knownAddresses: [AccountRecord.KnownAddress] = []
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// What the ids of a tenant's members begin with.
    public static func prefix(of tenant: TenantID) -> String { "\(idPrefix)\(tenant)_" }

    /// A member without a password.
    public init(
        id: String, tenant: TenantID, name: MemberName, displayName: String, schools: [SchoolID],
        role: String, createdAt: Timestamp, invitation: AccountRecord.Invitation
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.displayName = displayName
        self.schools = schools
        self.role = role
        self.createdAt = createdAt
        self.invitation = invitation
    }
}

/// Whose a name is within a district: each is one member's.
public struct MemberNameRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "member-name"

    /// The tenant's id, a slash, and the name.
    public let id: String
    /// The member's id.
    public let member: String
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// The name of a member.
    public init(_ record: MemberRecord) {
        id = Self.id(record.name, record.tenant)
        member = record.id
    }

    /// The id of a name.
    public static func id(_ name: MemberName, _ tenant: TenantID) -> String { "\(tenant)/\(name)" }
}
