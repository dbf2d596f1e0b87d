import Base

/// How many decisions of the second that is under way are kept, and how many of whom were left out: pure, one owner.
struct DecisionBudget {
    /// The most of each second.
    struct Rates: Sendable {
        var deniedPerTenant = Limits.decisionsDeniedPerTenantPerSecondMax
        var denied = Limits.decisionsDeniedPerSecondMax
        var allowed = Limits.decisionsAllowedPerSecondMax
    }

    private let rates: Rates
    private var second: Int64 = .min
    private var denied = 0
    private var allowed = 0
    private var byTenant: [TenantID?: Int] = [:]
    /// Denials that were only counted, by tenant; those of tenants beyond the limit under nil.
    private(set) var leftOut: [TenantID?: Int] = [:]

    init(_ rates: Rates) { self.rates = rates }

    /// Whether a denial of this tenant is to be explained and kept. One that is not is counted.
    mutating func admitsDenial(of tenant: TenantID?, at now: Timestamp) -> Bool {
        begin(now)
        guard denied < rates.denied, byTenant[tenant, default: 0] < rates.deniedPerTenant else {
            leaveOut(tenant)
            return false
        }
        denied += 1
        byTenant[tenant, default: 0] += 1
        return true
    }

    /// Whether an allow that the sampling has picked is to be kept.
    mutating func admitsAllow(at now: Timestamp) -> Bool {
        begin(now)
        guard allowed < rates.allowed else { return false }
        allowed += 1
        return true
    }

    /// Counts a denial that cannot be kept.
    mutating func leaveOut(_ tenant: TenantID?, _ count: Int = 1) {
        let isCounted = leftOut[tenant] != nil || leftOut.count < Limits.decisionTenantsCountedMax
        leftOut[isCounted ? tenant : nil, default: 0] += count
    }

    /// The counts of those left out, once a second has gone by; they begin anew then. `isLast` where there is no next time.
    mutating func takeLeftOut(at now: Timestamp, isLast: Bool) -> [DecisionCount] {
        guard !leftOut.isEmpty, isLast || now.seconds != second else { return [] }
        defer { leftOut.removeAll() }
        return leftOut.map { DecisionCount(tenant: $0.key, count: $0.value) }
            .sorted { ($0.tenant?.text ?? "") < ($1.tenant?.text ?? "") }
    }

    private mutating func begin(_ now: Timestamp) {
        guard now.seconds != second else { return }
        second = now.seconds
        denied = 0
        allowed = 0
        byTenant.removeAll(keepingCapacity: true)
    }
}

/// So many decisions of a tenant.
struct DecisionCount: Equatable {
    let tenant: TenantID?
    let count: Int
}
