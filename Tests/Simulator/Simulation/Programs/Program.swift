import Base

/// What clients and operators do in a simulation, and when the machine fails. Drawn from a seed; what is left out of it can be
/// run again without the rest.
struct Program: Hashable, Sendable, Codable {
    /// What a client asks of the gateway, for one district.
    enum Request: Hashable, Sendable, Codable {
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
        /// Puts an item that ends by itself.
        case putFleeting(milliseconds: Int)
        case rest(milliseconds: Int)
    }

    /// A client of one district.
    struct Client: Hashable, Sendable, Codable {
        var tenant: Int
        var requests: [Request]
        /// How long it waits between two requests, at the most.
        var thinkMilliseconds: Int
        var network = Network()
    }

    /// What lies between a client and the server.
    struct Network: Hashable, Sendable, Codable {
        /// Of a hundred answers, how many are lost on the way.
        var lostPercent = 0
        /// How long the client waits for an answer before it takes it for lost; nil for as long as it takes.
        var patienceMilliseconds: Int?
        /// The longest time after which it asks again.
        var retryMilliseconds = 16
    }

    /// A time in which the disk is slow.
    struct Slowness: Hashable, Sendable, Codable {
        /// The first slow operation, and how many.
        var first: Int
        var count: Int
        var millisecondsPerOperation: Int
    }

    /// What an operator does.
    enum Act: Hashable, Sendable, Codable {
        case move(tenant: Int, tier: String, undoWindowSeconds: Int)
        case rollBack(tenant: Int)
        case pause(tenant: Int)
        case resume(tenant: Int)
        case suspend(tenant: Int, readOnly: Bool)
        case serve(tenant: Int)
        /// Lets the move go so fast; nil lifts that.
        case throttle(tenant: Int, itemsPerSecond: Int?)
        /// A second school, with items of its own.
        case addSchool(tenant: Int)
        /// Spreads the pool that the tenant is in.
        case rebalance(tenant: Int)
        /// Empties the pool that the tenant is in into another.
        case merge(tenant: Int)
        /// Sets the wall clock, forth or back.
        case setClock(seconds: Int)
        case rest(milliseconds: Int)
    }

    /// When the machine fails.
    struct Crash: Hashable, Sendable, Codable {
        enum Moment: Hashable, Sendable, Codable {
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

    /// Operations of the disk that fail, without an end of the process.
    struct DiskFault: Hashable, Sendable, Codable {
        enum Kind: Hashable, Sendable, Codable {
            /// A write fails: there is no room.
            case full
            /// A write fails.
            case write
            /// A sync fails, and what it was to bring to the disk may not come there.
            case sync
        }

        var kind: Kind
        /// So many operations of the kind go well before, and so many fail then.
        var after: Int
        var count: Int
        var seed: UInt64
    }

    /// Something that is not as it was read comes to a target with a chunk of a copy: as by a bad disk, or a hand that has no business
    /// there. No move may end in the charge of that.
    struct Spoil: Hashable, Sendable, Codable {
        enum Kind: Hashable, Sendable, Codable {
            /// An item does not come.
            case missing
            /// An item has another value.
            case changed
            /// An item comes that the source does not have.
            case added
        }

        var kind: Kind
        /// With which of all chunks that are copied, from 0.
        var chunk: Int
        /// Which of the chunk's items, counted in a circle.
        var item: Int
    }

    /// The tiers of the districts.
    var tiers: [String]
    var clients: [Client]
    /// One list for each operator.
    var operators: [[Act]]
    /// One after the other: each counts from the start that follows the one before.
    var crashes: [Crash]
    /// How long a move may hold writes back, in milliseconds.
    var budgetMilliseconds = 250
    var slowness: [Slowness] = []
    /// From when the first district's clients ask.
    var faults: [DiskFault] = []
    var spoils: [Spoil] = []
    var schedule: Schedule

    /// How many pages a store writes before its log is copied beside its writer: few in every second program, and in the others only before
    /// a switch, so that programs that were kept before there was such a thing go as they went.
    var logPagesCopied: Int { schedule.seed.isMultiple(of: 2) ? 10 : .max }

    /// How long the program is: what is shorter shows more.
    var length: Int {
        tiers.count + clients.count + clients.reduce(0) { $0 + $1.requests.count }
            + operators.reduce(0) { $0 + 1 + $1.count } + crashes.count + slowness.count + faults.count
            + spoils.count
    }
}

extension Program.Network: CustomStringConvertible {
    var description: String {
        let patience = patienceMilliseconds.map { "\($0) ms of patience" } ?? "endless patience"
        return "\(lostPercent)% of answers lost, \(patience), asks again within \(retryMilliseconds) ms"
    }
}

extension Program.Slowness: CustomStringConvertible {
    var description: String {
        "slow disk: operations \(first) to \(first + count - 1) take \(millisecondsPerOperation) ms"
    }
}

extension Program: CustomStringConvertible {
    var description: String {
        var lines = ["districts: \(tiers.joined(separator: ", "))"]
        for (number, client) in clients.enumerated() {
            lines.append(
                "client \(number) of district \(client.tenant), thinking \(client.thinkMilliseconds) ms, "
                    + "\(client.network): "
                    + client.requests.map { "\($0)" }.joined(separator: ", "))
        }
        for (number, acts) in operators.enumerated() {
            lines.append("operator \(number): " + acts.map { "\($0)" }.joined(separator: ", "))
        }
        for crash in crashes { lines.append("crash: \(crash)") }
        for fault in faults { lines.append("\(fault)") }
        for slow in slowness { lines.append("\(slow)") }
        for spoil in spoils { lines.append("\(spoil)") }
        lines.append("schedule: \(schedule), budget \(budgetMilliseconds) ms")
        return lines.joined(separator: "\n")
    }
}
