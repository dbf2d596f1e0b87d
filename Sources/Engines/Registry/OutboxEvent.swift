import Base

/// An event that waits to be delivered. It commits with the change it announces and is deleted once
/// delivered.
public struct OutboxEvent: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "outbox"

    /// Its place in the order; a tenant's events are delivered in it.
    public let id: RecordStamp
    /// Whose event it is, or nil where it concerns no tenant.
    public let tenant: TenantID?
    /// What happened: `tenant.onboarded`.
    public let type: String
    /// The particulars, a JSON object as text.
    public let payload: String
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// The stamp's text.
    public static func sortKey(of id: RecordStamp) -> String { id.sortText }

    init(id: RecordStamp, announcement: Announcement) {
        self.id = id
        tenant = announcement.tenant
        type = announcement.type
        payload = announcement.payload
    }
}

/// What an event says, before it has its place in the order.
public struct Announcement: Hashable, Sendable {
    /// Whose event it is, or nil.
    public var tenant: TenantID?
    /// What happened.
    public var type: String
    /// The particulars, a JSON object as text.
    public var payload: String

    /// Something to announce.
    public init(type: String, tenant: TenantID? = nil, payload: String = "{}") {
        self.type = type
        self.tenant = tenant
        self.payload = payload
    }
}
