import Base
import ControlAPI
import Upkeep

/// What the control API is told, and what is done for it while nobody asks.
enum ControlWiring {
    /// The API over these services, as the options limit it.
    static func api(_ services: ControlServices, _ options: ServeOptions) -> ControlAPI {
        var services = services
        services.callerRequestsPerSecond = options.controlRate
        return ControlAPI(services)
    }

    /// Requests a second of one caller: 1 to 1,000,000.
    static func rate(_ text: String?) throws(CommandFailure) -> Int {
        guard let text else { return Limits.callerRequestsPerSecond }
        guard let number = Int(text), (1...1_000_000).contains(number) else {
            throw .usage("--control-rate: expected a whole number from 1 to 1000000, found `\(text)`")
        }
        return number
    }
}

extension ControlAPI {
    /// Forgets answers to idempotency keys that are a day old.
    var chore: Chore {
        Chore(name: "old answers to idempotency keys", everySeconds: 60) { [self] isStopping in
            try forgetOldAnswers(isStopping: isStopping)
        }
    }
}
