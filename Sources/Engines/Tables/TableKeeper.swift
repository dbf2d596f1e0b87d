import Base
import Items

/// A store whose tables can be made, changed and deleted while they are used. All calls wait, and what they change is durable
/// when they return.
public protocol TableKeeper: TableEngine {
    /// The table of that name with its options, or nil.
    func record(of table: TableName) -> TableRecord?

    /// All tables with their options, by name.
    func records() -> [TableRecord]

    /// Makes the table with what `record` says, or does nothing where it is there in this shape: whose `id` it has then tells
    /// which of two that made it at once did.
    /// - Throws: `.tableExists` where it is there in another shape.
    func create(_ record: TableRecord) throws(TableError)

    /// Lets `body` change what is decided of a table; answers the table as it is then.
    /// - Throws: `.noSuchTable`; what `body` throws.
    @discardableResult
    func updateOptions(
        of table: TableName, _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord

    /// Adds an index, and in the same commit lets `body` change the options. Writes keep it from then on; the entries of items
    /// that are there already are made in the background, also after a restart. Items whose attributes of the index's key are
    /// of another kind, empty or too long are left out. Until it is complete, reads of it are refused.
    /// - Throws: `.noSuchTable`; `.invalid` where there is an index of that name; what `body` throws.
    @discardableResult
    func addIndex(
        _ index: IndexSchema, to table: TableName,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord

    /// Removes an index, complete or not, and in the same commit lets `body` change the options. Its entries are dropped in
    /// the background.
    /// - Throws: `.noSuchTable`, `.noSuchIndex`; what `body` throws.
    @discardableResult
    func removeIndex(
        _ index: String, of table: TableName,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord

    /// Deletes the table with all it holds; answers what it was. Its rows are dropped in the background, and another table of
    /// its name can be made at once.
    /// - Throws: `.noSuchTable`; what `check` throws, which is asked in the commit that would delete it.
    @discardableResult
    func delete(
        _ table: TableName, if check: @escaping @Sendable (TableRecord) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord

    /// The indexes of the table that are still being made, with how many items have been looked at for each.
    func builds(of table: TableName) -> [IndexBuild]

    /// How much the table and its indexes hold: exact for a small table, as it was some minutes ago for a large one.
    /// - Throws: `.noSuchTable`.
    func sizes(of table: TableName) throws(TableError) -> TableSizes
}

extension TableKeeper {
    /// Adds an index and leaves the options alone.
    @discardableResult
    public func addIndex(_ index: IndexSchema, to table: TableName) throws(TableError) -> TableRecord {
        try addIndex(index, to: table) { _ in }
    }

    /// Removes an index and leaves the options alone.
    @discardableResult
    public func removeIndex(_ index: String, of table: TableName) throws(TableError) -> TableRecord {
        try removeIndex(index, of: table) { _ in }
    }

    /// Deletes the table, whatever it is.
    @discardableResult
    public func delete(_ table: TableName) throws(TableError) -> TableRecord { try delete(table) { _ in } }
}

/// An index in the making.
public struct IndexBuild: Hashable, Sendable {
    /// The index.
    public var index: String
    /// How many of the table's items have been looked at.
    public var items: Int

    /// An index of which so much is made.
    public init(index: String, items: Int) {
        self.index = index
        self.items = items
    }
}

/// How much a table and its indexes hold.
public struct TableSizes: Hashable, Sendable {
    /// The table.
    public var table: Extent
    /// Its indexes, by name.
    public var indexes: [String: Extent]

    /// So much.
    public init(table: Extent = Extent(), indexes: [String: Extent] = [:]) {
        self.table = table
        self.indexes = indexes
    }
}
