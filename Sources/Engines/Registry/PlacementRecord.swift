import Base
import Tables

/// Where a tenant's items are.
///
/// INVARIANT (growing epoch): each replacement that changes the store raises `epoch`, so that a store can tell a write routed by
/// an older placement. A fence is no part of it: it stands in the store itself, where each commit goes by it.
public struct PlacementRecord: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "placement"

    /// Whose items they are.
    public let tenant: TenantID
    /// The store that is in charge.
    public var store: StoreID
    /// Grows with each change.
    public var epoch: Int64
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
    /// From when on the journals of the store in charge know the tenant's changes, where what was before `sinceAt` has come along;
    /// nil where it has not, and in records of earlier versions.
    public var historyFrom: Timestamp?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The tenant's id: a tenant has one placement.
    public var id: TenantID { tenant }

    /// A placement that is not recorded yet.
    public init(
        tenant: TenantID, store: StoreID, epoch: Int64, tables: [String: TableName],
        isDedicated: Bool
    ) {
        self.tenant = tenant
        self.store = store
        self.epoch = epoch
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
    /// When the change of stores happened that began this epoch, as far as it is remembered; nil where none is.
    public func changedAt(beginning epoch: Int64) -> Timestamp? {
        if sinceEpoch == epoch { return sinceAt }
        return earlier?.last { $0.epochs.upperBound == epoch - 1 }?.leftAt
    }

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
        historyFrom = nil
    }
}
