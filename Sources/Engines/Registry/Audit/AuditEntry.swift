import Base

/// A line of the audit log: who did what to what. Never changed, listed in order.
///
/// The entries of one kind are a chain: each has the number behind its predecessor's, from 1 on and without gaps, and the
/// digest of its predecessor, both given in the commit that stores it. What is stored is JSON text, and its form is fixed:
/// `{"kind":K,"number":N,"previous":D,"id":{"sequence":S,"time":T},` and then the other members in the order of their names,
/// without spaces; what is empty is left out. An entry's digest is the SHA-256 of exactly this text, in UTF-8, as 64
/// hexadecimal digits in lower case; `previous` of entry N is the digest of entry N - 1 of the same kind, and empty text for
/// entry 1. So whoever has the texts can verify them: an export has one a line, and the digest of a line without its end is
/// what the next one names.
///
/// Entries that were written before there were chains have neither number nor predecessor. They are listed as the others,
/// before them all; the first entry of the chain that goes on behind them has number 1 and no predecessor.
public struct AuditEntry: RegistryRecord {
    /// Where the entries of kind `activity` lie; the others lie in places of their own.
    public static let partition = AuditKind.activity.partition

    /// When, and its place in the order of all entries of all kinds.
    public let id: RecordStamp
    /// Which chain it is in.
    public let kind: AuditKind
    /// Its place in the chain; nil where it is from before there were chains.
    public let number: Int64?
    /// The digest of the chain's entry before it; empty for the first; nil where it is from before there were chains.
    public let previous: String?
    /// Who.
    public let actor: AuditActor
    /// What was done: `tenant.suspended`.
    public let action: String
    /// To what: an id.
    public let subject: String
    /// The tenant it concerns, or nil.
    public let tenant: TenantID?
    /// What became of it.
    public let outcome: AuditOutcome
    /// What the subject was like before, by the names of what changed. No secrets and no item content.
    public let before: [String: String]?
    /// What it is like after.
    public let after: [String: String]?
    /// What else there is to say. No secrets and no item content.
    public let detail: [String: String]
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// The stamp's text.
    public static func sortKey(of id: RecordStamp) -> String { id.shortText }

    /// Reads an entry, of this version or the one before.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decode(RecordStamp.self, forKey: .id)
        kind = try members.decodeIfPresent(AuditKind.self, forKey: .kind) ?? .activity
        number = try members.decodeIfPresent(Int64.self, forKey: .number)
        previous = try members.decodeIfPresent(String.self, forKey: .previous)
        actor = try members.decode(AuditActor.self, forKey: .actor)
        action = try members.decode(String.self, forKey: .action)
        subject = try members.decode(String.self, forKey: .subject)
        tenant = try members.decodeIfPresent(TenantID.self, forKey: .tenant)
        outcome = try members.decodeIfPresent(AuditOutcome.self, forKey: .outcome) ?? .done
        before = try members.decodeIfPresent([String: String].self, forKey: .before)
        after = try members.decodeIfPresent([String: String].self, forKey: .after)
        detail = try members.decodeIfPresent([String: String].self, forKey: .detail) ?? [:]
    }

    private enum CodingKeys: String, CodingKey {
        case id, kind, number, previous, actor, action, subject, tenant, outcome, before, after, detail
    }
}
