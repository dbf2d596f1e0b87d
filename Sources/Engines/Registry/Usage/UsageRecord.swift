import Base
import Tables

/// What a tenant used in an hour, or in a day, of UTC.
public struct UsageRecord: Hashable, Sendable, Codable {
    /// How long it is.
    public enum Period: String, Hashable, Sendable, Codable, CaseIterable {
        case hour
        case day

        /// Its length, in seconds.
        public var seconds: Int64 {
            switch self {
            case .hour: 3600
            case .day: 86_400
            }
        }

        /// The beginning of the one that holds the moment.
        public func start(of moment: Timestamp) -> Timestamp {
            let second = moment.seconds
            let rest = (second % seconds + seconds) % seconds
            return Timestamp(milliseconds: (second - rest) * 1000)
        }
    }

    /// Whose.
    public let tenant: TenantID
    /// How long it is.
    public let period: Period
    /// Its beginning.
    public let start: Timestamp
    /// Halves of read units.
    public var readHalfUnits = 0
    /// Halves of write units.
    public var writeHalfUnits = 0
    /// Requests that used something.
    public var requests = 0
    /// Requests that were turned away because the rate was used up.
    public var throttled = 0
    /// Halves of read units in the busiest minute.
    public var busiestReadHalfUnits = 0
    /// Halves of write units in the busiest minute.
    public var busiestWriteHalfUnits = 0
    /// Schools at its end.
    public var schools = 0
    /// Items at its end.
    public var items = 0
    /// What they take at its end, in bytes as DynamoDB counts an item's size.
    public var bytes = 0
    /// When items and bytes were counted last, up to its end; nil where they never were.
    public var recount: Recount?

    /// A count of all of the tenant's items.
    public struct Recount: Hashable, Sendable, Codable {
        /// When it ended.
        public var at: Timestamp
        /// By how much the items that were reckoned were too few; nil for the first count, before which nothing was reckoned with.
        public var driftItems: Int?
        /// By how much the bytes that were reckoned were too few.
        public var driftBytes: Int?

        /// A count.
        public init(at: Timestamp, driftItems: Int?, driftBytes: Int?) {
            self.at = at
            self.driftItems = driftItems
            self.driftBytes = driftBytes
        }
    }

    /// A period in which nothing was used so far.
    public init(tenant: TenantID, period: Period, holding moment: Timestamp) {
        self.tenant = tenant
        self.period = period
        start = period.start(of: moment)
    }

    /// Takes in a later, shorter period.
    public mutating func add(_ other: UsageRecord) {
        readHalfUnits += other.readHalfUnits
        writeHalfUnits += other.writeHalfUnits
        requests += other.requests
        throttled += other.throttled
        busiestReadHalfUnits = max(busiestReadHalfUnits, other.busiestReadHalfUnits)
        busiestWriteHalfUnits = max(busiestWriteHalfUnits, other.busiestWriteHalfUnits)
        schools = other.schools
        items = other.items
        bytes = other.bytes
        recount = other.recount
    }
}

extension Limits {
    /// Hours of usage that are kept, in days.
    public static let usageHourDays = 62
    /// Days of usage that are kept: thirteen whole months before the one under way.
    public static let usageDays = 432
    /// Records of usage that are written in one commit: as many as a request may write.
    static let usagePerCommitMax = TableLimits.transactionItemsMax
}
