import Base
import FoundationEssentials
import Items
import Tables

/// What a backup's files hold, in a file beside them. It has no keys and no items.
struct BackupManifest: Hashable, Codable {
    /// Raised when the format of the files changes; a later one is refused.
    static let formatVersion = 1

    /// A table in the backup.
    struct Table: Hashable, Codable {
        /// The logical table's name.
        var name: String
        /// The key of its items.
        var key: KeySchema
        var extent = Extent()
    }

    /// A part of the file of items: some of one table, compressed together.
    struct Chunk: Hashable, Codable {
        /// Its table's place among the tables.
        var table: Int
        /// Where it begins in the file.
        var offset: Int
        /// How many bytes it has there.
        var bytes: Int
        /// How many it has when it is decompressed.
        var contentBytes: Int
        var items: Int
        /// SHA-256, in base 16, of its bytes in the file.
        var digest: String
    }

    /// A time that the backup was written anew without some items.
    struct Rewriting: Hashable, Codable {
        var at: Timestamp
        var run: RunID
        var removedItems: Int
        var formerDigest: String
    }

    var format = BackupManifest.formatVersion
    let id: BackupID
    /// The moment that it shows.
    let instant: Timestamp
    /// The schools that the tenant had then: whose keys are covered.
    let schools: [SchoolID]
    var tables: [Table]
    var chunks: [Chunk] = []
    /// See `ContentDigest`.
    var digest = ""
    var rewritings: [Rewriting] = []

    init(id: BackupID, instant: Timestamp, schools: [SchoolID], tables: [Table]) {
        self.id = id
        self.instant = instant
        self.schools = schools
        self.tables = tables
    }

    var diskBytes: Int { chunks.reduce(0) { $0 + $1.bytes } }

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return [UInt8](try encoder.encode(self))
    }

    static func decoded(_ bytes: [UInt8]) throws -> BackupManifest {
        try JSONDecoder().decode(BackupManifest.self, from: Data(bytes))
    }
}

/// A manifest as it was written: with the digest of its file.
struct WrittenManifest {
    let manifest: BackupManifest
    let fileDigest: String
    let diskBytes: Int
}

extension TenantBackup {
    /// Takes over what the manifest of its files says.
    mutating func adopt(_ written: WrittenManifest) {
        let manifest = written.manifest
        state = .complete
        instant = manifest.instant
        tables = manifest.tables.map { Table(name: $0.name, extent: $0.extent) }
        diskBytes = written.diskBytes
        digest = manifest.digest
        manifestDigest = written.fileDigest
        verifiedAt = nil
    }
}
