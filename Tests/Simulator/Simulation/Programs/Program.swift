import Base

/// What clients and operators do in a simulation, and when the machine fails. Drawn from a seed; what is left out of it can be
/// run again without the rest.
struct Program: Hashable, Sendable {
    /// What a client asks of the gateway, for one district.
    enum Request: Hashable, Sendable {
        case put(key: Int)
        /// Sets the value and counts one more.
        case count(key: Int)
        /// Puts the item where the key holds what this client saw last.
        case replace(key: Int)
        case delete(key: Int)
        case read(key: Int)
        /// Puts two items, or neither.
        case both(Int, Int)
        /// Reads two items as of one moment.
        case readBoth(Int, Int)
        /// Reads one teacher's students in the index.
        case query(teacher: Int)
        /// Asks for a key of another district.
        case trespass(key: Int)
        case rest(milliseconds: Int)
    }

    /// A client of one district.
    struct Client: Hashable, Sendable {
        var tenant: Int
        var requests: [Request]
        /// How long it waits between two requests, at the most.
        var thinkMilliseconds: Int
    }

    /// What an operator does.
    enum Act: Hashable, Sendable {
        case move(tenant: Int, tier: String, undoWindowSeconds: Int)
        case rollBack(tenant: Int)
        case pause(tenant: Int)
        case resume(tenant: Int)
        case suspend(tenant: Int, readOnly: Bool)
        case serve(tenant: Int)
        case rest(milliseconds: Int)
    }

    /// When the machine fails.
    struct Crash: Hashable, Sendable {
        enum Moment: Hashable, Sendable {
            /// At this turn, counted from the start of the process.
            case turn(Int)
            /// At this operation of the disk, counted from the start of the process.
            case operation(Int)
        }

        var moment: Moment
        /// Whether the power fails, and what was not synced is lost, or only the process ends.
        var losesPower: Bool
        var seed: UInt64
    }

    /// The tiers of the districts.
    var tiers: [String]
    var clients: [Client]
    /// One list for each operator.
    var operators: [[Act]]
    /// One after the other: each counts from the start that follows the one before.
    var crashes: [Crash]
    var schedule: Schedule

    /// How long the program is: what is shorter shows more.
    var length: Int {
        tiers.count + clients.count + clients.reduce(0) { $0 + $1.requests.count }
            + operators.reduce(0) { $0 + $1.count } + crashes.count
    }
}

extension Program: CustomStringConvertible {
    var description: String {
        var lines = ["districts: \(tiers.joined(separator: ", "))"]
        for (number, client) in clients.enumerated() {
            lines.append(
                "client \(number) of district \(client.tenant), thinking \(client.thinkMilliseconds) ms: "
                    + client.requests.map { "\($0)" }.joined(separator: ", "))
        }
        for (number, acts) in operators.enumerated() {
            lines.append("operator \(number): " + acts.map { "\($0)" }.joined(separator: ", "))
        }
        for crash in crashes { lines.append("crash: \(crash)") }
        lines.append("schedule: \(schedule)")
        return lines.joined(separator: "\n")
    }
}
