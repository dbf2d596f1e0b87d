import Base

/// The catalog in force, whatever is in the file that a server is started with: there is one such record, or none before the first
/// start.
///
/// INVARIANT (one catalog in force): it changes only at a start, before anybody is served, in one transaction with its audit entry;
/// until then another catalog waits in `next`.
public struct CatalogRecord: RegistryRecord {
    /// A catalog that is to be put in force at the next start.
    public struct Next: Hashable, Sendable, Codable {
        /// SHA-256 of its text, in hexadecimal.
        public let digest: String
        /// Its text.
        public let content: String
        /// Who wants it.
        public let actor: AuditActor
        /// Since when.
        public let since: Timestamp

        /// A catalog that waits.
        public init(digest: String, content: String, actor: AuditActor, since: Timestamp) {
            self.digest = digest
            self.content = content
            self.actor = actor
            self.since = since
        }
    }

    /// Where the record lies.
    public static let partition = "catalog"
    /// The one record's id.
    public static let theID = "in-force"

    /// Always `theID`.
    public let id: String
    /// How many catalogs have been in force, this one included.
    public var number: Int
    /// SHA-256 of its text, in hexadecimal.
    public var digest: String
    /// Its text, as the file had it.
    public var content: String
    /// Whether every store has the tables and indexes that it says.
    public var isApplied: Bool
    /// What is to be in force from the next start on, or nil.
    public var next: Next?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The id itself.
    public static func sortKey(of id: String) -> String { id }

    /// The first catalog in force.
    public init(digest: String, content: String, isApplied: Bool) {
        id = CatalogRecord.theID
        number = 1
        self.digest = digest
        self.content = content
        self.isApplied = isApplied
    }
}
