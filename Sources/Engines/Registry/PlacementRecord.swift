import Base
import Tables

/// Where a tenant's items are.
///
/// INVARIANT (growing epoch): each replacement that changes the store or the state raises `epoch`, so that a
/// store can tell a write routed by an older placement.
public struct PlacementRecord: RegistryRecord {
    /// Whether writes are let through.
    public enum State: String, Hashable, Sendable, Codable {
        /// Requests go to the store.
        case active
        /// Writes wait: a move is about to switch. Reads go on.
        case fenced
    }

    /// Where the records of this kind lie.
    public static let partition = "placement"

    /// Whose items they are.
    public let tenant: TenantID
    /// The store that is in charge.
    public var store: StoreID
    /// Grows with each change.
    public var epoch: Int64
    /// Whether writes are let through.
    public var state: State
    /// The physical table of each logical one.
    public var tables: [String: TableName]
    /// Whether the store is this tenant's alone.
    public var isDedicated: Bool
    /// The epoch in which the store came into charge; nil where it always was.
    public var sinceEpoch: Int64?
    /// When the store came into charge; nil where it always was, and in records of earlier versions.
    public var sinceAt: Timestamp?
    /// Where the items were before, the latest last: the streams of those stores are read on until their records are trimmed.
    public var earlier: [EarlierPlace]?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The tenant's id: a tenant has one placement.
    public var id: TenantID { tenant }

    /// A placement that is not recorded yet.
    public init(
        tenant: TenantID, store: StoreID, epoch: Int64, state: State = .active, tables: [String: TableName],
        isDedicated: Bool
    ) {
        self.tenant = tenant
        self.store = store
        self.epoch = epoch
        self.state = state
        self.tables = tables
        self.isDedicated = isDedicated
    }
}

/// A store that was in charge of a tenant's items.
public struct EarlierPlace: Hashable, Sendable, Codable {
    /// The store.
    public let store: StoreID
    /// The physical table of each logical one there.
    public let tables: [String: TableName]
    /// The epochs in which it was in charge.
    public let epochs: ClosedRange<Int64>
    /// When it ceased to be.
    public let leftAt: Timestamp
}

extension PlacementRecord {
    /// Puts another store in charge, from `epoch` on. What is remembered of earlier ones ends after a day, as their streams do.
    public mutating func move(
        to store: StoreID, tables: [String: TableName], isDedicated: Bool, epoch: Int64, at now: Timestamp
    ) {
        let left = EarlierPlace(
            store: self.store, tables: self.tables,
            epochs: (sinceEpoch ?? 0)...max(sinceEpoch ?? 0, epoch - 1),
            leftAt: now)
        let oldest = now.advanced(bySeconds: -TableLimits.streamRetentionSeconds)
        earlier = Array(
            ((earlier ?? []).filter { $0.leftAt >= oldest } + [left]).suffix(Limits.earlierPlacesMax))
        self.store = store
        self.tables = tables
        self.isDedicated = isDedicated
        self.epoch = epoch
        sinceEpoch = epoch
        sinceAt = now
        state = .active
    }
}
