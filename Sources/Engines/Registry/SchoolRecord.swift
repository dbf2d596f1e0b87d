import Base

/// A school of a tenant; part of the tenant's record.
public struct SchoolRecord: Hashable, Sendable, Codable {
    /// The school's id, unique over all tenants.
    public let id: SchoolID
    /// The name people use.
    public var name: String
    /// When it was added.
    public var createdAt: Timestamp
    /// Whether it is served.
    public var state: SchoolState

    /// A school.
    public init(id: SchoolID, name: String, createdAt: Timestamp, state: SchoolState = .open) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.state = state
    }

    /// Reads a record; one that was written before schools had states is of an open school.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(SchoolID.self, forKey: .id)
        name = try container.decode(String.self, forKey: .name)
        createdAt = try container.decode(Timestamp.self, forKey: .createdAt)
        state = try container.decodeIfPresent(SchoolState.self, forKey: .state) ?? .open
    }
}

/// Whether a school is served.
public enum SchoolState: Hashable, Sendable, Codable {
    /// It is.
    case open
    /// It has no sessions and no tokens, for this reason; its items stay with the district.
    case closed(reason: String)
    /// This run moves it to another tenant: what it has can be read, its writes are to be tried again later.
    case moving(RunID)

    /// The case's name: for lists.
    public var name: String {
        switch self {
        case .open: "open"
        case .closed: "closed"
        case .moving: "moving"
        }
    }
}

/// A school that a tenant had: its sessions that are still about are refused.
public struct FormerSchool: Hashable, Sendable, Codable {
    /// The school.
    public let id: SchoolID
    /// When it left.
    public let leftAt: Timestamp

    /// A school that left then.
    public init(id: SchoolID, leftAt: Timestamp) {
        self.id = id
        self.leftAt = leftAt
    }
}
