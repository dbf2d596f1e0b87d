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
