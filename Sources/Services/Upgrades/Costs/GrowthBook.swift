import Base
import Registry
import Synchronization
import Tables
import Tenancy
import Tiering

/// A limit that a tenant will reach at its present rate of growth.
public struct Growth: Hashable, Sendable {
    /// What grows.
    public let metric: UpgradeRule.Metric
    /// Where the tier is outgrown: schools, items, bytes, or units of the busiest minute of a day.
    public let limit: Double
    /// The line's value now.
    public let now: Double
    /// By how much it grows a day.
    public let perDay: Double
    /// In how many days the limit is passed; 0 where it is already.
    public let days: Int
}

/// Reckons who will outgrow what, once a day for each tenant: a forecast goes by whole days, and changes with them alone.
final class GrowthBook: Sendable {
    private struct Kept: Sendable {
        let today: Timestamp
        let tier: Tier
        let growths: [Growth]
    }

    private let store: UsageStore
    private let kept = Mutex<[TenantID: Kept]>([:])

    init(store: UsageStore) { self.store = store }

    /// What the tenant will outgrow within `Limits.forecastDaysAhead` days, the soonest first; nothing where its days are too few to tell.
    /// - Parameter tier: its tier with its overrides.
    func growths(of tenant: TenantID, in tier: Tier, at now: Timestamp) throws(TableError) -> [Growth] {
        let today = UsageRecord.Period.day.start(of: now)
        if let known = kept.withLock({ $0[tenant] }), known.today == today, known.tier == tier {
            return known.growths
        }
        let seen = Int64(Limits.forecastDaysSeen)
        let start = today.advanced(bySeconds: -seen * 86_400)
        var days = [UsageRecord?](repeating: nil, count: Limits.forecastDaysSeen)
        for record in try store.list(of: tenant, .day, from: start, to: today) {
            let day = Int(record.start.milliseconds(since: start) / 86_400_000)
            if days.indices.contains(day) { days[day] = record }
        }
        let growths = Self.limits(of: tier).compactMap { metric, limit -> Growth? in
            let values = days.map { record in record.map { Self.value(of: metric, in: $0) } }
            guard let forecast = Forecast(days: values), let left = forecast.days(until: limit) else {
                return nil
            }
            return Growth(
                metric: metric, limit: limit, now: forecast.now, perDay: forecast.perDay, days: left)
        }
        .sorted { ($0.days, $0.metric.rawValue) < ($1.days, $1.metric.rawValue) }
        kept.withLock { $0[tenant] = Kept(today: today, tier: tier, growths: growths) }
        return growths
    }

    /// Forgets all other tenants.
    func retain(_ tenants: Set<TenantID>) {
        kept.withLock { kept in kept = kept.filter { tenants.contains($0.key) } }
    }

    /// What a day shows of a metric.
    private static func value(of metric: UpgradeRule.Metric, in record: UsageRecord) -> Double {
        switch metric {
        case .schools: Double(record.schools)
        case .items: Double(record.items)
        case .bytes: Double(record.bytes)
        case .readRate: Double(record.busiestReadHalfUnits) / 2
        case .writeRate: Double(record.busiestWriteHalfUnits) / 2
        case .throttled: 0
        }
    }

    /// Where the tier is outgrown: by its rules, else by its schools. What is throttled has no line that could be drawn on.
    private static func limits(of tier: Tier) -> [(UpgradeRule.Metric, Double)] {
        var limits: [UpgradeRule.Metric: Double] = [:]
        if let max = tier.schoolsMax { limits[.schools] = Double(max) }
        for rule in tier.upgrade?.rules ?? [] {
            let limit: Double
            switch rule.metric {
            case .schools, .items, .bytes: limit = Double(rule.above)
            case .readRate: limit = Double(rule.above) / 100 * Double(tier.readUnitsPerSecond) * 60
            case .writeRate: limit = Double(rule.above) / 100 * Double(tier.writeUnitsPerSecond) * 60
            case .throttled: continue
            }
            limits[rule.metric] = min(limits[rule.metric] ?? limit, limit)
        }
        return UpgradeRule.Metric.allCases.compactMap { metric in limits[metric].map { (metric, $0) } }
    }
}
