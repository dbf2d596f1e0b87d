import Base
import Items

/// A stream of one table's changes, as its store keeps it: also after it was switched off, until its last record is trimmed.
public struct TableStream: Hashable, Sendable, Codable {
    /// The physical table.
    public var table: TableName
    /// The key by which the records name items.
    public var key: KeySchema
    /// What a record shows of the item.
    public var viewType: TableOptions.Stream.ViewType
    /// When it was switched on. No two streams of one table have the same.
    public var startedAt: Timestamp
    /// When it was switched off; nil while it is on.
    public var endedAt: Timestamp?

    /// A stream that is on.
    public init(table: TableName, key: KeySchema, options: TableOptions.Stream) {
        self.table = table
        self.key = key
        viewType = options.viewType
        startedAt = options.startedAt
    }

    /// The stream's label: its start as ISO 8601, in UTC and without the zone, to the millisecond.
    /// Source: DynamoDB API reference, StreamDescription.
    public var label: String { TableStream.label(startedAt) }

    /// The label of a stream that began then.
    public static func label(_ startedAt: Timestamp) -> String { String(startedAt.iso8601.dropLast()) }
}

extension TableOptions.Stream.ViewType {
    /// Whether a record shows the item before.
    public var showsOld: Bool { self == .oldImage || self == .newAndOldImages }
    /// Whether a record shows the item after.
    public var showsNew: Bool { self == .newImage || self == .newAndOldImages }
}

/// A change to one item, as a stream tells it.
public struct ItemChange: Hashable, Sendable {
    /// What became of the item.
    public enum Event: Int64, Hashable, Sendable {
        case insert = 1
        case modify = 2
        case remove = 3
    }

    /// Who changed it.
    public enum Cause: Int64, Hashable, Sendable {
        /// A request.
        case request = 0
        /// The end of the item's life by its table's expiry attribute.
        case expiry = 1
        /// The mover of a run; not part of a stream.
        case move = 2
    }

    /// Its place in the order of commits of its store. It only grows, and is never used twice.
    public var sequence: Int64
    /// The epoch of the tenant's placement in which it happened; 0 for tables without tenants.
    public var epoch: Int64
    /// When it was committed, about.
    public var at: Timestamp
    /// What became of the item.
    public var event: Event
    /// Who changed it.
    public var cause: Cause
    /// The item's key.
    public var key: EncodedKey
    /// The item before, where the stream shows it and there was one.
    public var old: ItemImage?
    /// The item after, where the stream shows it and there is one.
    public var new: ItemImage?

    /// A change.
    public init(
        sequence: Int64, epoch: Int64, at: Timestamp, event: Event, cause: Cause, key: EncodedKey,
        old: ItemImage?, new: ItemImage?
    ) {
        self.sequence = sequence
        self.epoch = epoch
        self.at = at
        self.event = event
        self.cause = cause
        self.key = key
        self.old = old
        self.new = new
    }
}

/// Which changes of a stream are asked for.
public struct ChangeSelection: Hashable, Sendable {
    /// The physical table.
    public var table: TableName
    /// When the stream began: which of the table's streams it is.
    public var startedAt: Timestamp
    /// Only changes to this tenant's items; nil for those that belong to no tenant, such as a table of operators.
    public var tenant: TenantID?
    /// Only changes made in these epochs of the tenant's placement.
    public var epochs: ClosedRange<Int64>
    /// Only changes behind this one.
    public var after: Int64
    /// How many at the most.
    public var itemsMax: Int
    /// The answer ends with the change that goes over so many bytes.
    public var bytesMax: Int

    /// The changes behind `after`. Source of the limits: DynamoDB API reference, GetRecords.
    public init(
        table: TableName, startedAt: Timestamp, tenant: TenantID? = nil,
        epochs: ClosedRange<Int64> = 0...Int64.max, after: Int64 = 0,
        itemsMax: Int = TableLimits.streamRecordsMax, bytesMax: Int = TableLimits.pageBytesMax
    ) {
        self.table = table
        self.startedAt = startedAt
        self.tenant = tenant
        self.epochs = epochs
        self.after = after
        self.itemsMax = itemsMax
        self.bytesMax = bytesMax
    }
}

/// From where to where a stream can be read.
public struct StreamBounds: Hashable, Sendable {
    /// The place behind which reading begins: every change up to and with it is trimmed.
    public var trimHorizon: Int64
    /// The place behind which nothing is committed yet.
    public var latest: Int64

    /// Bounds.
    public init(trimHorizon: Int64, latest: Int64) {
        self.trimHorizon = trimHorizon
        self.latest = latest
    }
}

extension TableLimits {
    /// Records that one call answers. Source: DynamoDB API reference, GetRecords.
    public static let streamRecordsMax = 1000
    /// How long a record of a stream can be read. Source: DynamoDB Developer Guide, "Change data capture for DynamoDB Streams".
    public static let streamRetentionSeconds: Int64 = 24 * 60 * 60
}
