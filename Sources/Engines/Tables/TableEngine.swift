import Base
import Items

/// The tables of one store, at the level of a DynamoDB operation.
///
/// Everything above speaks this protocol, so a store may be a file of this machine or tables at an endpoint. A call
/// ends with exactly one call of `completion`, on the caller's thread before the call returns or later on any other.
/// An acknowledged write is durable.
public protocol TableEngine: AnyObject, Sendable {
    /// Which store this is.
    var id: StoreID { get }

    /// The shape of the table of that name, or nil.
    func schema(of table: TableName) -> TableSchema?

    /// All tables, by name.
    func schemas() -> [TableSchema]

    /// Reads one item: its row, or nil where there is none.
    func get(_ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void)

    /// Reads one item without waiting: its row, or nil in the result where there is none. Nil where the engine cannot answer
    /// at once: then `get` is to be called.
    func getAtOnce(_ operation: GetItem) -> Result<ItemRow?, TableError>?

    /// Reads several items as of one moment, in their order: nil for each that is not there.
    func getTogether(
        _ operations: [GetItem], completion: @escaping @Sendable (Result<[ItemRow?], TableError>) -> Void)

    /// What reads single items of a table with the least effort, for who reads the same table again and again; nil where the
    /// engine has no such shorter way or no such table.
    func pointReader(of table: TableName) -> (any PointReader)?

    /// Reads a page of items.
    func read(_ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void)

    /// Carries out the writes and answers when they are durable: an outcome for each.
    func write(
        _ request: WriteRequest, completion: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void)
}

extension TableEngine {
    /// No engine needs to answer at once.
    public func getAtOnce(_ operation: GetItem) -> Result<ItemRow?, TableError>? { nil }

    /// No engine needs to have a shorter way.
    public func pointReader(of table: TableName) -> (any PointReader)? { nil }
}

/// The calls that wait for their answer, for code that runs on a thread of its own.
extension TableEngine {
    /// `get`, waiting.
    public func get(_ operation: GetItem) throws(TableError) -> ItemRow? {
        try Waiting.forResult { get(operation, completion: $0) }
    }

    /// `read`, waiting.
    public func read(_ operation: ReadRange) throws(TableError) -> ReadPage {
        try Waiting.forResult { read(operation, completion: $0) }
    }

    /// `write`, waiting.
    @discardableResult
    public func write(_ request: WriteRequest) throws(TableError) -> [WriteOutcome] {
        try Waiting.forResult { write(request, completion: $0) }
    }
}
