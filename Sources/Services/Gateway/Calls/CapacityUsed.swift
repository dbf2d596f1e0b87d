import Items
import Tables

/// What a request used, in half capacity units.
public struct CapacityUsed: Sendable, Equatable {
    /// What of an index was used.
    public struct IndexShare: Sendable, Equatable {
        /// The index's name.
        public let name: String
        /// Global or local.
        public let kind: IndexSchema.Kind
        /// How much.
        public var halfUnits: Int
    }

    /// Of the table itself.
    public private(set) var tableHalfUnits = 0
    /// Of its indexes, those alone of which something was used.
    public private(set) var indexes: [IndexShare] = []
    /// All together.
    public var halfUnits: Int { indexes.reduce(tableHalfUnits) { $0 + $1.halfUnits } }

    /// Nothing yet.
    public init() {}

    /// So much of the table.
    init(tableHalfUnits: Int) { self.tableHalfUnits = tableHalfUnits }

    /// What a read of a page used: the table's or the index's items by the sum of their sizes, and those fetched beside
    /// them each by itself. Source: DynamoDB Developer Guide, "Local secondary indexes", read capacity units.
    init(_ page: ReadPage, index: IndexSchema?, isConsistent: Bool) {
        let units = CapacityUsed.readHalfUnits(bytes: page.scannedBytes, isConsistent: isConsistent)
        guard let index else {
            tableHalfUnits = units
            return
        }
        tableHalfUnits = page.fetchedBlocks * (isConsistent ? 2 : 1)
        add(units, toIndex: index.name, index.kind)
    }

    /// What a write used: the table by the larger of the item's two sizes, each index by the entries that changed. Source:
    /// DynamoDB Developer Guide, "Write consumption" and the sections on the two kinds of indexes.
    init(_ outcome: WriteOutcome) {
        tableHalfUnits = CapacityUsed.writeHalfUnits(bytes: outcome.billedBytes)
        for write in outcome.indexWrites {
            let units = [write.removedBytes, write.storedBytes].reduce(0) { sum, bytes in
                sum + (bytes.map(CapacityUsed.writeHalfUnits) ?? 0)
            }
            add(units, toIndex: write.index, write.kind)
        }
    }

    /// The two together.
    public mutating func add(_ other: CapacityUsed) {
        tableHalfUnits += other.tableHalfUnits
        for share in other.indexes { add(share.halfUnits, toIndex: share.name, share.kind) }
    }

    /// As often: a transaction's reads and writes cost twice. Source: DynamoDB Developer Guide, "Transactions",
    /// capacity management.
    func multiplied(by factor: Int) -> CapacityUsed {
        var product = self
        product.tableHalfUnits *= factor
        for place in product.indexes.indices { product.indexes[place].halfUnits *= factor }
        return product
    }

    private mutating func add(_ halfUnits: Int, toIndex name: String, _ kind: IndexSchema.Kind) {
        if let place = indexes.firstIndex(where: { $0.name == name }) {
            indexes[place].halfUnits += halfUnits
        } else {
            indexes.append(IndexShare(name: name, kind: kind, halfUnits: halfUnits))
        }
    }

    /// What reading so many bytes costs: half a unit for each 4 KB begun, or a whole one where it is
    /// consistent; at least for 4 KB. Source: DynamoDB Developer Guide, "Read consumption".
    static func readHalfUnits(bytes: Int, isConsistent: Bool) -> Int {
        TableLimits.readBlocks(of: bytes) * (isConsistent ? 2 : 1)
    }

    /// What writing so many bytes costs: a unit for each KB begun, at least one. Source: DynamoDB Developer
    /// Guide, "Write consumption".
    static func writeHalfUnits(bytes: Int) -> Int { max(1, (bytes + 1023) / 1024) * 2 }
}
