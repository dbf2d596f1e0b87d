import Items
import Tables

/// What GetItem found.
public struct GetItemResult: Sendable {
    /// The item, after the projection, or nil where there is none.
    public var image: ItemImage?
    /// What it used.
    public var capacity: CapacityUsed
}

/// What a write left.
public struct WriteItemResult: Sendable {
    /// The JSON of the attributes that were asked for, or nil where there are none.
    public var attributes: [UInt8]?
    /// What it used.
    public var capacity: CapacityUsed
}

/// A page of a query or scan.
public struct ReadRangeResult: Sendable {
    /// The items, after filter and projection; empty where only their number was asked for.
    public var items: [ItemImage] = []
    /// How many passed the filter.
    public var count = 0
    /// How many were looked at.
    public var scannedCount = 0
    /// The key attributes where the next page goes on behind, or nil where this was the last.
    public var lastEvaluatedKey: Item?
    /// What it used.
    public var capacity = CapacityUsed()
    /// Whether items belong into the answer: not where only their number was asked for.
    public var hasItems = true
}

/// What of a BatchGetItem's answer concerns one table.
public struct BatchGetTableResult: Sendable {
    /// The table.
    public var table: GatewayTable
    /// The items found.
    public var items: [ItemImage] = []
    /// The places in the request of the keys that were not read for want of room.
    public var unprocessed: [Int] = []
    /// What it used.
    public var capacity = CapacityUsed()
}
