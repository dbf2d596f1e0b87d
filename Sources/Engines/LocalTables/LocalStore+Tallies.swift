import Base
import Tables

extension LocalStore: TallyKeeper {
    /// Begins to count the tenant's items, while its writes go on.
    public func beginCensus(
        of tenant: TenantID, epoch: Int64, in ranges: [KeyRange]
    ) throws(TableError) {
        try writer.perform { session throws(TableError) in
            try session.beginCensus(of: tenant, epoch: epoch, in: ranges)
        }
    }

    /// Counts the next rows, between two writes.
    public func continueCensus(of tenant: TenantID, rowsMax: Int) throws(TableError) -> CensusProgress {
        try writer.perform { session throws(TableError) in
            try session.continueCensus(of: tenant, rowsMax: rowsMax)
        }
    }

    /// Ends a count.
    public func endCensus(of tenant: TenantID) throws(TableError) -> TenantCensus? {
        let untaken = writer.untaken
        return try writer.perform { session throws(TableError) in
            // Asked on the writer's thread, which alone adds to it.
            try session.endCensus(of: tenant, untaken: untaken.of(tenant))
        }
    }

    /// Counts what has changed hands where it lies.
    public func handOver(
        _ extent: Extent, from old: TenantID, to new: TenantID
    ) throws(TableError) {
        try writer.perform { session throws(TableError) in
            session.tallies.handOver(extent, from: old, to: new)
        }
    }

    /// How much the tenants' items have changed by what was committed since this was asked last.
    func takeTallies() -> [TenantID: Extent] { writer.untaken.take() }
}
