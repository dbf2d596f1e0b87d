import Base

/// An event as subscribers will get it: it commits with the change that it announces, and stays for some days.
public struct OutboxEvent: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "outbox"

    /// Its place in the order: the order of the commits, also among the events of one tenant.
    ///
    /// The sequence is given in the commit and has no gaps: who has read up to some sequence has missed nothing, and what
    /// commits later is behind it. Events of the version before have gaps between theirs, and all lie before the others.
    public let id: RecordStamp
    /// Whose event it is, or nil where it concerns no tenant.
    public let tenant: TenantID?
    /// What happened: `tenant.onboarded`.
    public let type: String
    /// The particulars, a JSON object as text.
    public private(set) var payload: String
    /// Whether the version before stored it, which did so under the stamp's text.
    private let isOfVersionBefore: Bool
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// `e` and the sequence in sixteen digits: behind the stamps' texts under which earlier versions stored events.
    public static func sortKey(of id: RecordStamp) -> String {
        let digits = String(max(0, id.sequence))
        return "e" + String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits
    }

    /// Where it lies.
    public var key: RegistryKey {
        RegistryKey(
            partition: Self.partition, sort: isOfVersionBefore ? id.sortText : Self.sortKey(of: id))
    }

    private enum CodingKeys: String, CodingKey { case id, tenant, type, payload, version }

    init(id: RecordStamp, tenant: TenantID?, type: String, payload: String) {
        self.id = id
        self.tenant = tenant
        self.type = type
        self.payload = payload
        isOfVersionBefore = false
    }

    /// Reads an event: those of the version before have their `version` in the text.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decode(RecordStamp.self, forKey: .id)
        tenant = try members.decodeIfPresent(TenantID.self, forKey: .tenant)
        type = try members.decode(String.self, forKey: .type)
        payload = try members.decode(String.self, forKey: .payload)
        isOfVersionBefore = members.contains(.version)
    }

    /// Writes the event.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(id, forKey: .id)
        try members.encodeIfPresent(tenant, forKey: .tenant)
        try members.encode(type, forKey: .type)
        try members.encode(payload, forKey: .payload)
        if isOfVersionBefore { try members.encode(version, forKey: .version) }
    }

    /// The same event, in its place in the order, without its particulars.
    public func scrubbed() -> OutboxEvent {
        var event = self
        event.payload = "{}"
        return event
    }
}
