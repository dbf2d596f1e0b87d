import Base
import Items
import Tables

/// TransactWriteItems.
public struct TransactWriteCall: Sendable {
    /// One of its actions.
    public struct Action: Sendable {
        /// What to do.
        public enum Kind: Sendable {
            case put(Item)
            case update(key: Item, UpdateExpression)
            case delete(key: Item)
            case check(key: Item)
        }

        /// The table.
        public var table: GatewayTable
        /// What to do.
        public var kind: Kind
        /// What must hold of the item before.
        public var condition: ConditionExpression?

        /// An action.
        public init(table: GatewayTable, kind: Kind, condition: ConditionExpression? = nil) {
            self.table = table
            self.kind = kind
            self.condition = condition
        }
    }

    /// The actions, 1 to 100.
    public var actions: [Action]
    /// The client's name for the transaction, so that it happens once however often it is sent.
    public var token: WriteToken?
    /// `ReturnConsumedCapacity`, where the request has it.
    public var reportsCapacity: String?
    /// Whether PartiQL statements ask for it: those are other actions to policies.
    public var isStatement = false

    /// A transaction of these actions.
    public init(actions: [Action], token: WriteToken? = nil, reportsCapacity: String? = nil) {
        self.actions = actions
        self.token = token
        self.reportsCapacity = reportsCapacity
    }
}

/// One of the reads of TransactGetItems.
public struct TransactGet: Sendable {
    /// The table.
    public var table: GatewayTable
    /// The key, as the request gives it.
    public var key: Item
    /// The attributes asked for, or nil for all.
    public var projection: ProjectionExpression?

    /// A read of the item with this key.
    public init(table: GatewayTable, key: Item, projection: ProjectionExpression? = nil) {
        self.table = table
        self.key = key
        self.projection = projection
    }
}

/// What TransactGetItems found.
public struct TransactGetResult: Sendable {
    /// The items in the order of the reads, after their projections; nil for those that are not there.
    public var images: [ItemImage?] = []
    /// What it used, by table.
    public var capacity: [TableCapacity] = []
}

/// What TransactWriteItems did.
public struct TransactWriteResult: Sendable {
    /// What it used, by table.
    public var capacity: [TableCapacity] = []
    /// Whether it had been done before, under the same token: then what it used are reads.
    public var isReplay = false
}

/// What a request used of one table and its indexes.
public struct TableCapacity: Sendable {
    /// The table.
    public var table: GatewayTable
    /// What it used.
    public var capacity: CapacityUsed
}

extension [TableCapacity] {
    /// Adds to what is used of a table.
    mutating func add(_ capacity: CapacityUsed, of table: GatewayTable) {
        if let place = firstIndex(where: { $0.table.name == table.name }) {
            self[place].capacity.add(capacity)
        } else {
            append(TableCapacity(table: table, capacity: capacity))
        }
    }
}
