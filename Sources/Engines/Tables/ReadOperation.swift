import Base
import Items

/// A read of one item by its key.
public struct GetItem: Sendable {
    /// The physical table.
    public var table: TableName
    /// The key of the item.
    public var key: EncodedKey

    /// The read of the item with this key.
    public init(table: TableName, key: EncodedKey) {
        self.table = table
        self.key = key
    }
}

/// A read of many items in key order: a query where `partition` is given, a scan where it is not.
public struct ReadRange: Sendable {
    /// One of the equal parts of a parallel scan: an item belongs to the part that its partition key hashes to.
    public struct Segment: Sendable, Hashable {
        /// From 0.
        public var number: Int
        /// How many parts there are.
        public var total: Int

        /// Part `number` of `total`.
        public init(number: Int, total: Int) {
            self.number = number
            self.total = total
        }
    }

    /// Where an earlier page of the same read ended: the keys of its last item.
    public struct Position: Sendable, Hashable {
        /// The table's key of that item.
        public var key: EncodedKey
        /// Its key in the index, where an index is read.
        public var indexKey: EncodedKey?

        /// The place of the item with these keys.
        public init(key: EncodedKey, indexKey: EncodedKey? = nil) {
            self.key = key
            self.indexKey = indexKey
        }
    }

    /// The physical table.
    public var table: TableName
    /// The index to read, or nil for the table itself.
    public var index: String?
    /// The encoded partition key to stay in, or nil to read all.
    public var partition: [UInt8]?
    /// The part of the partition to read, by sort key.
    public var sort: SortRange?
    /// Ascending by sort key, or descending.
    public var isForward = true
    /// The place to go on behind.
    public var after: Position?
    /// How many items to look at (before the filter), at the most.
    public var itemsMax: Int?
    /// How many bytes of items to look at, at the most: the page ends with the item that goes over.
    public var bytesMax = TableLimits.pageBytesMax
    /// Only items for which this holds are returned.
    public var filter: ConditionExpression?
    /// Only these attributes are returned, or nil for all.
    public var projection: ProjectionExpression?
    /// Whether only the number of items is asked for.
    public var isCountOnly = false
    /// Which part of a parallel scan this is.
    public var segment: Segment?
    /// Whether the items themselves are wanted where an index is read that does not hold them whole.
    public var fetchesItems = false

    /// A read of the whole table or index, in pages.
    public init(table: TableName, index: String? = nil) {
        self.table = table
        self.index = index
    }
}

/// A page of a `ReadRange`.
public struct ReadPage: Sendable {
    /// The items found, in order; empty where only their number was asked for.
    public var rows: [ItemRow] = []
    /// How many items passed the filter.
    public var count = 0
    /// How many items were looked at.
    public var scannedCount = 0
    /// The sum of the sizes of the items looked at, by DynamoDB's rule; where an index was read, of its entries.
    public var scannedBytes = 0
    /// Blocks of 4 KB begun of the items that were fetched from the table beside the index's entries, each for itself.
    public var fetchedBlocks = 0
    /// Where the next page begins, or nil where this was the last.
    public var next: ReadRange.Position?

    /// An empty page.
    public init() {}
}

/// An item under its key: the whole item, or what a projection left of it.
public struct ItemRow: Hashable, Sendable {
    /// The table's key of the item, also where an index was read.
    public var key: EncodedKey
    /// The item's bytes, and its size before any projection.
    public var image: ItemImage

    /// An item under its key.
    public init(key: EncodedKey, image: ItemImage) {
        self.key = key
        self.image = image
    }
}

/// The limits of the table protocol that engines keep.
public enum TableLimits {
    /// The unit in which reads are counted, in bytes. Source: DynamoDB Developer Guide, "Read consumption".
    public static let readBlockBytes = 4096
    /// How many such blocks a read of so many bytes begins: at least one.
    public static func readBlocks(of bytes: Int) -> Int {
        max(1, (bytes + readBlockBytes - 1) / readBlockBytes)
    }

    /// A page of a query or scan. Source: DynamoDB API reference, Query: 1 MB.
    public static let pageBytesMax = 1024 * 1024
    /// Items in one transaction. Source: DynamoDB API reference, TransactWriteItems.
    public static let transactionItemsMax = 100
    /// Bytes of all items of one transaction. Source: as above.
    public static let transactionBytesMax = 4 * 1024 * 1024
    /// What a larger one is answered.
    public static let transactionTooLarge = "The aggregate size of the items in the transaction exceeds 4 MB"
}
