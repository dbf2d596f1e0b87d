import Base
import Registry
import Tenancy

/// What a tenant's tier and its overrides allow it.
struct LimitsDocument {
    private let record: TenantRecord
    private let tier: Tier
    private let now: Timestamp

    /// Nil where the catalog does not know the tier any more.
    init?(_ record: TenantRecord, _ catalog: Catalog, at now: Timestamp) {
        guard let tier = catalog.tier(named: record.tier) else { return nil }
        self.record = record
        self.tier = tier
        self.now = now
    }

    /// Writes the members `limits`, by their names what holds, and `overrides`.
    func write(to json: inout JSONWriter) {
        let effective = record.effective(tier, at: now)
        json.name("limits")
        json.beginObject()
        for limit in TierLimit.allCases {
            json.name(text: limit.rawValue)
            if let value = effective.value(of: limit) { json.int(value) } else { json.null() }
        }
        json.endObject()
        writeOverrides(to: &json)
    }

    /// Writes the member `overrides` alone.
    func writeOverrides(to json: inout JSONWriter) {
        json.name("overrides")
        json.beginArray()
        for override in record.overrides where override.holds(at: now) {
            json.beginObject()
            json.member("limit", override.limit.rawValue)
            json.member("value", override.value)
            json.name("tierValue")
            if let value = tier.value(of: override.limit) { json.int(value) } else { json.null() }
            json.member("until", ifPresent: override.until?.iso8601)
            json.member("reason", override.reason)
            json.endObject()
        }
        json.endArray()
    }
}
