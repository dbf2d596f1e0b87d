import Base
import Registry
import Synchronization
import Tables

/// What all tenants use, second by second: collected where it is counted, kept by the hour, and shown by the minute to the rules of
/// upgrades.
///
/// INVARIANT (nothing twice): an hour's record is put whole, with what was there before this process began and what came since. A crash
/// loses what came since the last `collect`, and no more.
public final class UsageMeter: Sendable {
    private struct Known {
        var hour: UsageRecord
        /// The minute that `inMinute` is of, and what was used in the whole one before it.
        var minute: Timestamp
        var inMinute = TenantUsage()
        var before = TenantUsage()
    }

    private struct Hour: Hashable {
        let tenant: TenantID
        let start: Timestamp
    }

    private struct State {
        var known: [TenantID: Known] = [:]
        /// Taken, and not yet added to its tenant's hour.
        var waiting: [TenantID: TenantUsage] = [:]
        /// Hours that are not on disk as they are here.
        var unwritten: [Hour: UsageRecord] = [:]
    }

    private let store: UsageStore
    private let take: @Sendable () -> [TenantID: TenantUsage]
    private let schools: @Sendable (TenantID) -> Int
    private let clock: any Clock
    private let state = Mutex(State())
    /// Held by whoever takes what was used, or needs that nobody does.
    private let collecting = Mutex(())

    /// A meter over the hours in `store`.
    /// - Parameters:
    ///   - schools: how many schools a tenant has now.
    ///   - take: what each tenant has used since it was asked last.
    public init(
        store: UsageStore, clock: any Clock, schools: @escaping @Sendable (TenantID) -> Int,
        take: @escaping @Sendable () -> [TenantID: TenantUsage]
    ) {
        self.store = store
        self.clock = clock
        self.schools = schools
        self.take = take
    }

    /// Takes in what was used and makes it durable: to be called again and again. What cannot be written now is written the next time.
    public func collect() throws(TableError) {
        try collecting.withLock { (_) throws(TableError) in
            let failures = takeIn(at: clock.now())
            try write()
            if let failure = failures.values.first { throw failure }
        }
    }

    /// Takes in what was used, so that `hour(of:)` is as of now, without writing it.
    /// - Throws: what keeps this tenant's hour from being read; others' trouble is theirs.
    public func refresh(_ tenant: TenantID) throws(TableError) {
        try collecting.withLock { (_) throws(TableError) in
            if let failure = takeIn(at: clock.now())[tenant] { throw failure }
        }
    }

    /// Adds what was used to the tenants' hours. Whose hours cannot be read keeps nobody else from theirs: it waits.
    private func takeIn(at now: Timestamp) -> [TenantID: TableError] {
        let taken = take()
        return state.withLock { state in
            var failures: [TenantID: TableError] = [:]
            for (tenant, usage) in taken { state.waiting[tenant, default: TenantUsage()].add(usage) }
            for tenant in Array(state.waiting.keys) {
                do throws(TableError) { try addWaiting(of: tenant, to: &state, at: now) } catch {
                    failures[tenant] = error
                }
            }
            return failures
        }
    }

    /// - Parameter tenant: whose hours alone; nil for everybody's.
    private func write(of tenant: TenantID? = nil) throws(TableError) {
        let unwritten = state.withLock { state in
            guard let tenant else { return state.unwritten }
            return state.unwritten.filter { $0.key.tenant == tenant }
        }
        guard !unwritten.isEmpty else { return }
        try store.put(Array(unwritten.values))
        state.withLock { state in
            for (hour, record) in unwritten where state.unwritten[hour] == record {
                state.unwritten[hour] = nil
            }
        }
    }

    private func addWaiting(
        of tenant: TenantID, to state: inout State, at now: Timestamp
    ) throws(TableError) {
        var known = try known(tenant, in: state, at: now)
        guard let usage = state.waiting.removeValue(forKey: tenant) else { return }
        roll(&known, to: now)
        known.inMinute.add(usage)
        known.hour.readHalfUnits += usage.readHalfUnits
        known.hour.writeHalfUnits += usage.writeHalfUnits
        known.hour.requests += usage.requests
        known.hour.throttled += usage.throttled
        known.hour.busiestReadHalfUnits = max(known.hour.busiestReadHalfUnits, known.inMinute.readHalfUnits)
        known.hour.busiestWriteHalfUnits = max(
            known.hour.busiestWriteHalfUnits, known.inMinute.writeHalfUnits)
        known.hour.items += usage.items
        known.hour.bytes += usage.bytes
        known.hour.schools = schools(tenant)
        state.known[tenant] = known
        state.unwritten[Hour(tenant: tenant, start: known.hour.start)] = known.hour
    }

