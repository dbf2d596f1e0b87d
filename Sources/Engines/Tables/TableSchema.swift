import Base
import Items

/// What a table is made of: its name, its key and its secondary indexes.
public struct TableSchema: Hashable, Sendable, Codable {
    /// The table's name as its store knows it: the physical name.
    public let name: TableName
    /// The key attributes.
    public let key: KeySchema
    /// The secondary indexes.
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

/// A secondary index: a second order of a table's items, of those that have its key attributes.
public struct IndexSchema: Hashable, Sendable, Codable {
    /// What the index orders.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The items of one partition of the table: it has the table's partition key, and lives as long as the table.
        case local
        /// All items of the table.
        case global
    }

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
    /// What it orders.
    public let kind: Kind

    /// An index of this shape.
    public init(name: String, key: KeySchema, projection: Projection = .all, kind: Kind = .global) {
        self.name = name
        self.key = key
        self.projection = projection
        self.kind = kind
    }

    /// Reads an index. One that was stored before there were others is global.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        name = try members.decode(String.self, forKey: .name)
        key = try members.decode(KeySchema.self, forKey: .key)
        projection = try members.decode(Projection.self, forKey: .projection)
        kind = try members.decodeIfPresent(Kind.self, forKey: .kind) ?? .global
    }
}
