import Base
import Items

/// A table as the application names it: its shape, and whose keys are whose.
public struct LogicalTable: Hashable, Sendable {
    /// Which attributes an index holds beside its own and the table's keys.
    public enum Projection: Hashable, Sendable {
        case all
        case keysOnly
        case include([String])
    }

    /// What a record of the table's stream shows of an item.
    public enum StreamView: String, Hashable, Sendable, CaseIterable {
        case keysOnly = "KEYS_ONLY"
        case newImage = "NEW_IMAGE"
        case oldImage = "OLD_IMAGE"
        case newAndOldImages = "NEW_AND_OLD_IMAGES"
    }

    /// Which items lie together in an index.
    public enum IndexKind: Hashable, Sendable {
        /// Those of one partition key of its own.
        case global
        /// Those of one partition key of the table.
        case local
    }

    /// A secondary index.
    public struct Index: Hashable, Sendable {
        /// Its name, unique in the table.
        public let name: String
        /// Global or local.
        public let kind: IndexKind
        /// Its key attributes.
        public let key: KeySchema
        /// What it holds.
        public let projection: Projection
        /// Whose its partition keys are, by their first attribute; of a local index as the table's.
        public let ownedKeys: OwnedKeys
    }

    /// The name the application uses.
    public let name: TableName
    /// The key attributes.
    public let key: KeySchema
    /// Whose the partition keys are.
    public let ownedKeys: OwnedKeys
    /// The secondary indexes.
    public let indexes: [Index]
    /// What the stream of its changes shows, where it has one.
    public let stream: StreamView?
    /// The attribute whose time (seconds since 1970) ends an item's life, where items of this table end.
    public let timeToLive: String?

    /// The index of that name, or nil.
    public func index(named name: String) -> Index? { indexes.first { $0.name == name } }
}
