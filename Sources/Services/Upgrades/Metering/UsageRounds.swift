import Base
import Registry
import Synchronization
import Tables
import Tenancy
import Tiering

/// What is done to usage while nobody asks: hours become days, and each tenant's items are counted once a night, in its own night.
public final class UsageRounds: Sendable {
    private let store: UsageStore
    private let meter: UsageMeter
    private let recounter: UsageRecounter
    private let tenants: @Sendable () -> [TenantRecord]
    private let wall: @Sendable (TimeZoneName) -> WallClock
    private let clock: any Clock
    /// Whose days were made last: the next part of the round begins behind it.
    private let last = Mutex<TenantID?>(nil)
    /// Whom nothing was counted of, and when that was tried.
    private let failed = Mutex<[TenantID: Timestamp]>([:])

    /// Rounds over these tenants.
    /// - Parameters:
    ///   - tenants: all there are, by id.
    ///   - wall: the clock on the wall of a zone.
    public init(
        store: UsageStore, meter: UsageMeter, recounter: UsageRecounter, clock: any Clock,
        tenants: @escaping @Sendable () -> [TenantRecord],
        wall: @escaping @Sendable (TimeZoneName) -> WallClock = { .zone($0) }
    ) {
        self.store = store
        self.meter = meter
        self.recounter = recounter
        self.clock = clock
        self.tenants = tenants
        self.wall = wall
    }

    /// Makes days of the hours of the next part of the tenants: to be called each minute, so that an hour goes once round all of them.
    public func rollUpSome(isStopping: @Sendable () -> Bool) throws(TableError) {
        let all = tenants()
        guard !all.isEmpty else { return }
        let count = min(all.count, max(1, (all.count + 59) / 60), Limits.usageRollUpsMax)
        let first = last.withLock { last in
            last.flatMap { last in all.firstIndex { $0.id > last } } ?? 0
        }
        // What was used in a day's last moments may come to its hour a little later.
        let now = clock.now().advanced(bySeconds: -Limits.usageSettlingSeconds)
        for record in all[first..<min(first + count, all.count)] {
            if isStopping() { return }
            last.withLock { $0 = record.id }
            // One that leaves is erased by its departure: nothing is to be made of it meanwhile.
            guard record.state.isHere else { continue }
            try store.rollUp(record.id, at: now)
        }
    }

    /// Counts the items of each tenant for which it is time: in whose night it was not done yet.
    /// - Parameters:
    ///   - onRecount: told of each count.
    ///   - onFailure: told whom nothing could be counted of; it is tried again after `Limits.recountRetrySeconds`.
    public func recountDue(
        isStopping: @Sendable () -> Bool, onRecount: (UsageRecount) -> Void,
        onFailure: (TenantID, any Error) -> Void
    ) {
        let here = tenants().filter(\.state.isHere)
        let ids = Set(here.map(\.id))
        failed.withLock { failed in failed = failed.filter { ids.contains($0.key) } }
        for record in here {
            if isStopping() { return }
            do {
                guard try isDue(record) else { continue }
                onRecount(try recounter.recount(record.id, isStopping: isStopping))
                failed.withLock { $0[record.id] = nil }
            } catch UsageError.stopped {
                return
            } catch {
                failed.withLock { $0[record.id] = clock.now() }
                onFailure(record.id, error)
            }
        }
    }

    private func isDue(_ record: TenantRecord) throws(TableError) -> Bool {
        let night = lastNight(in: record.timezone)
        if let tried = failed.withLock({ $0[record.id] }),
            clock.now().milliseconds(since: tried) < Limits.recountRetrySeconds * 1000
        {
            return false
        }
        // Never counted: as soon as there is time, be it day.
        guard let counted = try meter.hour(of: record.id)?.recount?.at else { return true }
        return counted < night
    }

    /// When it was two o'clock last, by the zone's clocks.
    func lastNight(in zone: TimeZoneName) -> Timestamp {
        let now = clock.now()
        let local = now.seconds + Int64(wall(zone).secondsEast(at: now)) - Limits.recountSecondOfDay
        let since = (local % 86_400 + 86_400) % 86_400
        return Timestamp(milliseconds: (now.seconds - since) * 1000)
    }
}

extension TenantState {
    /// Whether it is in place, as it is between its onboarding and its departure.
    fileprivate var isHere: Bool {
        switch self {
        case .active, .suspended: true
        case .onboarding, .offboarding, .gone: false
        }
    }
}

extension Limits {
    /// Tenants whose hours are made days in one round, each minute.
    static let usageRollUpsMax = 1000
    /// How long after a day's end its hours are taken to be complete, in seconds.
    static let usageSettlingSeconds: Int64 = 600
    /// How long after a count that failed it is tried again, in seconds.
    static let recountRetrySeconds: Int64 = 1800
    /// From when on a tenant's items are counted in a night, in seconds of its own day: two o'clock.
    static let recountSecondOfDay: Int64 = 7200
}
