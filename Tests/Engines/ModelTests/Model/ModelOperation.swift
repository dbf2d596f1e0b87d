/// One write to one item.
struct ModelWrite: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        case put(ModelItem)
        case delete
        case update(ModelUpdate)
        case check
    }

    /// The table's position in the program.
    var table: Int
    /// The key attributes with their values.
    var key: ModelItem
    var action: Action
    var condition: ModelCondition?
}

/// A condition on one attribute of a sort key.
enum ModelSortTerm: Hashable, Sendable {
    case compare(ModelComparator, ModelValue)
    case between(ModelValue, ModelValue)
    case beginsWith(ModelValue)
}

/// A query where there is a partition, else a scan; read page by page to its end.
struct ModelRead: Hashable, Sendable {
    var table: Int
    /// The index's position in the table, or nil for the table itself.
    var index: Int?
    /// The values of the partition key attributes.
    var partition: [ModelValue]?
    /// Conditions on the first sort key attributes.
    var sort: [ModelSortTerm] = []
    var isForward = true
    var limit: Int?
    var bytesMax: Int?
    var filter: ModelCondition?
    var projection: [ModelPath]?
    var isCountOnly = false
    /// Indexes only: whether the items themselves are wanted, not what the index holds of them.
    var fetchesItems = false
    /// Into how many parts a scan is divided.
    var segments: Int?
    /// Queries only: the place to begin behind, as the key attributes of an item that need not exist.
    var start: ModelItem?
}

/// A table's position, and a key in it.
struct ModelPlace: Hashable, Sendable {
    let table: Int
    let key: ModelItem
}

/// A step of a program.
enum ModelOperation: Hashable, Sendable {
    case write(ModelWrite)
    case batch([ModelWrite])
    /// All or nothing; where a token is given that was spent on the same writes, nothing any more.
    case transaction([ModelWrite], token: Int? = nil)
    case get(table: Int, key: ModelItem)
    /// Several items as of one moment.
    case getTogether([ModelPlace])
    case read(ModelRead)
    /// The store is closed and opened again.
    case reopen
}

/// Tables, and what is done to them.
struct ModelProgram: Sendable {
    var tables: [ModelSchema]
    var operations: [ModelOperation]
}
