import Base
import Items

/// What a table is made of: its name, its key and its global secondary indexes.
public struct TableSchema: Hashable, Sendable, Codable {
    /// The table's name as its store knows it: the physical name.
    public let name: TableName
    /// The key attributes.
    public let key: KeySchema
    /// The global secondary indexes.
    public let indexes: [IndexSchema]

    /// A table of this shape.
    public init(name: TableName, key: KeySchema, indexes: [IndexSchema] = []) {
        self.name = name
        self.key = key
        self.indexes = indexes
    }

    /// The index of that name, or nil.
    public func index(named name: String) -> IndexSchema? { indexes.first { $0.name == name } }

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

/// A global secondary index: a second order of a table's items, of those that have its key attributes.
public struct IndexSchema: Hashable, Sendable, Codable {
    /// Which attributes an index holds beside its own and the table's keys.
    public enum Projection: Hashable, Sendable, Codable {
        case all
        case keysOnly
        case include([String])
    }

    /// The index's name, unique in its table.
    public let name: String
    /// The index's key attributes.
    public let key: KeySchema
    /// What it holds.
    public let projection: Projection

    /// An index of this shape.
    public init(name: String, key: KeySchema, projection: Projection = .all) {
        self.name = name
        self.key = key
        self.projection = projection
    }
}
