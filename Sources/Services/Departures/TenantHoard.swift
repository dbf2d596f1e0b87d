import Base
import Registry
import Tables

/// Something outside of the stores that holds items of tenants: backups, exports, images.
public protocol TenantHoard: Sendable {
    /// What it holds, in the plural: `backups`.
    var name: String { get }

    /// What it holds of the tenant, by name.
    func holdings(of tenant: TenantRecord) throws -> [Holding]

    /// Removes what it holds of the tenant and of nobody else, but for the one that is kept; answers how many it removed.
    func remove(of tenant: TenantRecord, except kept: String?) throws -> Int

    /// Writes anew what holds items under such keys, without them; answers what it did to which, without any key.
    func rewrite(of tenant: TenantRecord, without keys: ErasedKeys, run: RunID) throws -> [Rewriting]
}

/// One thing that holds items of a tenant.
public struct Holding: Hashable, Sendable, Codable {
    /// Its name: a backup's id, an export's folder.
    public var name: String
    /// What it is, for people: `backup`, `table backup of school-table-basic`.
    public var what: String
    /// How large it is, where that is known.
    public var bytes: Int?
    /// When it goes by itself; nil where somebody has to remove it.
    public var expiresAt: Timestamp?
    /// Whether it holds other tenants' items too, so that it is not removed with this one.
    public var isShared: Bool
    /// What to do about it where it stays.
    public var remedy: String?

    /// A holding.
    public init(
        name: String, what: String, bytes: Int? = nil, expiresAt: Timestamp? = nil, isShared: Bool = false,
        remedy: String? = nil
    ) {
        self.name = name
        self.what = what
        self.bytes = bytes
        self.expiresAt = expiresAt
        self.isShared = isShared
        self.remedy = remedy
    }
}

/// What an erasure did to a holding.
public struct Rewriting: Hashable, Sendable, Codable {
    /// Its name.
    public var name: String
    /// What it is.
    public var what: String
    /// How many items were taken out, or nil where the whole of it was removed.
    public var items: Int?

    /// So many items of it, or all of it.
    public init(name: String, what: String, items: Int?) {
        self.name = name
        self.what = what
        self.items = items
    }
}
