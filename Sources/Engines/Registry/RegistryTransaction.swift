import Base
import Tables

/// One change to one record, with what must hold of it before.
public enum RegistryChange: Sendable {
    /// Store a record where there is none.
    case insert(any RegistryRecord)
    /// Store a record in place of the one with its `version`.
    case replace(any RegistryRecord)
    /// Remove the record, which must still have this `version`.
    case delete(any RegistryRecord)
    /// Change nothing; the record must still have this `version`.
    case check(any RegistryRecord)
    /// Change nothing; there must be no such record.
    case checkAbsent(RegistryKey)

    /// The record's place.
    public var key: RegistryKey {
        switch self {
        case .insert(let record), .replace(let record), .delete(let record), .check(let record): record.key
        case .checkAbsent(let key): key
        }
    }
}

/// Changes with their audit entries and events: all are committed, or none.
public struct RegistryTransaction: Sendable {
    /// The changes; at most one to a record.
    public var changes: [RegistryChange] = []
    /// What the audit log will say.
    public var audit: [AuditNote] = []
    /// What will be announced.
    public var events: [Announcement] = []

    /// Nothing yet.
    public init() {}

    /// These changes, and what is said of them.
    public init(_ changes: [RegistryChange], audit: [AuditNote] = [], events: [Announcement] = []) {
        self.changes = changes
        self.audit = audit
        self.events = events
    }

    /// How many items it writes or checks: its own, the ledger's where anything is said, and one for each name of an action,
    /// which may be new.
    public var itemCount: Int {
        let said = audit.count + events.count
        return changes.count + said + (said > 0 ? 1 : 0) + Set(audit.map(\.action)).count
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { changes.isEmpty && audit.isEmpty && events.isEmpty }

    /// Adds all of another transaction.
    public mutating func append(_ other: RegistryTransaction) {
        changes += other.changes
        audit += other.audit
        events += other.events
    }
}

/// A transaction whose records are encoded; its audit entries and events get their places when it is committed.
public struct PreparedTransaction: Sendable {
    let transaction: RegistryTransaction
    let writes: [ItemWrite]
    /// The records of its inserts and replacements as they will be stored.
    let records: [any RegistryRecord]
}

/// What a transaction left behind.
public struct RegistryCommit: Sendable {
    /// The records of its inserts and replacements as they are now stored, in their order.
    public let records: [any RegistryRecord]

    /// The first stored record of that kind, or nil.
    public func record<Record: RegistryRecord>(_ type: Record.Type = Record.self) -> Record? {
        records.lazy.compactMap { $0 as? Record }.first
    }
}
