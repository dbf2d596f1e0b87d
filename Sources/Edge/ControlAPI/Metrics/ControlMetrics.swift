import Base
import Registry
import Reviews
import Synchronization
import Tenancy
import Workflows

/// What the control plane itself counts: tenants, stores and runs.
struct ControlMetrics {
    let services: ControlServices

    func families() throws -> [MetricFamily] {
        [tenants(), try stores(), policyVersion(), policyRisk(), process()]
            + RunMetrics(services.engine.figures()).families
    }

    private func tenants() -> MetricFamily {
        var counts: [[String]: Int] = [:]
        for tier in services.catalog.tiers { counts[[tier.name.text, "active"]] = 0 }
        for entry in services.directory.entries() {
            counts[[entry.record.tier.text, entry.record.state.name.rawValue], default: 0] += 1
        }
        return MetricFamily(
            "homeroom_tenants", "Tenants by tier and state.", .gauge,
            counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, count in
                .init(Double(count), labels: [("tier", key[0]), ("state", key[1])])
            })
    }

    private func stores() throws -> MetricFamily {
        var counts: [[String]: Int] = [:]
        try services.registry.forEach(StoreRecord.self) { record in
            let isolation =
                switch record.kind {
                case .pooled: "pooled"
                case .dedicated: "dedicated"
                }
            counts[[record.tier.text, isolation], default: 0] += 1
        }
        return MetricFamily(
            "homeroom_stores", "Stores by tier and isolation.", .gauge,
            counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, count in
                .init(Double(count), labels: [("tier", key[0]), ("isolation", key[1])])
            })
    }

    private func policyVersion() -> MetricFamily {
        MetricFamily(
            "homeroom_policy_version", "Number of the version of the policies in force.", .gauge,
            [.init(Double(services.policies.active.record.id))])
    }

    private func policyRisk() -> MetricFamily {
        MetricFamily(
            "homeroom_policy_roles_not_proved",
            "Roles in force whose isolation is not proved: a reviewer has accepted each.", .gauge,
            [.init(Double(services.policies.active.record.gate.risks.count))])
    }

    private func process() -> MetricFamily {
        MetricFamily(
            "homeroom_start_time_seconds", "When the process started, in seconds since 1970.", .gauge,
            [.init(Double(services.startedAt.milliseconds) / 1000)])
    }
}
