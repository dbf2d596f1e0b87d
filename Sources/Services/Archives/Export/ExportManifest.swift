import Base
import Crypto
import FoundationEssentials
import Tables

/// What an export holds: the top `manifest.json`, which is there only when all else is there and was read back.
public struct ExportManifest: Hashable, Sendable, Codable {
    /// The version of this format.
    public static let formatVersion = 1
    /// The file's name.
    public static let fileName = "manifest.json"

    /// A part: a file of lines `{"Item":{…}}`, compressed with zstd.
    public struct File: Hashable, Sendable, Codable {
        /// Its name in the export's folder: `student-table/data/part-00001.json.zst`.
        public var name: String
        /// How many lines it has.
        public var items: Int
        /// Its size in bytes.
        public var bytes: Int
        /// SHA-256 of the file, in base 16.
        public var sha256: String
        /// MD5 of the file, in base 64, as AWS's manifests have it.
        public var md5: String
        /// The size of its lines in bytes.
        public var lineBytes: Int
        /// SHA-256 of its lines, each with its line feed, in base 16.
        public var linesSHA256: String
    }

    /// A logical table.
    public struct Table: Hashable, Sendable, Codable {
        /// The logical table's name, which is also its folder's.
        public var name: String
        /// How many items it has.
        public var items: Int
        /// Their size by DynamoDB's rule, in bytes.
        public var itemBytes: Int
        /// The size of all lines in bytes.
        public var lineBytes: Int
        /// SHA-256 of all lines in order, each with its line feed, in base 16.
        public var linesSHA256: String
        /// Its parts, in the order of the keys.
        public var files: [File]
    }

    /// A school of the tenant.
    public struct School: Hashable, Sendable, Codable {
        /// The school.
        public var id: SchoolID
        /// What it is called.
        public var name: String
    }

    /// The version of this format.
    public var formatVersion = ExportManifest.formatVersion
    /// The run that made it.
    public var run: RunID
    /// Whose items they are.
    public var tenant: TenantID
    /// What the tenant is called.
    public var name: String
    /// The tenant's schools.
    public var schools: [School]
    /// The tenant's tier.
    public var tier: String
    /// The catalog that the tables are of.
    public var catalog: String
    /// The one instant that all items are of, in milliseconds since 1970.
    public var instant: Timestamp
    /// The same for people (ISO 8601, UTC).
    public var instantText: String
    /// SHA-256 over all tables, keys and images, as the image that it was made from has it.
    public var imageDigest: String
    /// The tables, in the catalog's order.
    public var tables: [Table]

    /// How many items there are.
    public var items: Int { tables.reduce(0) { $0 + $1.items } }
    /// All files beside the manifest itself.
    public var files: [File] { tables.flatMap(\.files) }

    /// The manifest as JSON.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// Reads a manifest.
    /// - Throws: `ArchiveError.damaged`; `.unsupported` where it is of a later format.
    public init(parsing bytes: [UInt8]) throws(ArchiveError) {
        do { self = try JSONDecoder().decode(ExportManifest.self, from: Data(bytes)) } catch {
            throw .damaged(file: Self.fileName, line: nil, reason: "it is no manifest of an export")
        }
        guard formatVersion <= ExportManifest.formatVersion else {
            throw .unsupported(
                file: Self.fileName,
                reason: "format \(formatVersion) is of a later Homeroom; import it with that version")
        }
        let names = Set(files.map(\.name))
        guard names.count == files.count, names.allSatisfy(ArchiveNames.isSafe) else {
            throw .damaged(
                file: Self.fileName, line: nil, reason: "it names a file twice or outside of its folder")
        }
    }

    /// A manifest of what was written.
    init(
        run: RunID, tenant: TenantID, name: String, schools: [School], tier: String, catalog: String,
        instant: Timestamp, imageDigest: String, tables: [Table]
    ) {
        self.run = run
        self.tenant = tenant
        self.name = name
        self.schools = schools
        self.tier = tier
        self.catalog = catalog
        self.instant = instant
        instantText = instant.iso8601
        self.imageDigest = imageDigest
        self.tables = tables
    }
}

/// Names of files in archives: what comes from outside must not lead out of the folder.
enum ArchiveNames {
    /// Whether it is a path of plain names: letters, digits, `-`, `_` and `.`, none beginning with a dot.
    static func isSafe(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...6).contains(parts.count), name.utf8.count <= 512 else { return false }
        return parts.allSatisfy { part in
            !part.isEmpty && part.first != "."
                && part.utf8.allSatisfy { byte in
                    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A)
                        || (byte >= 0x61 && byte <= 0x7A) || byte == 0x2D || byte == 0x5F || byte == 0x2E
                }
        }
    }
}
