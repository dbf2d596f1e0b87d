import Base

/// Which entries of the audit are asked for: those for which all that is given holds.
public struct AuditQuery: Hashable, Sendable {
    /// Which actions.
    public enum Action: Hashable, Sendable {
        /// This one.
        case named(String)
        /// All whose names begin so: `tenant.`.
        case beginning(String)

        /// Whether an action of this name is meant.
        public func matches(_ name: String) -> Bool {
            switch self {
            case .named(let own): own == name
            case .beginning(let prefix): name.utf8.starts(with: prefix.utf8)
            }
        }
    }

    /// Those that concern this tenant.
    public var tenant: TenantID?
    /// Those of this one.
    public var actor: AuditActor?
    /// Those that say so.
    public var action: Action?
    /// Those of this chain.
    public var kind: AuditKind?
    /// Those that came to this.
    public var outcome: AuditOutcome?
    /// Those from this moment on.
    public var from: Timestamp?
    /// Those before this moment.
    public var to: Timestamp?
    /// Whether the newest come first.
    public var isNewestFirst = true
    /// Where the page before ended: its `next`. In texts its `shortText`.
    public var after: RecordStamp?
    /// How many are wanted: 1 to `Limits.auditPageEntriesMax`.
    public var limit = 100

    /// All of them, the newest first.
    public init() {}

    /// Whether an entry is among those asked for, wherever the page begins.
    public func matches(_ entry: AuditEntry) -> Bool {
        if let tenant, entry.tenant != tenant { return false }
        if let actor, entry.actor != actor { return false }
        if let action, !action.matches(entry.action) { return false }
        if let kind, entry.kind != kind { return false }
        if let outcome, entry.outcome != outcome { return false }
        if let from, entry.id.time < from { return false }
        if let to, entry.id.time >= to { return false }
        return true
    }
}

/// Some entries of the audit.
public struct AuditPage: Sendable {
    /// The entries, in the order that was asked for.
    public var entries: [AuditEntry]
    /// What to hand in as `after` for what comes behind them; nil where nothing does. A page may be short, even empty, and
    /// have it: as many entries were looked at as one page may.
    public var next: RecordStamp?
    /// How many entries were looked at.
    public var lookedAt: Int
}
