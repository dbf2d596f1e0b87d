extension Program {
    /// The program as Swift reads it: what a seed draws may change, a program that is kept does not.
    var literal: String {
        var lines = ["Program("]
        lines.append("    tiers: \(tiers),")
        lines.append("    clients: \(Program.list(clients.map(\.literal))),")
        lines.append("    operators: \(Program.list(operators.map { Program.list($0.map { ".\($0)" }) })),")
        lines.append("    crashes: \(Program.list(crashes.map(\.literal))),")
        lines.append("    budgetMilliseconds: \(budgetMilliseconds),")
        lines.append("    slowness: \(Program.list(slowness.map(\.literal))),")
        lines.append("    faults: \(Program.list(faults.map(\.literal))),")
        lines.append("    spoils: \(Program.list(spoils.map(\.literal))),")
        lines.append("    schedule: \(schedule.literal))")
        return lines.joined(separator: "\n")
    }

    fileprivate static func list(_ parts: [String]) -> String { "[\(parts.joined(separator: ", "))]" }
}

extension Program.Client {
    fileprivate var literal: String {
        let requests = Program.list(requests.map { ".\($0)" })
        let patience = network.patienceMilliseconds.map { "\($0)" } ?? "nil"
        return ".init(tenant: \(tenant), requests: \(requests), thinkMilliseconds: \(thinkMilliseconds), "
            + "network: .init(lostPercent: \(network.lostPercent), patienceMilliseconds: \(patience), "
            + "retryMilliseconds: \(network.retryMilliseconds)))"
    }
}

extension Program.Crash {
    fileprivate var literal: String {
        let place =
            switch moment {
            case .turn(let number): ".turn(\(number))"
            case .operation(let number): ".operation(\(number))"
            }
        return ".init(moment: \(place), losesPower: \(losesPower), seed: \(seed))"
    }
}

extension Program.Slowness {
    fileprivate var literal: String {
        ".init(first: \(first), count: \(count), millisecondsPerOperation: \(millisecondsPerOperation))"
    }
}

extension Program.DiskFault {
    fileprivate var literal: String {
        ".init(kind: .\(kind), after: \(after), count: \(count), seed: \(seed))"
    }
}

extension Program.Spoil {
    fileprivate var literal: String { ".init(kind: .\(kind), chunk: \(chunk), item: \(item))" }
}

extension Schedule {
    fileprivate var literal: String {
        "Schedule(seed: \(seed), stickiness: \(stickiness), turnNanoseconds: \(turnNanoseconds), "
            + "isUneven: \(isUneven))"
    }
}
