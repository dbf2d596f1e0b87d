import Base
import ControlAPI
import Registry
import Upgrades
import Upkeep

/// What tenants cost, out of what they used.
enum CostWiring {
    private static let choreSeconds = 3600

    /// Has the control API answer by `usage`. The chore reads the days and hours that are over before anybody asks for a report.
    static func attach(_ usage: UsageStore, to services: inout ControlServices) -> Chore {
        let costs = CostService(
            usage: usage, registry: services.registry, directory: services.directory,
            catalog: services.catalog, clock: services.clock)
        services.costs = costs
        return Chore(name: "the reading of usage for reports", everySeconds: choreSeconds) {
            try costs.readAhead(isStopping: $0)
        }
    }
}
