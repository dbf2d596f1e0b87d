import Base
import Items

/// All items of one tenant as they were at one instant, in a file of their own: what exports and backups are made from.
public struct TenantImage: Hashable, Sendable, Codable {
    /// A table of the tenant in the image.
    public struct Table: Hashable, Sendable, Codable {
        /// The logical table's name.
        public var name: String
        /// Its physical table and the tenant's keys there: disjoint, in order.
        public var ranges: [KeyRange]
        /// What the image holds of it.
        public var extent = Extent()

        /// A table of an image that is to be taken.
        public init(name: String, ranges: [KeyRange]) {
            self.name = name
            self.ranges = ranges
        }
    }

    /// The image.
    public var id: SnapshotID
    /// Whose items.
    public var tenant: TenantID
    /// The store that is in charge of them.
    public var store: StoreID
    /// The epoch of the placement that the image was asked for by. Where the store's own word differs nothing is taken.
    public var epoch: Int64
    /// The tables, in the catalog's order.
    public var tables: [Table]
    /// When it was asked for.
    public var createdAt: Timestamp
    /// The past moment that it shows; nil where it shows the moment it was taken.
    public var asOf: Timestamp?
    /// From when on the tenant's history is whole in the store, as who asks for a past moment knows: what was adopted from other stores
    /// reaches back further than the tables' own recovery. Nil where only that counts.
    public var historyFrom: Timestamp?
    /// The moment that it shows, once it is taken.
    public var takenAt: Timestamp?
    /// SHA-256, in base 16, over tables, keys and images in their order, each with its length before it.
    public var digest = ""

    /// An image that is to be taken.
    public init(
        id: SnapshotID, tenant: TenantID, store: StoreID, epoch: Int64, tables: [Table], createdAt: Timestamp,
        asOf: Timestamp? = nil, historyFrom: Timestamp? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.store = store
        self.epoch = epoch
        self.tables = tables
        self.createdAt = createdAt
        self.asOf = asOf
        self.historyFrom = historyFrom
    }
}

/// Where images of tenants are taken to and read from. All calls wait.
public protocol TenantImageKeeper: AnyObject, Sendable {
    /// Takes the image in one read transaction: writes go on meanwhile. Durable when it returns; where it fails, or the process
    /// ends, nothing is left of it. Where there is an image of that id already, that one is answered.
    /// - Returns: the image with what it holds.
    /// - Throws: `.noSuchStore`; `.noSuchTable`; `.misrouted` where the store is not in charge of the tenant by this epoch;
    ///   `.invalid` where the past moment is further back than the store's journal; `.storage`.
    func take(_ image: TenantImage) throws(TableError) -> TenantImage

    /// Items of a table of the image in key order, behind `after`: at most so many, at most so many bytes (at least one item).
    func rows(
        of id: SnapshotID, table: String, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow]

    /// All images that are complete, by id. What was left of others is removed. For when none is being taken.
    /// - Parameter onFailure: told of an image that cannot be read; it stays where it is.
    func images(onFailure: (String, TableError) -> Void) throws(TableError) -> [TenantImage]

    /// Removes the image, or does nothing where there is none.
    func remove(_ id: SnapshotID) throws(TableError)
}
