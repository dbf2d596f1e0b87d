import Base
import Registry
import Upkeep

/// What is done about events while nobody asks: those that are old enough go.
enum EventWiring {
    private static let trimSeconds = 3600

    /// The chore that removes them.
    static func chore(of registry: Registry) -> Chore {
        Chore(name: "old events", everySeconds: trimSeconds) { isStopping in
            try registry.trimEvents(isStopping: isStopping)
        }
    }
}
