import Base

/// A table as its store keeps it: its shape, and what can be changed while it is used.
public struct TableRecord: Hashable, Sendable, Codable {
    /// The shape.
    public var schema: TableSchema
    /// What can be changed by UpdateTable and its neighbours.
    public var options: TableOptions
    /// Its `TableId`: another one for each table that is made, also under an old name. A UUID in lower case; empty for tables of
    /// stores that were made before tables had one.
    public let id: String
    /// When it was made.
    public let createdAt: Timestamp

    /// A table.
    public init(
        schema: TableSchema, options: TableOptions = TableOptions(), id: String = "", createdAt: Timestamp
    ) {
        self.schema = schema
        self.options = options
        self.id = id
        self.createdAt = createdAt
    }
}

extension TableRecord {
    /// An `id` for a new table.
    public static func newID(_ random: any RandomSource) -> String {
        var bytes = random.bytes(16)
        // A random UUID. Source: RFC 9562, section 5.4.
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        return [hex[0..<4], hex[4..<6], hex[6..<8], hex[8..<10], hex[10..<16]].map { $0.joined() }
            .joined(separator: "-")
    }
}

/// What is decided of a table beside its shape. Source: DynamoDB API reference, UpdateTable, UpdateTimeToLive,
/// UpdateContinuousBackups, TagResource.
public struct TableOptions: Hashable, Sendable, Codable {
    /// Capacity units a second, as they are described; the tier's rates are what is enforced.
    public struct Throughput: Hashable, Sendable, Codable {
        /// Read units a second.
        public var readUnits: Int
        /// Write units a second.
        public var writeUnits: Int

        /// So many units.
        public init(readUnits: Int, writeUnits: Int) {
            self.readUnits = readUnits
            self.writeUnits = writeUnits
        }
    }

    /// A stream of a table's changes, switched on.
    public struct Stream: Hashable, Sendable, Codable {
        /// What a record shows of the item.
        public enum ViewType: String, Hashable, Sendable, Codable, CaseIterable {
            case keysOnly = "KEYS_ONLY"
            case newImage = "NEW_IMAGE"
            case oldImage = "OLD_IMAGE"
            case newAndOldImages = "NEW_AND_OLD_IMAGES"
        }

        /// What a record shows.
        public var viewType: ViewType
        /// Since when; the stream's label is made of it, so that a stream that is switched on again is another one.
        public var startedAt: Timestamp

        /// A stream that begins now.
        public init(viewType: ViewType, startedAt: Timestamp) {
            self.viewType = viewType
            self.startedAt = startedAt
        }
    }

    /// Point-in-time recovery, switched on.
    public struct PointInTimeRecovery: Hashable, Sendable, Codable {
        /// Since when: the table can be restored as of any second from then on.
        public var startedAt: Timestamp
        /// For how many days back, 1 to 35.
        public var days: Int
        /// For how many hours back instead, where a catalog says so.
        public var hours: Int?

        /// Recovery from now on.
        public init(startedAt: Timestamp, days: Int = 35) {
            self.startedAt = startedAt
            self.days = days
        }

        /// Recovery from then on, for so many hours back.
        public init(startedAt: Timestamp, hours: Int) {
            self.startedAt = startedAt
            self.hours = hours
            days = (hours + 23) / 24
        }
    }

    /// The key by which a table is said to be encrypted, where a request has named one. Nothing hangs on it here: files are
    /// encrypted by whoever keeps the disk.
    public struct Encryption: Hashable, Sendable, Codable {
        /// The key's ARN as it is described.
        public var keyARN: String

        /// Encryption by this key.
        public init(keyARN: String) { self.keyARN = keyARN }
    }

    /// A table that holds tenants' items, and where it is or was.
    public struct Origin: Hashable, Sendable, Codable {
        /// Its store.
        public var store: StoreID
        /// Its name there.
        public var table: TableName

        /// That table.
        public init(store: StoreID, table: TableName) {
            self.store = store
            self.table = table
        }
    }

    /// How much of a table that is billed by request is wanted at the most.
    public struct OnDemandMax: Hashable, Sendable, Codable {
        /// Read request units a second, nil for no end.
        public var readUnits: Int?
        /// Write request units a second, nil for no end.
        public var writeUnits: Int?

        /// At most so much.
        public init(readUnits: Int?, writeUnits: Int?) {
            self.readUnits = readUnits
            self.writeUnits = writeUnits
        }
    }

    /// The table's throughput, or nil where it is billed by request.
    public var throughput: Throughput?
    /// Throughput of its global indexes, by name, where the table is not billed by request.
    public var indexThroughput: [String: Throughput] = [:]
    /// The stream of its changes, where it is on.
    public var stream: Stream?
    /// The attribute whose time (seconds since 1970) ends an item's life, where expiry is on.
    public var timeToLiveAttribute: String?
    /// Whether and since when it can be restored as of a past time.
    public var recovery: PointInTimeRecovery?
    /// Tags, by key.
    public var tags: [String: String] = [:]
    /// Whether DeleteTable is refused.
    public var isDeletionProtected = false
    /// `STANDARD` or `STANDARD_INFREQUENT_ACCESS`, where a request has set it.
    public var tableClass: String?

    /// The encryption that a request has asked for.
    public var encryption: Encryption?
    /// The most that is wanted of it a second where it is billed by request, nil for no end; described, and not enforced.
    public var onDemandMax: OnDemandMax?
    /// Units a second for which it was asked to be ready at once.
    public var warmThroughput: Throughput?
    /// Since when it is billed by request, or was last, where it has been told.
    public var billedByRequestSince: Timestamp?
    /// The table with tenants' items that it was restored from, at once or by way of other copies; nil of all other tables.
    public var copiedFrom: Origin?

    /// By request, everything else off.
    public init() {}
}

extension TableOptions.PointInTimeRecovery {
    /// The first moment as of which the table can be restored at `now`.
    public func earliest(_ now: Timestamp) -> Timestamp { max(startedAt, oldest(now)) }

    /// Changes from before this moment are not kept at `now`, wherever they were made.
    public func oldest(_ now: Timestamp) -> Timestamp {
        now.advanced(bySeconds: -Int64(hours ?? days * 24) * 3600)
    }
}
