import Base
import ControlAPI
import Registry
import Upgrades
import Upkeep

/// Tenants are looked at again and again, and those that have outgrown their tier are moved.
enum UpgradeWiring {
    /// Seconds between two looks at all tenants.
    private static let everySeconds = 30

    /// Adds the service to the others.
    /// - Returns: the chore that looks.
    static func attach(
        to services: inout ControlServices, meter: UsageMeter, clock: any Clock
    ) throws -> Chore {
        let upgrades = try UpgradeService(
            registry: services.registry, directory: services.directory, catalog: services.catalog,
            moves: services.moves, engine: services.engine, meter: meter, clock: clock)
        services.upgrades = upgrades
        return Chore(name: "looking for tenants that have outgrown their tier", everySeconds: everySeconds) {
            try upgrades.look(isStopping: $0)
        }
    }
}
