import Base

/// What a search found of a tenant in a store, beside its items: in indexes, among the ends of items' lives, in the change log, among
/// the tokens of transactions and in the journal that streams and restores are made of.
public struct Leftovers: Hashable, Sendable, Codable {
    /// Entries of indexes under items that are the tenant's.
    public var indexEntries = 0
    /// Noted ends of the lives of items that are the tenant's.
    public var expiryEntries = 0
    /// Entries of the change log of a move.
    public var changes = 0
    /// Tokens of transactions.
    public var tokens = 0
    /// Entries of the journal: streams show them for a day, restores for as long as the table's history goes back.
    public var journalEntries = 0
    /// When the newest of those was made.
    public var journalAt: Timestamp?

    /// None.
    public init() {}

    /// What nobody needs any more where the tenant has left: all but the journal, which ends by itself. Nil where there is none.
    public var strays: String? {
        let counts = [
            (indexEntries, "entries of indexes"), (expiryEntries, "ends of items' lives"),
            (changes, "entries of the change log"), (tokens, "tokens of transactions"),
        ]
        let found = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return found.isEmpty ? nil : found.joined(separator: ", ")
    }
}

/// How many of a part of a store's journal are a tenant's, or of all of it up to there.
public struct JournalCount: Hashable, Sendable, Codable {
    /// Entries that are the tenant's.
    public var entries: Int
    /// When the newest of those was made; nil where there is none.
    public var newestAt: Timestamp?
    /// The entry behind which the next part begins; nil at the end.
    public var next: Int64?

    /// So many, and where to go on.
    public init(entries: Int = 0, newestAt: Timestamp? = nil, next: Int64? = nil) {
        self.entries = entries
        self.newestAt = newestAt
        self.next = next
    }

    /// Adds the part that follows.
    public mutating func add(_ part: JournalCount) {
        entries += part.entries
        newestAt = [newestAt, part.newestAt].compactMap(\.self).max()
        next = part.next
    }
}

/// Where a tenant's keys lie in a store's physical tables: what a search looks through, so that it costs what the tenant has and not what
/// the store holds.
public struct OwnedRanges: Hashable, Sendable {
    /// Runs of partition keys of its items.
    public var items: [KeyRange]
    /// Runs of partition keys of the entries of its items, by physical table and name of the index. An index that is not named here is
    /// looked through as a whole.
    public var entries: [TableName: [String: [KeyRange]]]

    /// These runs.
    public init(items: [KeyRange], entries: [TableName: [String: [KeyRange]]] = [:]) {
        self.items = items
        self.entries = entries
    }

    /// Those of one table's items.
    public func items(of table: TableName) -> [KeyRange] { items.filter { $0.table == table } }
}

extension KeyRange {
    /// Whether an encoded partition key belongs to it.
    public func holds(_ partition: [UInt8]) -> Bool {
        guard !partition.lexicographicallyPrecedes(lower) else { return false }
        return upper.map { partition.lexicographicallyPrecedes($0) } ?? true
    }
}
