import Base
import Items
import Tables

/// GetItem.
public struct GetItemCall: Sendable {
    /// The table.
    public var table: GatewayTable
    /// The key's attributes, as the request gives them.
    public var key: Item
    /// The attributes asked for, or nil for all.
    public var projection: ProjectionExpression?
    /// Whether the newest state is wanted: it costs twice as much.
    public var isConsistent: Bool
    /// `ReturnConsumedCapacity`, where the request has it.
    public var reportsCapacity: String?

    /// The read of the item with this key.
    public init(
        table: GatewayTable, key: Item, projection: ProjectionExpression? = nil, isConsistent: Bool = false,
        reportsCapacity: String? = nil
    ) {
        self.table = table
        self.key = key
        self.projection = projection
        self.isConsistent = isConsistent
        self.reportsCapacity = reportsCapacity
    }
}

/// PutItem, UpdateItem or DeleteItem.
public struct WriteItemCall: Sendable {
    /// What to do.
    public enum Action: Sendable {
        case put(Item)
        /// The update of the item with this key; nil changes nothing but makes the item where there is none.
        case update(key: Item, UpdateExpression?)
        case delete(key: Item)
    }

    /// Which attributes the answer has.
    public enum Returned: String, Sendable, CaseIterable {
        case none = "NONE"
        case allOld = "ALL_OLD"
        case updatedOld = "UPDATED_OLD"
        case allNew = "ALL_NEW"
        case updatedNew = "UPDATED_NEW"
    }

    /// The table.
    public var table: GatewayTable
    /// What to do.
    public var action: Action
    /// What must hold of the item before.
    public var condition: ConditionExpression?
    /// Which attributes the answer has.
    public var returned = Returned.none
    /// `ReturnConsumedCapacity`, where the request has it.
    public var reportsCapacity: String?
    /// Whether a PartiQL statement asks for it: that is another action to policies.
    public var isStatement = false

    /// A write of one item.
    public init(table: GatewayTable, action: Action) {
        self.table = table
        self.action = action
    }
}

/// Query, where `keyCondition` is there, or Scan.
public struct ReadRangeCall: Sendable {
    /// What is asked of each item.
    public enum Select: String, Sendable, CaseIterable {
        case allAttributes = "ALL_ATTRIBUTES"
        case allProjectedAttributes = "ALL_PROJECTED_ATTRIBUTES"
        case specificAttributes = "SPECIFIC_ATTRIBUTES"
        case count = "COUNT"
    }

    /// The table.
    public var table: GatewayTable
    /// The name of the index to read, or nil for the table.
    public var index: String?
    /// Which items a query is after; nil for a scan.
    public var keyCondition: KeyConditionExpression?
    /// Only items for which this holds are returned.
    public var filter: ConditionExpression?
    /// The attributes asked for, or nil for all.
    public var projection: ProjectionExpression?
    /// `Select`, where the request has it.
    public var select: Select?
    /// How many items to look at, at the most.
    public var limit: Int?
    /// Where an earlier page ended: the key attributes.
    public var exclusiveStartKey: Item?
    /// Ascending by sort key, or descending.
    public var isForward = true
    /// Whether the newest state is wanted.
    public var isConsistent = false
    /// Which part of a parallel scan this is.
    public var segment: ReadRange.Segment?
    /// `ReturnConsumedCapacity`, where the request has it.
    public var reportsCapacity: String?
    /// Whether it is a part of a PartiQL statement, whose filter may look at keys.
    var isStatement = false

    /// A scan of the whole table, until more is set.
    public init(table: GatewayTable) { self.table = table }
}

/// What of a BatchGetItem concerns one table.
public struct BatchGetTable: Sendable {
    /// The table.
    public var table: GatewayTable
    /// The keys, as the request gives them.
    public var keys: [Item]
    /// The attributes asked for, or nil for all.
    public var projection: ProjectionExpression?
    /// Whether the newest state is wanted.
    public var isConsistent: Bool

    /// The keys of one table.
    public init(table: GatewayTable, keys: [Item], projection: ProjectionExpression?, isConsistent: Bool) {
        self.table = table
        self.keys = keys
        self.projection = projection
        self.isConsistent = isConsistent
    }
}

/// One write of a BatchWriteItem.
public struct BatchWrite: Sendable {
    /// What to do.
    public enum Action: Sendable {
        case put(Item)
        case delete(key: Item)
    }

    /// The table.
    public var table: GatewayTable
    /// What to do.
    public var action: Action

    /// A put or a delete.
    public init(table: GatewayTable, action: Action) {
        self.table = table
        self.action = action
    }
}
