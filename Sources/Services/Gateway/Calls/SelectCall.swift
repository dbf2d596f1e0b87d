import Items
import Tables

/// A PartiQL SELECT: several reads that are one to the caller.
public struct SelectCall: Sendable {
    /// What must be read.
    public enum Access: Sendable {
        /// The items with these keys.
        case items([Item])
        /// The items of these key conditions, none of which has an item of another's.
        case ranges([KeyConditionExpression])
        /// All items of the table or index.
        case scan
    }

    /// Where a page ended: which of the reads comes next, and behind which item of it.
    public struct Position: Sendable, Equatable {
        /// The read's place in the order of the statement.
        public var part: Int
        /// The key attributes of the last item looked at; nil to begin at the read's first.
        public var startKey: Item?

        /// A place in the reads.
        public init(part: Int, startKey: Item? = nil) {
            self.part = part
            self.startKey = startKey
        }
    }

    /// The table.
    public var table: GatewayTable
    /// The name of the index to read, or nil for the table.
    public var index: String?
    /// What must be read.
    public var access: Access
    /// Only items for which this holds are returned. It may look at keys.
    public var filter: ConditionExpression?
    /// The attributes that the caller shows, for policies; items are returned whole. Nil for all.
    public var projection: ProjectionExpression?
    /// Ascending by sort key, or descending.
    public var isForward = true
    /// How many items to look at, at the most.
    public var limit: Int?
    /// Where an earlier page ended.
    public var start: Position?
    /// Whether the newest state is wanted.
    public var isConsistent = false
    /// `ReturnConsumedCapacity`, where the request has it.
    public var reportsCapacity: String?

    /// A read of everything that `access` names.
    public init(table: GatewayTable, access: Access) {
        self.table = table
        self.access = access
    }
}

/// A page of a SELECT.
public struct SelectResult: Sendable {
    /// The whole items, in the statement's order.
    public var items: [ItemImage] = []
    /// Where the next page begins, or nil where this was the last.
    public var next: SelectCall.Position?
    /// What it used.
    public var capacity = CapacityUsed()
}
