import Base
import ControlAPI
import Registry
import Upgrades
import Upkeep

/// Tenants are looked at again and again, and those that have outgrown their tier are moved.
struct UpgradeWiring {
    /// Seconds between two looks at all tenants.
    private static let lookSeconds = 30

    private let service: UpgradeService

    /// Adds the service to the others.
    init(_ services: inout ControlServices, meter: UsageMeter, clock: any Clock) throws {
        service = try UpgradeService(
            registry: services.registry, directory: services.directory, catalog: services.catalog,
            moves: services.moves, engine: services.engine, meter: meter, clock: clock)
        services.upgrades = service
        let others = services.metrics
        services.metrics = { [service] in others() + UpgradeWiring.metrics(of: service) }
    }

    /// What is done while nobody asks.
    var chores: [Chore] {
        [
            Chore(
                name: "looking for tenants that have outgrown their tier", everySeconds: Self.lookSeconds
            ) { [service] in try service.look(isStopping: $0) },
            // So that one move begins when another has ended, and not at the next look.
            Chore(name: "moving tenants that have outgrown their tier", everySeconds: 1) { [service] in
                try service.advance(isStopping: $0)
            },
        ]
    }

    private static func metrics(of service: UpgradeService) -> [MetricFamily] {
        let figures = service.figures()
        return [
            MetricFamily(
                "homeroom_upgrade_tenants", "Tenants by where they stand on their way to another tier.",
                .gauge,
                figures.tenants.sorted { $0.key < $1.key }.map {
                    .init(Double($0.value), labels: [("state", $0.key)])
                }),
            MetricFamily(
                "homeroom_upgrade_look_seconds", "How long the last look at all tenants took.", .gauge,
                figures.lookSeconds.map { [.init($0)] } ?? []),
        ]
    }
}
