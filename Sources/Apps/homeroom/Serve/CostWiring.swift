import Base
import ControlAPI
import Registry
import Tenancy
import Upgrades
import Upkeep

/// What tenants cost, out of what they used.
struct CostWiring {
    private static let choreSeconds = 3600

    private let costs: CostService

    /// Has the control API answer by `usage`.
    init(_ usage: UsageStore, in services: inout ControlServices) {
        costs = CostService(
            usage: usage, registry: services.registry, directory: services.directory,
            catalog: services.catalog, clock: services.clock)
        services.costs = costs
    }

    /// Reads the days and hours that are over before anybody asks for a report.
    var chore: Chore {
        Chore(name: "reading of usage for reports", everySeconds: Self.choreSeconds) { [costs] isStopping in
            try costs.readAhead(isStopping: isStopping)
        }
    }
}
