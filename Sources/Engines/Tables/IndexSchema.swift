import Base
import Items

/// A secondary index: a second order of a table's items, of those that have its key attributes.
public struct IndexSchema: Hashable, Sendable {
    /// Which items lie together in an index.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Those of one partition key of its own, of all the table's items.
        case global
        /// Those of one partition key of the table, in another order.
        case local
    }

    /// Which attributes an index holds beside its own and the table's keys.
    public enum Projection: Hashable, Sendable, Codable {
        case all
        case keysOnly
        case include([String])
    }

    /// The index's name, unique in its table.
    public let name: String
    /// Global or local.
    public let kind: Kind
    /// The index's key attributes; of a local index the table's partition key and a sort key of its own.
    public let key: KeySchema
    /// What it holds.
    public let projection: Projection

    /// An index of this shape.
    public init(name: String, key: KeySchema, projection: Projection = .all, kind: Kind = .global) {
        self.name = name
        self.kind = kind
        self.key = key
        self.projection = projection
    }

    /// The names of the attributes that it holds, keys included, ascending by their bytes; nil where it holds all.
    public func heldAttributes(tableKey: KeySchema) -> MemberSet<String>? {
        var names = (tableKey.attributes + key.attributes).map(\.name)
        switch projection {
        case .all: return nil
        case .keysOnly: break
        case .include(let more): names += more
        }
        return MemberSet(names)
    }
}

/// The form in which it is stored: global indexes look as they did when there were no others.
extension IndexSchema: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, kind, key, projection
    }

    /// Reads an index.
    /// - Throws: `DecodingError` where it is none.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decode(String.self, forKey: .name)
        kind = try fields.decodeIfPresent(Kind.self, forKey: .kind) ?? .global
        key = try fields.decode(KeySchema.self, forKey: .key)
        projection = try fields.decode(Projection.self, forKey: .projection)
    }

    /// Writes the index.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(name, forKey: .name)
        if kind != .global { try fields.encode(kind, forKey: .kind) }
        try fields.encode(key, forKey: .key)
        try fields.encode(projection, forKey: .projection)
    }
}
