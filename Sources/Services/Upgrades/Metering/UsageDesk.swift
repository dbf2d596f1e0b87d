import Base
import Registry
import Tables

/// What is told of usage to whoever asks for it.
public struct UsageDesk: Sendable {
    private let store: UsageStore
    private let meter: UsageMeter
    private let recounter: UsageRecounter
    private let onRecount: @Sendable (UsageRecount) -> Void

    /// What these know.
    /// - Parameter onRecount: told of each count that somebody asks for.
    public init(
        store: UsageStore, meter: UsageMeter, recounter: UsageRecounter,
        onRecount: @escaping @Sendable (UsageRecount) -> Void = { _ in }
    ) {
        self.store = store
        self.meter = meter
        self.recounter = recounter
        self.onRecount = onRecount
    }

    /// The tenant's hours or days that begin from `from` on and before `to`, the oldest first; hours that wait to be written, such as the
    /// one under way, as they are now. Days that are not over, or not made yet, are made of their hours for this answer.
    public func list(
        of tenant: TenantID, _ period: UsageRecord.Period, from: Timestamp, to: Timestamp
    ) throws(TableError) -> [UsageRecord] {
        guard period == .day else { return try hours(of: tenant, from: from, to: to) }
        var records = try store.list(of: tenant, period, from: from, to: to)
        let made = try store.last(of: tenant, .day, before: to)?.start.advanced(bySeconds: period.seconds)
        let begin = max(made ?? Timestamp(milliseconds: 0), period.start(of: from))
        for hour in try hours(of: tenant, from: begin, to: to) {
            if records.last?.start != period.start(of: hour.start) {
                records.append(UsageRecord(tenant: tenant, period: .day, holding: hour.start))
            }
            records[records.count - 1].add(hour)
        }
        return records.filter { $0.start >= from }
    }

    private func hours(
        of tenant: TenantID, from: Timestamp, to: Timestamp
    ) throws(TableError) -> [UsageRecord] {
        try meter.refresh(tenant)
        // Before the store is read: what is written in between is found there, as it is here.
        let waiting = meter.unwritten(of: tenant).filter { $0.start >= from && $0.start < to }
        let starts = Set(waiting.map(\.start))
        let written = try store.list(of: tenant, .hour, from: from, to: to)
        return (written.filter { !starts.contains($0.start) } + waiting).sorted { $0.start < $1.start }
    }

    /// The tenant's hour as it is now; nil where it never used anything.
    public func now(of tenant: TenantID) throws(TableError) -> UsageRecord? { try meter.hour(of: tenant) }

    /// What it used in the last whole minute.
    public func lastMinute(of tenant: TenantID) -> TenantUsage { meter.lastMinute(of: tenant) }

    /// Counts the tenant's items now.
    /// - Throws: as `UsageRecounter.recount`.
    public func recount(
        _ tenant: TenantID, isStopping: @Sendable () -> Bool = { false }
    ) throws -> UsageRecount {
        let recount = try recounter.recount(tenant, isStopping: isStopping)
        onRecount(recount)
        return recount
    }
}
