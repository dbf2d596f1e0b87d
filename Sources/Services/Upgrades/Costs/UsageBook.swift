import Base
import Registry
import Synchronization
import Tables

/// Reads tenants' usage for reports: what is over is read once and kept, so that a report of ten thousand tenants reads an hour or two of
/// each.
final class UsageBook: Sendable {
    /// A tenant's month, and what it does of late.
    struct Reading: Hashable, Sendable {
        /// The month, as far as it is over.
        var month: UsageTally
        /// Units since the beginning of the last whole hour.
        var lateReadUnits = 0.0
        /// The same of writes.
        var lateWriteUnits = 0.0
    }

    private struct Kept: Sendable {
        let month: Timestamp
        let tally: UsageTally
    }

    private let store: UsageStore
    private let kept = Mutex<[TenantID: Kept]>([:])

    init(store: UsageStore) { self.store = store }

    /// The tenant's usage from `start` (a month's) to `now`.
    func reading(of tenant: TenantID, since start: Timestamp, at now: Timestamp) throws(TableError) -> Reading
    {
        let lateStart = UsageRecord.Period.hour.start(of: now).advanced(bySeconds: -3600)
        var tally = try settled(tenant, since: start, at: now)
        let begun = tally.until
        var settled = tally
        var reading = Reading(month: tally)
        for hour in try store.list(of: tenant, .hour, from: min(tally.until, lateStart), to: now) {
            if hour.start >= lateStart {
                reading.lateReadUnits += Double(hour.readHalfUnits) / 2
                reading.lateWriteUnits += Double(hour.writeHalfUnits) / 2
            }
            guard hour.start >= begun else { continue }
            let end = hour.start.advanced(bySeconds: 3600)
            if end <= now { tally.add(hour) } else { tally.add(hour, upTo: now) }
            // What may still be written anew is read anew: the hour under way, and the one before where a write failed.
            if now.milliseconds(since: end) >= Limits.usageSettledMilliseconds { settled = tally }
        }
        keep(settled, of: tenant, month: start)
        tally.hold(until: now)
        reading.month = tally
        return reading
    }

    /// What was used from `start` to `end`, both the beginning of a day: a month of the past, whose hours may be gone.
    func past(of tenant: TenantID, from start: Timestamp, to end: Timestamp) throws(TableError) -> UsageTally
    {
        var tally = try opened(tenant, at: start)
        for day in try store.list(of: tenant, .day, from: start, to: end) { tally.add(day) }
        for hour in try store.list(of: tenant, .hour, from: tally.until, to: end) { tally.add(hour) }
        tally.hold(until: end)
        return tally
    }

    /// The month as far as nothing more is written of it.
    private func settled(
        _ tenant: TenantID, since start: Timestamp, at now: Timestamp
    ) throws(TableError) -> UsageTally {
        let known = kept.withLock { $0[tenant] }
        if let known, known.month == start, known.tally.until <= now { return known.tally }
        var tally = try opened(tenant, at: start)
        let today = UsageRecord.Period.day.start(of: now)
        for day in try store.list(of: tenant, .day, from: start, to: today) { tally.add(day) }
        return tally
    }

    private func keep(_ tally: UsageTally, of tenant: TenantID, month: Timestamp) {
        kept.withLock { $0[tenant] = Kept(month: month, tally: tally) }
    }

    /// Forgets all other tenants.
    func retain(_ tenants: Set<TenantID>) {
        kept.withLock { kept in kept = kept.filter { tenants.contains($0.key) } }
    }

    /// Nothing used, with what the tenant had at that moment.
    private func opened(_ tenant: TenantID, at start: Timestamp) throws(TableError) -> UsageTally {
        var tally = UsageTally(from: start)
        for period in [UsageRecord.Period.hour, .day] {
            guard let last = try store.last(of: tenant, period, before: start) else { continue }
            (tally.bytes, tally.items) = (max(0, last.bytes), max(0, last.items))
            break
        }
        return tally
    }
}

extension Limits {
    /// How long after its end an hour is taken as written for good.
    static let usageSettledMilliseconds: Int64 = 3_600_000
}
