import Base

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
