import Accounts
import ControlAPI
import Upkeep

/// The accounts of those who run the platform, and what is done about them while nobody asks.
enum AccountsWiring {
    private static let lookSeconds = 600

    /// Lets the control API keep accounts.
    /// - Returns: the chore that removes sessions that are over.
    static func attach(to services: inout ControlServices, master: [UInt8]) throws -> Chore {
        let desk = try AccountDesk(
            registry: services.registry, master: master, uses: services.keys.uses, clock: services.clock,
            random: services.random)
        services.accounts = desk
        return Chore(name: "ended sessions", everySeconds: lookSeconds) { _ in
            try desk.removeEndedSessions()
        }
    }
}
