import Base

/// A store that tells how much the items of the tenants that it is in charge of have changed, and counts them without a doubt.
///
/// What a mover, or whoever clears up behind it, copies and removes is no change of the tenant's.
public protocol TallyKeeper: AnyObject, Sendable {
    /// Begins to count the tenant's items, while its writes go on; an earlier count that was not finished is forgotten.
    /// - Parameter ranges: all of its keys.
    /// - Throws: `.misrouted` unless the store is in charge of the tenant by this epoch.
    func beginCensus(of tenant: TenantID, epoch: Int64, in ranges: [KeyRange]) throws(TableError)

    /// Counts the next rows, at most so many.
    /// - Throws: `.misrouted` where the store is no longer in charge.
    func continueCensus(of tenant: TenantID, rowsMax: Int) throws(TableError) -> CensusProgress

    /// Ends a count; answers it as of this moment where it is complete, nil where it is not.
    /// - Throws: `.misrouted` where the store is no longer in charge.
    func endCensus(of tenant: TenantID) throws(TableError) -> TenantCensus?

    /// Tells that so much has changed hands without being written: it is one tenant's less and the other's more. A count of either that
    /// is under way is not to be relied on.
    func handOver(_ extent: Extent, from old: TenantID, to new: TenantID) throws(TableError)
}

/// How far a count has come.
public enum CensusProgress: Hashable, Sendable {
    /// There are more rows.
    case more
    /// Something happened by which what was counted is not to be relied on: the file failed, or the tenant wrote outside of the ranges,
    /// as it may when it has got a school meanwhile.
    case spoiled
    /// All are counted; what is written from now on changes the count.
    case complete
}

/// A tenant's items as of one moment.
public struct TenantCensus: Hashable, Sendable {
    /// All of them.
    public var counted: Extent
    /// How much of the tenant's changes up to this moment nobody has taken yet; they are not taken by this.
    public var untaken: Extent

    /// So many.
    public init(counted: Extent, untaken: Extent) {
        self.counted = counted
        self.untaken = untaken
    }
}

extension Extent {
    /// The two together.
    public static func + (left: Extent, right: Extent) -> Extent {
        Extent(items: left.items + right.items, bytes: left.bytes + right.bytes)
    }

    /// What the left has more than the right; may be less than nothing.
    public static func - (left: Extent, right: Extent) -> Extent {
        Extent(items: left.items - right.items, bytes: left.bytes - right.bytes)
    }

    /// How an item in place of another changes it: nil for none.
    public init(of new: ItemImage?, inPlaceOf old: ItemImage?) {
        self.init(
            items: (new == nil ? 0 : 1) - (old == nil ? 0 : 1),
            bytes: (new?.sizeBytes ?? 0) - (old?.sizeBytes ?? 0))
    }
}
