import Base
import Items

/// What a table is made of: its name, its key and its secondary indexes.
public struct TableSchema: Hashable, Sendable, Codable {
    /// The table's name as its store knows it: the physical name.
    public let name: TableName
    /// The key attributes.
    public let key: KeySchema
    /// The secondary indexes, global and local.
    public let indexes: [IndexSchema]

    /// A table of this shape.
    public init(name: TableName, key: KeySchema, indexes: [IndexSchema] = []) {
        self.name = name
        self.key = key
        self.indexes = indexes
    }

    /// The index of that name, or nil.
    public func index(named name: String) -> IndexSchema? {
        indexes.first { ByteOrder.areEqual($0.name, name) }
    }

    /// Whether an index is local, so that the items of one partition key are a collection.
    public var hasLocalIndexes: Bool { indexes.contains { $0.kind == .local } }

    /// The same shape with one index more.
    public func adding(_ index: IndexSchema) -> TableSchema {
        TableSchema(name: name, key: key, indexes: indexes + [index])
    }

    /// The same shape without the index of that name.
    public func removing(_ index: String) -> TableSchema {
        TableSchema(name: name, key: key, indexes: indexes.filter { $0.name != index })
    }

    /// The same shape under another name.
    public func renamed(_ name: TableName) -> TableSchema {
        TableSchema(name: name, key: key, indexes: indexes)
    }
}
