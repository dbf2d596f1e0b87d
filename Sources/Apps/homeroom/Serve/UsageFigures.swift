import Base
import ControlAPI
import Registry
import Synchronization
import Tables
import Tenancy
import Upgrades

/// What all tenants have used since the process began, by tier: never by tenant, of whom there may be ten thousand.
final class UsageTotals: Sendable {
    private struct State {
        var byTier: [TierName: TenantUsage] = [:]
        var recounts = 0
        /// How far the last count of a tenant was off, where it was.
        var drifts: [TenantID: Extent] = [:]
    }

    private let state = Mutex(State())
    private let tier: @Sendable (TenantID) -> TierName?

    /// - Parameter tier: the tier that a tenant is in now.
    init(tier: @escaping @Sendable (TenantID) -> TierName?) { self.tier = tier }

    func add(_ used: [TenantID: TenantUsage]) {
        guard !used.isEmpty else { return }
        state.withLock { state in
            for (tenant, usage) in used {
                guard let tier = tier(tenant) else { continue }
                state.byTier[tier, default: TenantUsage()].add(usage)
            }
        }
    }

    func note(_ recount: UsageRecount) {
        state.withLock { state in
            state.recounts += 1
            state.drifts[recount.tenant] =
                recount.isFirst || recount.drift == Extent() ? nil : recount.drift
        }
    }

    /// Of a tenant that leaves, nothing is told any more.
    func forget(_ tenant: TenantID) { state.withLock { $0.drifts[tenant] = nil } }

    func families(isFailing: Bool) -> [MetricFamily] {
        let state = state.withLock { $0 }
        let tiers = state.byTier.sorted { $0.key < $1.key }
        func family(_ name: String, _ help: String, _ value: (TenantUsage) -> Double) -> MetricFamily {
            MetricFamily(
                name, help, .counter,
                tiers.map { .init(value($0.value), labels: [("tier", $0.key.text)]) })
        }
        func gauge(_ name: String, _ help: String, _ value: Int) -> MetricFamily {
            MetricFamily(name, help, .gauge, [.init(Double(value))])
        }
        return [
            family("homeroom_usage_read_units_total", "Read units that tenants have used.") {
                Double($0.readHalfUnits) / 2
            },
            family("homeroom_usage_write_units_total", "Write units that tenants have used.") {
                Double($0.writeHalfUnits) / 2
            },
            family("homeroom_usage_requests_total", "Requests of tenants that used something.") {
                Double($0.requests)
            },
            family(
                "homeroom_usage_throttled_total", "Requests turned away since the tenant's rate was used up."
            ) { Double($0.throttled) },
            MetricFamily(
                "homeroom_usage_recounts_total", "Counts of all of a tenant's items.", .counter,
                [.init(Double(state.recounts))]),
            gauge(
                "homeroom_usage_drift_items",
                "Items by which the meter was off, in each tenant's last count, added up regardless of sign.",
                state.drifts.values.reduce(0) { $0 + abs($1.items) }),
            gauge(
                "homeroom_usage_drift_bytes", "Bytes by which the meter was off, added up likewise.",
                state.drifts.values.reduce(0) { $0 + abs($1.bytes) }),
            gauge(
                "homeroom_usage_unwritten",
                "1 while what was counted cannot be written and waits in memory.", isFailing ? 1 : 0),
        ]
    }
}
