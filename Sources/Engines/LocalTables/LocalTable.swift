import Base
import Items
import Tables

/// A table of a store: its shape, and the numbers by which the file knows it and its indexes. A class, so that finding one
/// copies nothing.
final class LocalTable: Sendable {
    /// INVARIANT (numbers): the number of no other table of this file, not of one that was deleted either, since readers keep
    /// compiled statements by it.
    let number: Int
    let stored: StoredTable
    var record: TableRecord { stored.record }
    var schema: TableSchema { stored.record.schema }
    /// What the file knows of each index, in the order of the schema's.
    var indexes: [StoredIndex] { stored.indexes }
    /// What each index holds, in the order of the schema's.
    let projections: [IndexProjection]
    /// The index key attributes that the table's own key does not have, as they stand in an image; nil where an index has none of
    /// them, and so an entry of each item.
    private let indexMarks: [[UInt8]]?

    init(number: Int, stored: StoredTable) {
        self.number = number
        self.stored = stored
        let schema = stored.record.schema
        projections = schema.indexes.map { IndexProjection($0, tableKey: schema.key) }
        indexMarks = LocalTable.indexMarks(of: schema)
    }

    private static func indexMarks(of schema: TableSchema) -> [[UInt8]]? {
        let own = schema.key.attributes.map(\.name)
        var marks: [[UInt8]] = []
        for index in schema.indexes {
            let further = index.key.attributes.map(\.name).filter { !own.contains($0) }
            if further.isEmpty { return nil }
            for name in further {
                var mark: [UInt8] = []
                mark.appendJSONString(name)
                marks.append(mark + [UInt8(ascii: ":")])
            }
        }
        return marks
    }

    /// Whether the item certainly has no attribute of the indexes' keys beside the table's: then it has no entry in any index and
    /// breaks no rule of theirs. An image has each name it has as `"name":`; that this may also stand within a text does no harm.
    func isSurelyOutOfIndexes(_ image: ItemImage) -> Bool {
        guard let indexMarks else { return false }
        return image.bytes.withUnsafeBytes { bytes in indexMarks.allSatisfy { !bytes.contains($0) } }
    }
}

/// All tables of a store at one moment.
struct TableSet: Sendable {
    private(set) var byName: [TableName: LocalTable] = [:]
    /// Grows with each change, so that of two sets the newer one can be told.
    var generation = 0
    /// The number for the next table: greater than every number there ever was.
    private(set) var nextNumber = 1

    mutating func insert(_ table: LocalTable) {
        byName[table.schema.name] = table
        retire(table.number)
    }

    mutating func remove(_ table: LocalTable) { byName[table.schema.name] = nil }

    /// Notes a number that is not to be given again.
    mutating func retire(_ number: Int) { nextNumber = max(nextNumber, number + 1) }

    func table(_ name: TableName) throws(TableError) -> LocalTable {
        guard let table = byName[name] else { throw .noSuchTable(name) }
        return table
    }

    /// The same table as it is in this set.
    /// - Throws: `.noSuchTable` where it was deleted, also if there is another of its name by now.
    func current(_ table: LocalTable) throws(TableError) -> LocalTable {
        let name = table.schema.name
        guard let found = byName[name], found.number == table.number else { throw .noSuchTable(name) }
        return found
    }
}
