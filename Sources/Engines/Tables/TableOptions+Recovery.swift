import Base

extension TableOptions.PointInTimeRecovery {
    /// The first moment as of which the table can be restored at `now`.
    public func earliest(_ now: Timestamp) -> Timestamp {
        max(startedAt, now.advanced(bySeconds: Int64(-days) * 86_400))
    }
}
