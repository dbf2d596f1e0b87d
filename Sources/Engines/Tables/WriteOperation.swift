import Base
import Items

/// One change to one item, or a condition on it.
public struct ItemWrite: Sendable {
    /// What to do.
    public enum Action: Sendable {
        /// Store the item in place of what is there.
        case put(Item)
        /// The same for an item whose image has been made: it is looked into only where its table asks for that.
        case store(ItemImage)
        /// Remove the item.
        case delete
        /// Change the item by the expression, or make it.
        case update(UpdateExpression)
        /// Change nothing; the condition must hold. Only inside a transaction.
        case check
    }

    /// The physical table.
    public var table: TableName
    /// The key of the item.
    public var key: EncodedKey
    /// What to do.
    public var action: Action
    /// What must hold of the item before (of no item, where there is none).
    public var condition: ConditionExpression?

    /// A write to the item with this key.
    public init(table: TableName, key: EncodedKey, action: Action, condition: ConditionExpression? = nil) {
        self.table = table
        self.key = key
        self.action = action
        self.condition = condition
    }
}

/// Writes that become durable in one commit.
public struct WriteRequest: Sendable {
    /// How the writes hang together.
    public enum Kind: Sendable {
        /// One write.
        case single
        /// Several writes, puts and deletes without conditions. One commit, though DynamoDB promises less.
        case batch
        /// All or nothing: where one condition fails nothing is written.
        case transaction
    }

    /// How they hang together.
    public var kind: Kind
    /// The writes.
    public var writes: [ItemWrite]
    /// Whose writes they are and by which placement they were routed; nil for the system's own.
    public var route: WriteRoute?
    /// For a transaction that may be sent twice.
    public var token: WriteToken?
    /// What else a transaction writes, by what the store holds in its commit; its writes have no outcomes.
    public var sequel: WriteSequel?

    /// One write.
    public init(_ write: ItemWrite, route: WriteRoute? = nil) {
        kind = .single
        writes = [write]
        self.route = route
    }

    /// Several writes.
    public init(_ kind: Kind, _ writes: [ItemWrite], route: WriteRoute? = nil) {
        self.kind = kind
        self.writes = writes
        self.route = route
    }
}

/// By whose right, and by which placement, a write came to a store.
public struct WriteRoute: Sendable {
    /// Whose write it is.
    public var tenant: TenantID
    /// The epoch of the placement it was routed by.
    public var epoch: Int64
    /// The second wall: what the item must satisfy as it will be stored.
    public var wall: any ItemWall

    /// A route.
    public init(tenant: TenantID, epoch: Int64, wall: any ItemWall) {
        self.tenant = tenant
        self.epoch = epoch
        self.wall = wall
    }
}

/// The check behind the policies: whether an item as stored belongs to one tenant only, index keys included.
public protocol ItemWall: Sendable {
    /// Whether `item`, stored under `key` in the physical table `schema`, stays with its tenant. Where the table has no index the
    /// key decides, and the item may be empty.
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool
}

/// What became of one write.
public struct WriteOutcome: Sendable {
    /// The item before, or nil where there was none.
    public var old: ItemImage?
    /// The item after, or nil where there is none.
    public var new: ItemImage?
    /// What an update touched.
    public var touched: [DocumentPath]
    /// What was written of its indexes' entries; nothing of those that stay as they were.
    public var indexWrites: [IndexWrite]
    /// Whether nothing was written now, because the transaction's token says that it was before: old and new are the item as
    /// it is.
    public var isReplay = false
    /// The larger of the item's sizes before and after, in bytes: what DynamoDB bills.
    public var billedBytes: Int { max(old?.sizeBytes ?? 0, new?.sizeBytes ?? 0) }

    /// An outcome.
    public init(
        old: ItemImage?, new: ItemImage?, touched: [DocumentPath] = [], indexWrites: [IndexWrite] = []
    ) {
        self.old = old
        self.new = new
        self.touched = touched
        self.indexWrites = indexWrites
    }
}

/// What a write changed in one index.
///
/// An entry that stays under its key and holds something else is stored once; one whose key changes is removed and
/// stored anew. Source: DynamoDB Developer Guide, "Using Global Secondary Indexes", write considerations.
public struct IndexWrite: Hashable, Sendable {
    /// The index's name.
    public var index: String
    /// Global or local.
    public var kind: IndexSchema.Kind
    /// The size of the entry removed, or nil where none was.
    public var removedBytes: Int?
    /// The size of the entry stored, or of the one in whose place it came where that was larger; nil where none was stored.
    public var storedBytes: Int?

    /// A change in this index.
    public init(index: IndexSchema, removedBytes: Int?, storedBytes: Int?) {
        self.index = index.name
        kind = index.kind
        self.removedBytes = removedBytes
        self.storedBytes = storedBytes
    }
}
