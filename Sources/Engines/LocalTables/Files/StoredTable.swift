import Tables

/// A table as it lies in the file: its record and what only the file needs to know of its indexes.
struct StoredTable: Hashable, Sendable, Codable {
    var record: TableRecord
    /// One for each index of the schema, in its order.
    private(set) var indexes: [StoredIndex]
    /// The number for the next index. As with tables, none is given twice.
    private var nextIndexNumber: Int

    init(_ record: TableRecord) {
        self.record = record
        indexes = record.schema.indexes.indices.map { StoredIndex(number: $0) }
        nextIndexNumber = indexes.count
    }

    // The record's members lie beside these two, which stores made before indexes had numbers of their own lack.
    private enum CodingKeys: String, CodingKey {
        case indexes
        case nextIndexNumber
    }

    init(from decoder: any Decoder) throws {
        self.init(try TableRecord(from: decoder))
        let members = try decoder.container(keyedBy: CodingKeys.self)
        indexes = try members.decodeIfPresent([StoredIndex].self, forKey: .indexes) ?? indexes
        nextIndexNumber = try members.decodeIfPresent(Int.self, forKey: .nextIndexNumber) ?? nextIndexNumber
        guard indexes.count == record.schema.indexes.count else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "indexes without numbers"))
        }
    }

    func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(indexes, forKey: .indexes)
        try members.encode(nextIndexNumber, forKey: .nextIndexNumber)
    }

    /// Adds an index whose entries are still to be made; answers its number.
    mutating func add(_ index: IndexSchema) -> Int {
        let number = nextIndexNumber
        nextIndexNumber += 1
        record.schema = record.schema.adding(index)
        indexes.append(StoredIndex(number: number, build: StoredIndex.Build()))
        return number
    }

    /// Takes the index in this place out.
    mutating func removeIndex(at position: Int) {
        record.schema = record.schema.removing(record.schema.indexes[position].name)
        indexes.remove(at: position)
    }

    /// Notes how far the index in this place is made: nil where it is complete.
    mutating func setBuild(_ build: StoredIndex.Build?, at position: Int) { indexes[position].build = build }
}

/// What the file knows of an index.
struct StoredIndex: Hashable, Sendable, Codable {
    /// How far the entries of items that were there before the index have been made.
    struct Build: Hashable, Sendable, Codable {
        /// The key behind which items are still to be looked at: the empty one at first, which no item has.
        var partition: [UInt8] = []
        var sort: [UInt8] = []
        /// How many items have been looked at.
        var items = 0
    }

    /// The `m` of its rows' table `t<n>_i<m>`.
    let number: Int
    /// The making of its entries, or nil where they are all there.
    var build: Build?

    init(number: Int, build: Build? = nil) {
        self.number = number
        self.build = build
    }
}
