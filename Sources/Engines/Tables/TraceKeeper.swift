import Base
import Items

/// What a store knows of a tenant beside its items: what has to go too when the tenant leaves.
public struct TenantTraces: Hashable, Sendable, Codable {
    /// Entries of the journal, which streams and restores to a past moment are made of.
    public var journalEntries = 0
    /// Entries of the change log of a move.
    public var changes = 0
    /// Tokens of transactions.
    public var tokens = 0
    /// Whether the store knows the tenant by name.
    public var isResident = false

    /// None.
    public init() {}

    /// Whether the store knows nothing of the tenant.
    public var isEmpty: Bool { self == TenantTraces() }

    /// How many there are together.
    public var count: Int { journalEntries + changes + tokens + (isResident ? 1 : 0) }
}

/// A part of a walk through a store's journal.
public struct JournalSweep: Hashable, Sendable {
    /// How many entries were removed.
    public var removed: Int
    /// Where the walk goes on, or nil where it has come to the end.
    public var next: Int64?

    /// A part in which so many were removed.
    public init(removed: Int, next: Int64?) {
        self.removed = removed
        self.next = next
    }
}

/// A store from which what it remembers of a tenant can be taken away for good. All calls wait and are durable when they return.
public protocol TraceKeeper: MovableStore {
    /// What the store knows of the tenant beside its items.
    func traces(of tenant: TenantID) throws(TableError) -> TenantTraces

    /// Removes the tenant's entries from a part of the journal: those behind `sequence`, at most `entriesMax` looked at. Streams
    /// go on where they were; what was removed is not read any more, and no past moment can be shown with it.
    /// - Parameter matching: which of them; the table is nil where it has been deleted. Nil for all.
    func removeJournal(
        of tenant: TenantID, after sequence: Int64, entriesMax: Int,
        matching: (@Sendable (TableName?, EncodedKey) -> Bool)?
    ) throws(TableError) -> JournalSweep

    /// How many of the tenant's entries in the journal are of such keys.
    /// - Parameter isOver: whether to end with what was counted so far; asked between two parts.
    func journalCount(
        of tenant: TenantID, isOver: () -> Bool,
        matching: @escaping @Sendable (TableName?, EncodedKey) -> Bool
    ) throws(TableError) -> Int

    /// Writes the file anew without the remains of what was removed, in unused parts of its pages and in its log. Writes wait
    /// meanwhile, about a second for 100 MB; a file of more than `bytesMax` is left as it is.
    /// - Returns: whether nothing of what was removed before is left in the file.
    /// - Throws: `.overloaded` where readers keep the log from being emptied: try again.
    func scrub(bytesMax: Int) throws(TableError) -> Bool

    /// How often one of these texts stands in the bytes of the store's files, used or unused.
    func occurrences(of texts: [[UInt8]]) throws(TableError) -> Int
}
