import Base

/// How much each tenant has written to a store of late: what makes a pool hot. All writes of a store go through one writer, so it is these
/// that its tenants wait for from each other; reads go side by side.
///
/// Counted in windows of `Limits.writeRateSeconds`, of which the one that runs and the one before it count. Not kept over a restart.
public struct WriteRates: Sendable {
    private static let window = Limits.writeRateSeconds * 1_000_000_000

    private var before: [TenantID: Int] = [:]
    private var current: [TenantID: Int] = [:]
    private var begunAt: UInt64
    private var hasWindowBefore = false

    /// None, counted from `now` on, in nanoseconds of a monotonic clock.
    public init(now: UInt64) { begunAt = now }

    /// The tenant has written so many items.
    public mutating func note(_ tenant: TenantID, writes: Int) { current[tenant, default: 0] += writes }

    /// Begins another window where it is time.
    public mutating func roll(now: UInt64) {
        guard now >= begunAt + Self.window else { return }
        let windows = (now - begunAt) / Self.window
        before = windows == 1 ? current : [:]
        current = [:]
        hasWindowBefore = true
        begunAt += windows * Self.window
    }

    /// Items a second that each tenant has written; those that wrote nothing are not named.
    public mutating func perSecond(now: UInt64) -> [TenantID: Double] {
        roll(now: now)
        let nanoseconds = (hasWindowBefore ? Self.window : 0) + (now > begunAt ? now - begunAt : 0)
        let seconds = max(Limits.writeRateSecondsMin, Double(nanoseconds) / 1e9)
        return before.merging(current, uniquingKeysWith: +).mapValues { Double($0) / seconds }
    }
}

extension Limits {
    /// How long a window of a store's write rates is, in seconds.
    static let writeRateSeconds: UInt64 = 300
    /// Over how long a store's writes are spread at least: a few that come just after a start are no rate.
    static let writeRateSecondsMin = 60.0
}
