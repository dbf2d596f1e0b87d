import Base
import Tables

/// What an import does with an item whose key is taken by another item.
public enum ImportConflict: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing is written at all.
    case fail
    /// The item that is there stays.
    case skip
    /// The item that is there is replaced; an undo does not bring it back.
    case replace
}

/// A wish to have the items of an upload in a tenant.
public struct ImportRequest: Hashable, Sendable, Codable {
    /// Into whose items.
    public var tenant: TenantID
    /// The upload that holds the archive.
    public var upload: UploadID
    /// The logical table, where the archive is of one table and does not say which.
    public var table: String?
    /// What happens to keys that are taken.
    public var onConflict: ImportConflict
    /// Whether rows of other tenants are left out; else one refuses the import.
    public var skipsForeign: Bool
    /// Whether nothing is written: the archive is only checked.
    public var isDryRun: Bool
    /// Whether rows are taken whose keys an erasure has removed; nil and false: one of them refuses the import.
    public var takesErased: Bool?
    /// Ids of a tenant and of schools in the archive, with the ids of this tenant that stand for them.
    public var mappings: [String: String]

    /// An import.
    public init(
        tenant: TenantID, upload: UploadID, table: String? = nil, onConflict: ImportConflict = .fail,
        skipsForeign: Bool = false, isDryRun: Bool = false, takesErased: Bool = false,
        mappings: [String: String] = [:]
    ) {
        self.tenant = tenant
        self.upload = upload
        self.table = table
        self.onConflict = onConflict
        self.skipsForeign = skipsForeign
        self.isDryRun = isDryRun
        self.takesErased = takesErased
        self.mappings = mappings
    }
}

/// A folder of files that a client has sent.
public typealias UploadID = SnapshotID

/// What an import found and did.
public struct ImportReport: Hashable, Sendable, Codable {
    /// A row that is named, without what stands in it.
    public struct Row: Hashable, Sendable, Codable {
        /// The file in the archive.
        public var file: String
        /// Its line, from 1.
        public var line: Int
        /// The logical table.
        public var table: String
    }

    /// Rows in the archive.
    public var items = 0
    /// Rows that are there already, exactly so.
    public var same = 0
    /// Rows that belong to another tenant, or to nobody.
    public var foreign = 0
    /// Rows whose key an erasure has removed; nil where the version before has counted.
    public var erased: Int?
    /// Rows whose key is taken by another item.
    public var conflicts = 0
    /// Rows whose ids were mapped.
    public var mapped = 0
    /// The first rows of `foreign`.
    public var foreignRows: [Row] = []
    /// The first rows of `erased`.
    public var erasedRows: [Row]?
    /// The first rows of `conflicts`.
    public var conflictRows: [Row] = []
    /// Items that were made.
    public var created = 0
    /// Items that were replaced.
    public var replaced = 0
    /// Rows that were left out, foreign ones and those whose key is taken.
    public var skipped = 0
    /// Whether nothing was to be written.
    public var isDryRun = false
    /// Items that were read back as they were written.
    public var verified = 0
    /// Items that were written and are other now, or gone: somebody has changed them since.
    public var changedSince = 0
    /// SHA-256 over the items that were written, by the archive and as they were read back, in base 16: equal unless some were
    /// changed since.
    public var archiveSHA256 = ""
    /// The same of what was read back.
    public var storedSHA256 = ""
}
