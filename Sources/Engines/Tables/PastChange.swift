import Base
import Items

/// A change of a tenant's item that a store's journal knows, on its way to the journal of the store that the tenant has moved to:
/// with it the tenant can be put back to moments before the move.
///
/// INVARIANT (one history): a change is named by its tenant, its epoch and its place in the journal where it was made. An epoch
/// belongs to one stay in one store, so no two changes have the same name, however often they are handed on.
public struct PastChange: Hashable, Sendable {
    /// The physical table, at the store that is read from or written to.
    public var table: TableName
    /// The key that was written.
    public var key: EncodedKey
    /// When.
    public var at: Timestamp
    /// The epoch by which it was written.
    public var epoch: Int64
    /// Its place in the journal of the store where it was made.
    public var sequence: Int64
    /// What became of the item.
    public var event: ItemChange.Event
    /// Who made it.
    public var cause: ItemChange.Cause
    /// The item before, or nil where there was none.
    public var old: ItemImage?

    /// A change.
    public init(
        table: TableName, key: EncodedKey, at: Timestamp, epoch: Int64, sequence: Int64,
        event: ItemChange.Event, cause: ItemChange.Cause, old: ItemImage?
    ) {
        self.table = table
        self.key = key
        self.at = at
        self.epoch = epoch
        self.sequence = sequence
        self.event = event
        self.cause = cause
        self.old = old
    }
}

/// What a part of a store's journal holds of a tenant's past.
public struct PastChanges: Hashable, Sendable {
    /// The tenant's own changes, in the order of the journal. What moves did is none.
    public var changes: [PastChange] = []
    /// When somebody else last wrote under one of the tenant's keys, as far as was looked: a school's earlier district, or an operator.
    public var foreignAt: Timestamp?
    /// Where the walk goes on, or nil where it has come to the end.
    public var next: Int64?

    /// Nothing, at the end.
    public init() {}
}
