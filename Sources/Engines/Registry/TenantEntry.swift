import Base

/// What a request needs to know of a tenant: an immutable snapshot, replaced whole when something changes.
public final class TenantEntry: Sendable {
    /// The tenant.
    public let record: TenantRecord
    /// Where its items are, or nil where it has no place yet.
    public let placement: PlacementRecord?
    /// What the directory's `compile` made of the two: of a class that its user knows (`unsafeDowncast` on a
    /// hot path).
    public let compiled: (any AnyObject & Sendable)?

    init(record: TenantRecord, placement: PlacementRecord?, compiled: (any AnyObject & Sendable)?) {
        self.record = record
        self.placement = placement
        self.compiled = compiled
    }
}
