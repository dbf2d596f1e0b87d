import Base
import Crypto
import FoundationEssentials
import Registry

/// What is left to be checked of a removal: of a tenant with all it had, or of single keys. It holds no item content and no key.
/// Each receipt holds the digest of the one before, so that none can be changed or taken out unseen.
public struct RemovalReceipt: RegistryRecord {
    /// What was removed.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// A tenant with everything.
        case offboarding
        /// The items under some keys.
        case erasure
    }

    /// What was removed of one table.
    public struct Table: Hashable, Sendable, Codable {
        /// The logical table.
        public var name: String
        /// Items.
        public var items = 0
        /// Their bytes by DynamoDB's rule.
        public var bytes = 0
        /// HMAC-SHA256, under a secret that the deployment keeps, of the SHA-256 over keys and items, chunk by chunk; in base 16.
        /// Empty of an erasure, see `keysDigest`.
        public var digest = ""
    }

    /// What stays, and until when.
    public struct Remainder: Hashable, Sendable, Codable {
        /// What it is.
        public var what: String
        /// Which.
        public var name: String
        /// Until when; nil where somebody has to remove it.
        public var until: Timestamp?
        /// What to do about it.
        public var remedy: String?
    }

    /// What the search for what remains looked at; it found nothing, or there were no receipt.
    public struct Search: Hashable, Sendable, Codable {
        /// The stores that were searched.
        public var stores: [String] = []
        /// Runs of keys that were counted there.
        public var ranges = 0
        /// Stores whose files were searched byte by byte.
        public var filesSearched: [String] = []
        /// When.
        public var at = Timestamp(milliseconds: 0)
    }

    /// Where receipts lie in the registry.
    public static let partition = "removal-receipt"

    /// The run.
    public let id: RunID
    /// What was removed.
    public let kind: Kind
    /// Whose it was.
    public let tenant: TenantID
    /// Who asked for it.
    public let actor: String
    /// Why.
    public let reason: String
    /// When it was asked for.
    public let requestedAt: Timestamp
    /// Until when it could be taken back; nil where it could not.
    public let graceUntil: Timestamp?
    /// When the last of it was gone.
    public let finishedAt: Timestamp
    /// What was removed of the tables.
    public let tables: [Table]
    /// How many other things were removed, at the least, by what they are: `journal entries`, `credentials`. What a crash
    /// came between is removed and not counted.
    public let others: [String: Int]
    /// What the tenant took along.
    public let export: ArchivedExport?
    /// Backups and exports that were written anew or removed by an erasure.
    public let rewritten: [Rewriting]
    /// Of an erasure: HMAC-SHA256, under a secret that the deployment keeps, of the SHA-256 over the keys of the items in order.
    /// Who holds the receipt alone cannot try out whose keys they were. In receipts of the version before: the SHA-256.
    public let keysDigest: String?
    /// What stays.
    public let remainders: [Remainder]
    /// What was searched.
    public let search: Search
    /// Its place in the chain, from 1.
    public let number: Int
    /// The digest of the receipt before; empty for the first.
    public let previousDigest: String
    /// SHA-256 of this receipt without this field, the statement and the version: its JSON with sorted keys, in base 16.
    public internal(set) var digest: String
    /// The same, signed: what is handed out (a JWS in compact form).
    public internal(set) var statement: String
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// The type of the signed statement.
    public static let statementType = "homeroom-receipt+jws"

    /// The run's id.
    public static func sortKey(of id: RunID) -> String { id.text }

    /// The digest that belongs to the receipt's content.
    public func computedDigest() throws -> String {
        var plain = self
        plain.digest = ""
        return try SHA256.hash(plain.plainText()).hex
    }

    /// The receipt as it is signed: JSON with sorted keys, without the statement.
    func plainText() throws -> [UInt8] {
        var plain = self
        plain.statement = ""
        plain.version = 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(plain))
    }
}

extension RemovalReceipt {
    /// The receipt as it is signed, for people and programs to read.
    public var json: [UInt8] {
        do { return try plainText() } catch { preconditionFailure("a receipt does not encode: \(error)") }
    }
}
