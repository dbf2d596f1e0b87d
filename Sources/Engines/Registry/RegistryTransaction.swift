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

/// A transaction that is encoded; its audit entries and events get their places when it is committed.
public struct PreparedTransaction: Sendable {
    /// What was prepared.
    public private(set) var transaction = RegistryTransaction()
    private(set) var writes: [ItemWrite] = []
    /// The records of its inserts and replacements as they will be stored.
    private(set) var records: [any RegistryRecord] = []
    private(set) var notes: [LedgerSequel.Note] = []
    private(set) var events: [String] = []

    /// Nothing.
    public init() {}

    init(_ transaction: RegistryTransaction) throws(RegistryError) {
        self.transaction = transaction
        (writes, records) = try RegistryTable.writes(of: transaction)
        notes = try transaction.audit.map { note throws(RegistryError) in try RegistryTable.prepared(note) }
        events = transaction.events.map(\.text)
    }

    /// Adds all of another one.
    public mutating func append(_ other: PreparedTransaction) {
        transaction.append(other.transaction)
        writes += other.writes
        records += other.records
        notes += other.notes
        events += other.events
    }
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
