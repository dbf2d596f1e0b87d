import Base
import Items

/// A table as it was at one moment, in a file of its own. The text is a file name: 14 digits of milliseconds, `-`, 8 digits of
/// base 16, as in a backup's ARN. Source: DynamoDB API reference, BackupDetails.
public struct SnapshotID: Identifier {
    /// The name, which is also the file's name without its ending.
    public let text: String

    /// Nil unless `text` is 14 decimal digits, `-` and 8 digits of base 16 in lower case.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard bytes.count == 23, bytes[14] == 0x2D, bytes[..<14].allSatisfy(isDigit),
            bytes[15...].allSatisfy({ isDigit($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.text = text
    }

    /// A new id: the moment and 32 random bits.
    public init(now: Timestamp, random: some RandomSource) {
        let time = String(max(0, now.milliseconds))
        let bits = random.bytes(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        text = String(repeating: "0", count: max(0, 14 - time.count)) + time + "-" + bits
    }
}

/// What a snapshot is of, kept in its own file.
public struct SnapshotManifest: Hashable, Sendable, Codable {
    /// Why it was taken.
    public enum Purpose: String, Hashable, Sendable, Codable {
        /// A backup that somebody asked for; it stays until it is deleted.
        case backup
        /// The way station of a restore to a point in time; it goes when the restore is done.
        case restore
    }

    /// The snapshot.
    public var id: SnapshotID
    /// Why it was taken.
    public var purpose: Purpose
    /// The name that the backup was given.
    public var name: String
    /// The store of the table.
    public var store: StoreID
    /// The table as it was described then.
    public var table: TableRecord
    /// When it was asked for.
    public var createdAt: Timestamp
    /// The past moment that it shows; nil where it shows the moment it was taken.
    public var asOf: Timestamp?
    /// What it holds.
    public var extent = Extent()
    /// SHA-256, in base 16, over keys and images in the order of the keys, each with its length before it.
    public var digest = ""

    /// A snapshot that is to be taken.
    public init(
        id: SnapshotID, purpose: Purpose, name: String, store: StoreID, table: TableRecord,
        createdAt: Timestamp,
        asOf: Timestamp? = nil
    ) {
        self.id = id
        self.purpose = purpose
        self.name = name
        self.store = store
        self.table = table
        self.createdAt = createdAt
        self.asOf = asOf
    }
}

/// Where snapshots are taken to and read from. All calls wait.
public protocol SnapshotKeeper: AnyObject, Sendable {
    /// Takes the snapshot of the manifest's table, in one read transaction: writes go on meanwhile. Durable when it returns; where
    /// it fails, or the process ends, nothing is left of it. Where there is a snapshot of that id already, that one is answered.
    /// - Returns: the manifest with what the snapshot holds.
    /// - Throws: `.noSuchStore`, `.noSuchTable`, `.storage`.
    func take(_ manifest: SnapshotManifest) throws(TableError) -> SnapshotManifest

    /// All snapshots that are complete, by id. What was left of others is removed. For when none is being taken.
    /// - Parameter onFailure: told of a snapshot that cannot be read; it stays where it is.
    func list(onFailure: (String, TableError) -> Void) throws(TableError) -> [SnapshotManifest]

    /// Items of the snapshot in key order, behind `after`: at most so many, at most so many bytes (at least one item).
    func rows(
        of id: SnapshotID, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow]

    /// Removes the snapshot, or does nothing where there is none.
    func remove(_ id: SnapshotID) throws(TableError)
}

/// A store in which a table can be made under another name, and get its own when all its items are there.
public protocol RestoreTarget: MovableStore {
    /// Gives the table `name` the name and the options of `record`, whose key and indexes are its own.
    /// - Throws: `.noSuchTable`; `.tableExists` where that name is taken.
    func rename(_ name: TableName, to record: TableRecord) throws(TableError)
}

extension TableName {
    /// What the names of tables begin with that a restore is just filling.
    public static let restoringPrefix = "homeroom.restoring."

    /// Whether a restore is just filling the table: nobody sees it.
    public var isRestoring: Bool { text.hasPrefix(Self.restoringPrefix) }
}
