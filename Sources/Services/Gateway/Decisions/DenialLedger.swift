import Base
import Policies
import Registry

/// Why the gateway refuses a request, as it is counted.
public enum DenialReason: String, Hashable, Sendable, CaseIterable {
    /// A statement denies it.
    case explicitDeny = "explicit-deny"
    /// No statement of the role allows it.
    case noAllow = "no-allow"
    /// The role's boundary does not allow it.
    case boundary
    /// The policy that the session was narrowed to does not allow it.
    case sessionPolicy = "session-policy"
    /// The question could not be answered: keys that are not known, values that are none.
    case undecided
    /// The role is not there any more.
    case noRole = "no-role"
    /// The gateway itself: a key or a table that is not the session's to reach.
    case wall
    /// The trust of a role: nobody got a session.
    case trust
    /// The tenant is suspended, leaving or not there.
    case tenant
    /// No valid signature, token or session.
    case unauthenticated

    /// The reason of a denial by the policies.
    init(_ decision: Decision) {
        switch decision {
        case .explicitDeny: self = .explicitDeny
        case .implicitDeny(.role): self = .noAllow
        case .implicitDeny(.boundary): self = .boundary
        case .implicitDeny(.session): self = .sessionPolicy
        case .failed, .allow: self = .undecided
        }
    }

    /// The reason of a denial that the policies were not asked about.
    public init(_ judge: DecisionEntry.Judge) {
        switch judge {
        case .policy: self = .noRole
        case .wall: self = .wall
        case .trust: self = .trust
        case .tenant: self = .tenant
        }
    }
}

/// So many denials of a tenant's for one reason.
public struct DenialCount: Hashable, Sendable {
    /// Whose requests they were; nil for operators, for those that nobody knows, and beyond the limit.
    public let tenant: TenantID?
    /// Why.
    public let reason: DenialReason
    /// How many.
    public var count: Int
    /// The ids of some of the requests, by which the kept decisions are found.
    public var samples: [String]
}

/// Counts every denial by tenant and reason, also those of which no decision is kept: pure, one owner.
struct DenialLedger {
    private struct Key: Hashable {
        let tenant: TenantID?
        let reason: DenialReason
    }

    private var counts: [Key: DenialCount] = [:]
    private var tenants: Set<TenantID> = []

    /// Whether nothing was denied since the last time.
    var isEmpty: Bool { counts.isEmpty }

    /// Counts denials. Those of tenants beyond the limit are counted together, under no tenant.
    mutating func add(_ tenant: TenantID?, _ reason: DenialReason, count: Int = 1, samples: [String] = []) {
        let key = Key(tenant: known(tenant), reason: reason)
        var entry =
            counts[key] ?? DenialCount(tenant: key.tenant, reason: reason, count: 0, samples: [])
        entry.count += count
        for sample in samples
        where !sample.isEmpty && entry.samples.count < Limits.denialSamplesMax
            && !entry.samples.contains(sample)
        {
            entry.samples.append(sample)
        }
        counts[key] = entry
    }

    /// All counts, by tenant and reason; they begin anew.
    mutating func take() -> [DenialCount] {
        defer {
            counts.removeAll(keepingCapacity: true)
            tenants.removeAll(keepingCapacity: true)
        }
        return counts.values.sorted {
            ($0.tenant?.text ?? "", $0.reason.rawValue) < ($1.tenant?.text ?? "", $1.reason.rawValue)
        }
    }

    private mutating func known(_ tenant: TenantID?) -> TenantID? {
        guard let tenant, !tenants.contains(tenant) else { return tenant }
        guard tenants.count < Limits.decisionTenantsCountedMax else { return nil }
        tenants.insert(tenant)
        return tenant
    }
}
