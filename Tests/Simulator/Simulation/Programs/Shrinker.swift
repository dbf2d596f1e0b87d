/// Leaves out of a program what a fault does not need, one thing after the other, as long as the fault is still found.
struct Shrinker {
    /// Schedules that are tried with a program that is shorter: what is left out makes the others meet at another time.
    private static let schedulesMax: UInt64 = 4

    var runsLeft: Int
    /// Whether the fault is found in a program.
    let isFailing: (Program) throws -> Bool

    mutating func shrink(_ program: Program) throws -> Program {
        var best = program
        var hasShrunk = true
        while hasShrunk, runsLeft > 0 {
            hasShrunk = false
            for candidate in Shrinker.shorter(best) where runsLeft > 0 {
                guard candidate.length < best.length, let found = try failing(candidate) else { continue }
                best = found
                hasShrunk = true
                break
            }
        }
        return best
    }

    /// The program with a schedule under which it ends as it did; nil where none of those tried does.
    private mutating func failing(_ program: Program) throws -> Program? {
        for number in 0..<Shrinker.schedulesMax where runsLeft > 0 {
            runsLeft -= 1
            var candidate = program
            candidate.schedule.seed &+= number
            if try isFailing(candidate) { return candidate }
        }
        return nil
    }

    /// Programs that have less in them: those that leave out most come first.
    private static func shorter(_ program: Program) -> [Program] {
        var all: [Program] = []
        func add(_ change: (inout Program) -> Void) {
            var candidate = program
            change(&candidate)
            all.append(candidate)
        }
        if program.tiers.count > 1 { add { $0.dropLastTenant() } }
        for index in program.clients.indices { add { $0.clients.remove(at: index) } }
        for index in program.operators.indices { add { $0.operators.remove(at: index) } }
        for index in program.crashes.indices { add { $0.crashes.remove(at: index) } }
        for index in program.faults.indices { add { $0.faults.remove(at: index) } }
        for index in program.spoils.indices { add { $0.spoils.remove(at: index) } }
        for index in program.slowness.indices { add { $0.slowness.remove(at: index) } }
        for (index, client) in program.clients.enumerated() where client.requests.count > 2 {
            let half = client.requests.count / 2
            add { $0.clients[index].requests.removeFirst(half) }
            add { $0.clients[index].requests.removeLast(half) }
        }
        for (index, acts) in program.operators.enumerated() {
            for place in acts.indices { add { $0.operators[index].remove(at: place) } }
        }
        for (index, client) in program.clients.enumerated() {
            for place in client.requests.indices { add { $0.clients[index].requests.remove(at: place) } }
        }
        return all
    }
}

extension Program {
    fileprivate mutating func dropLastTenant() {
        tiers.removeLast()
        let last = tiers.count
        clients.removeAll { $0.tenant >= last }
        for index in operators.indices { operators[index].removeAll { ($0.tenant ?? 0) >= last } }
    }
}
