import Base
import Tenancy

/// A tenant: a district and its schools.
public struct TenantRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "tenant"

    /// The tenant's id.
    public let id: TenantID
    /// The name people use; unique after folding (see `NameReservation`) unless asked otherwise.
    public var name: String
    /// The tier's name in the catalog.
    public var tier: TierName
    /// How far it is.
    public var state: TenantState
    /// The IANA name of its time zone.
    public var timezone: TimeZoneName
    /// Whom to write to.
    public var adminEmail: EmailAddress
    /// Its schools, oldest first.
    public var schools: [SchoolRecord]
    /// When it was recorded.
    public var createdAt: Timestamp
    /// How many times the record was written.
    public var version: Int64 = 0

    /// A tenant that is not recorded yet.
    public init(
        id: TenantID, name: String, tier: TierName, state: TenantState = .onboarding, timezone: TimeZoneName,
        adminEmail: EmailAddress, schools: [SchoolRecord] = [], createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.tier = tier
        self.state = state
        self.timezone = timezone
        self.adminEmail = adminEmail
        self.schools = schools
        self.createdAt = createdAt
    }
}

/// A school of a tenant; part of the tenant's record.
public struct SchoolRecord: Hashable, Sendable, Codable {
    /// The school's id, unique over all tenants.
    public let id: SchoolID
    /// The name people use.
    public var name: String
    /// When it was added.
    public var createdAt: Timestamp

    /// A school.
    public init(id: SchoolID, name: String, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
    }
}
