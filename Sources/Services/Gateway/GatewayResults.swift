import Items
import Tables

/// What a request used, in half capacity units.
public struct CapacityUsed: Sendable, Equatable {
    /// Of the table itself.
    public var tableHalfUnits = 0
    /// Of its indexes, by name.
    public var indexHalfUnits: [String: Int] = [:]
    /// All together.
    public var halfUnits: Int { indexHalfUnits.values.reduce(tableHalfUnits, +) }

    /// Nothing yet.
    public init() {}

    /// Twice as much: what a transaction uses. Source: DynamoDB Developer Guide, "Transactional API operations".
    var doubled: CapacityUsed {
        var twice = self
        twice.tableHalfUnits *= 2
        twice.indexHalfUnits = indexHalfUnits.mapValues { $0 * 2 }
        return twice
    }

    /// So much of the table.
    init(tableHalfUnits: Int) { self.tableHalfUnits = tableHalfUnits }

    /// What reading so many bytes costs: half a unit for each 4 KB begun, or a whole one where it is
    /// consistent; at least for 4 KB. Source: DynamoDB Developer Guide, "Read consumption".
    static func readHalfUnits(bytes: Int, isConsistent: Bool) -> Int {
        max(1, (bytes + 4095) / 4096) * (isConsistent ? 2 : 1)
    }

    /// What writing so many bytes costs: a unit for each KB begun, at least one. Source: DynamoDB Developer
    /// Guide, "Write consumption".
    static func writeHalfUnits(bytes: Int) -> Int { max(1, (bytes + 1023) / 1024) * 2 }
}

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
