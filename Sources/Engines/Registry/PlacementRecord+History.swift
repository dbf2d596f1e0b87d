import Base
import Tables

extension PlacementRecord {
    /// From when on the journals of these tables of the store in charge know all of the tenant's changes, as far as they are kept at
    /// `now`; nil where one of them keeps none.
    /// - Parameters:
    ///   - createdAt: when the tenant was made.
    ///   - recovery: the recovery of a physical table in that store.
    public func historyReach(
        of tables: [TableName], createdAt: Timestamp, now: Timestamp,
        recovery: (TableName) -> TableOptions.PointInTimeRecovery?
    ) -> Timestamp? {
        let arrival = sinceAt ?? createdAt
        var reach = historyFrom ?? arrival
        for table in tables {
            guard let recovery = recovery(table) else { return nil }
            // One that was switched on since knows neither what was before nor, for certain, what came along.
            if recovery.startedAt > arrival { reach = max(reach, recovery.startedAt) }
            reach = max(reach, recovery.oldest(now))
        }
        return reach
    }
}
