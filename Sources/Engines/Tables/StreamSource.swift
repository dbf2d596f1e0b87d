import Base

/// A store whose tables' streams can be read. All calls wait, and show only what is durable.
public protocol StreamSource: AnyObject, Sendable {
    /// All streams that can be read, by table and start: those that are on, and those that were on within the last 24 hours.
    func streams() throws(TableError) -> [TableStream]

    /// From where to where the stream of the table that began then can be read; nil where there is none.
    func streamBounds(of table: TableName, startedAt: Timestamp) throws(TableError) -> StreamBounds?

    /// The changes, in the order of their commits; none where the stream is not there.
    func streamChanges(_ selection: ChangeSelection) throws(TableError) -> [ItemChange]
}

/// A store that keeps histories and must throw away what is too old.
public protocol HistoryKeeper: AnyObject, Sendable {
    /// Throws away up to `entriesMax` entries that neither a stream nor a recovery needs any longer; answers how many. Call it
    /// again while it answers `entriesMax`.
    func trimHistory(entriesMax: Int) throws(TableError) -> Int

    /// Looks at up to `itemsMax` items and deletes those whose time has passed; answers how many it looked at. Call it again
    /// while it answers `itemsMax`.
    /// - Parameter owner: whose item it is, by table and encoded partition key.
    func expireItems(
        itemsMax: Int, owner: @escaping @Sendable (TableName, [UInt8]) -> ItemOwner
    ) throws(TableError) -> Int
}

/// Whose an item is.
public enum ItemOwner: Hashable, Sendable {
    /// This tenant's: what is done to it goes by the tenant's standing in the store.
    case tenant(TenantID)
    /// No tenant's: it lies in a table of operators.
    case nobody
    /// It cannot be told now: the item is left alone.
    case unknown
}

extension TableLimits {
    /// An expiry time that is further past than this does not end an item, in seconds: five years of 365 days.
    /// Source: DynamoDB Developer Guide, "Using time to live".
    public static let expiryAgeSecondsMax: Int64 = 5 * 365 * 24 * 60 * 60
}
