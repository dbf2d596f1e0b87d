import Base
import Registry
import Tenancy
import Tiering

/// What is seen of one tenant at one moment: the tier as it holds for it, and what it uses of that.
struct TenantSight {
    let record: TenantRecord
    /// Its tier, with what was overridden for it.
    let tier: Tier
    /// What it shows, by its tier.
    let reading: TierReading
    /// The tier below, where it would have room in it now.
    let smaller: TierName?

    /// Nil where the catalog does not know the tenant's tier.
    /// - Parameters:
    ///   - minute: what it used in the last whole minute.
    ///   - hour: its last hour; nil where nothing is known of it.
    init?(
        _ record: TenantRecord, _ catalog: Catalog, minute: TenantUsage, hour: UsageRecord?, at now: Timestamp
    ) {
        guard let tier = catalog.tier(named: record.tier) else { return nil }
        self.record = record
        self.tier = record.effective(tier, at: now)
        reading = Self.reading(record, self.tier, minute, hour)
        smaller =
            catalog.tiers.first { below in
                guard let plan = below.upgrade, plan.target == tier.name else { return false }
                let effective = record.effective(below, at: now)
                guard record.schools.count <= effective.schoolsMax ?? .max else { return false }
                let reading = Self.reading(record, effective, minute, hour)
                return plan.rules.allSatisfy { reading.value(of: $0.metric) <= Double($0.clearsAt) }
            }?.name
    }

    private static func reading(
        _ record: TenantRecord, _ tier: Tier, _ minute: TenantUsage, _ hour: UsageRecord?
    ) -> TierReading {
        let asked = minute.requests + minute.throttled
        return TierReading(
            schools: record.schools.count, items: Int64(hour?.items ?? 0), bytes: Int64(hour?.bytes ?? 0),
            readPercent: percent(minute.readHalfUnits, of: tier.readUnitsPerSecond),
            writePercent: percent(minute.writeHalfUnits, of: tier.writeUnitsPerSecond),
            throttledPercent: asked == 0 ? nil : Double(minute.throttled) * 100 / Double(asked))
    }

    /// Half units of a minute, in percent of units a second.
    private static func percent(_ halfUnits: Int, of unitsPerSecond: Int) -> Double {
        Double(halfUnits) / 2 / 60 * 100 / Double(max(1, unitsPerSecond))
    }
}