    /// What is known of the tenant; at first what its last hour says: the one under way where a process before this one has begun it.
    private func known(_ tenant: TenantID, in state: State, at now: Timestamp) throws(TableError) -> Known {
        if let known = state.known[tenant] { return known }
        let last = try store.last(of: tenant, .hour, before: now.advanced(bySeconds: 3600))
        let fresh = UsageRecord(tenant: tenant, period: .hour, holding: now)
        return Known(hour: last ?? fresh, minute: Self.minute(of: now))
    }

    /// Begins a new hour and a new minute where it is time. A clock that is set back goes on in the old ones.
    private func roll(_ known: inout Known, to now: Timestamp) {
        let minute = Self.minute(of: now)
        if minute > known.minute {
            known.before = minute == known.minute.advanced(bySeconds: 60) ? known.inMinute : TenantUsage()
            known.inMinute = TenantUsage()
            known.minute = minute
        }
        guard UsageRecord.Period.hour.start(of: now) > known.hour.start else { return }
        var next = UsageRecord(tenant: known.hour.tenant, period: .hour, holding: now)
        (next.schools, next.items, next.bytes) = (known.hour.schools, known.hour.items, known.hour.bytes)
        next.recount = known.hour.recount
        known.hour = next
    }

    private static func minute(of now: Timestamp) -> Timestamp {
        Timestamp(milliseconds: now.seconds / 60 * 60_000)
    }

    // MARK: What it knows

    /// What the tenant used in the last whole minute.
    public func lastMinute(of tenant: TenantID) -> TenantUsage {
        let minute = Self.minute(of: clock.now())
        return state.withLock { state in
            guard let known = state.known[tenant] else { return TenantUsage() }
            if known.minute == minute { return known.before }
            return known.minute.advanced(bySeconds: 60) == minute ? known.inMinute : TenantUsage()
        }
    }

    /// The tenant's hour as it is now; nil where nothing is known of it.
    public func hour(of tenant: TenantID) throws(TableError) -> UsageRecord? {
        if let known = state.withLock({ $0.known[tenant] }) { return known.hour }
        return try store.last(of: tenant, .hour, before: clock.now().advanced(bySeconds: 3600))
    }

    /// The tenant's hours that are not in the store as they are now, in no order.
    func unwritten(of tenant: TenantID) -> [UsageRecord] {
        state.withLock { $0.unwritten.values.filter { $0.tenant == tenant } }
    }

    /// Puts what was counted in place of what was reckoned, as of the moment of the count: what was written before it is in it, what is
    /// written after it is added to it.
    /// - Parameter end: ends the count; nothing is taken from the stores meanwhile.
    /// - Returns: nil where the count is not to be relied on.
    public func recount(
        _ tenant: TenantID, by end: () throws(TableError) -> TenantCensus?
    ) throws(TableError) -> UsageRecount? {
        try collecting.withLock { (_) throws(TableError) in
            let now = clock.now()
            // Also what the tenant wrote at another store before it was moved.
            if let failure = takeIn(at: now)[tenant] { throw failure }
            guard let census = try end() else { return nil }
            let recount = try state.withLock { (state) throws(TableError) in
                var known = try known(tenant, in: state, at: now)
                roll(&known, to: now)
                let recount = UsageRecount(
                    tenant: tenant, counted: census.counted,
                    reckoned: Extent(items: known.hour.items, bytes: known.hour.bytes) + census.untaken,
                    isFirst: known.hour.recount == nil, at: now)
                let drift = recount.drift
                known.hour.items += drift.items
                known.hour.bytes += drift.bytes
                known.hour.schools = schools(tenant)
                known.hour.recount = UsageRecord.Recount(
                    at: now, driftItems: recount.isFirst ? nil : drift.items,
                    driftBytes: recount.isFirst ? nil : drift.bytes)
                state.known[tenant] = known
                state.unwritten[Hour(tenant: tenant, start: known.hour.start)] = known.hour
                return recount
            }
            // Everybody else's is for `collect`: of ten thousand tenants each is counted in its turn.
            try write(of: tenant)
            return recount
        }
    }

    /// What tenants have used, with how much their items have changed.
    public static func merged(
        _ usage: [TenantID: TenantUsage], _ tallies: [TenantID: Extent]
    ) -> [TenantID: TenantUsage] {
        var merged = usage
        for (tenant, change) in tallies {
            merged[tenant, default: TenantUsage()].items += change.items
            merged[tenant, default: TenantUsage()].bytes += change.bytes
        }
        return merged
    }

    /// Forgets a tenant that has left, before its usage is removed from the store.
    public func forget(_ tenant: TenantID) {
        collecting.withLock { _ in
            // What it used last, so that this is not found later.
            _ = takeIn(at: clock.now())
            state.withLock { state in
                state.known[tenant] = nil
                state.waiting[tenant] = nil
                for hour in state.unwritten.keys where hour.tenant == tenant { state.unwritten[hour] = nil }
            }
        }
    }
}
