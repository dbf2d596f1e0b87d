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
    /// Whom else to write to or to call, oldest first.
    public var contacts: [TenantContact] = []
    /// The number that the last contact was given.
    public var lastContact = 0
    /// What holds for it in place of its tier's limits; at most one of each limit.
    public var overrides: [LimitOverride] = []
    /// Days on which it is not moved by itself, beside the catalog's; in order, at most one that begins on a day.
    public var blackouts: [Maintenance.Blackout] = []
    /// Schools that left it not long ago, the latest last.
    public var formerSchools: [FormerSchool] = []
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

extension TenantRecord {
    /// Reads a record; what the versions before did not write is empty.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(TenantID.self, forKey: .id)
        name = try container.decode(String.self, forKey: .name)
        tier = try container.decode(TierName.self, forKey: .tier)
        state = try container.decode(TenantState.self, forKey: .state)
        timezone = try container.decode(TimeZoneName.self, forKey: .timezone)
        adminEmail = try container.decode(EmailAddress.self, forKey: .adminEmail)
        schools = try container.decode([SchoolRecord].self, forKey: .schools)
        contacts = try container.decodeIfPresent([TenantContact].self, forKey: .contacts) ?? []
        lastContact = try container.decodeIfPresent(Int.self, forKey: .lastContact) ?? 0
        overrides = try container.decodeIfPresent([LimitOverride].self, forKey: .overrides) ?? []
        blackouts = try container.decodeIfPresent([Maintenance.Blackout].self, forKey: .blackouts) ?? []
        formerSchools = try container.decodeIfPresent([FormerSchool].self, forKey: .formerSchools) ?? []
        createdAt = try container.decode(Timestamp.self, forKey: .createdAt)
        version = try container.decode(Int64.self, forKey: .version)
    }
}
