import Base
import Gateway
import Items
import Synchronization
import Tables

/// A client of one district: asks one thing after the other, again where it does not know what became of it, and notes what it
/// was told.
final class Client {
    private static let attemptsMax = 4
    /// Nobody waits so long on a disk that is not slow, whatever moves: the fence is down between two tries.
    private static let waitMillisecondsMax: UInt64 = 5000

    let number: Int
    private let tenant: Int
    private let world: World
    private let baton: Baton
    private let homes: Homes
    /// What was seen last under each key.
    private var seen: [Int: ItemState] = [:]

    private let network: Program.Network

    init(
        number: Int, tenant: Int, world: World, baton: Baton, homes: Homes,
        network: Program.Network = Program.Network()
    ) {
        self.network = network
        self.number = number
        self.tenant = tenant
        self.world = world
        self.baton = baton
        self.homes = homes
    }

    func perform(_ requests: [Program.Request], thinkMilliseconds: Int = 0) {
        baton.wait(until: { [homes, tenant] in homes[tenant] != nil })
        for request in requests {
            guard let home = homes[tenant] else { return }
            if thinkMilliseconds > 0 { baton.pause(milliseconds: baton.choice(below: thinkMilliseconds)) }
            do { try perform(request, DeskOf(home: home, number: number, world: world)) } catch {
                world.find(.answer, "client \(number): \(request): \(error)")
            }
        }
    }

    private func perform(_ request: Program.Request, _ desk: DeskOf) throws {
        if request.isOfSecondSchool, desk.home.secondSchool == nil { return }
        switch request {
        case .rest(let milliseconds): baton.pause(milliseconds: milliseconds)
        case .put(let key):
            let value = world.history.newValue(of: tenant)
            try retry("put \(key) = \(value)", [key: .put(value: value)]) { server, done in
                try desk.put(key, value, server, done)
            }
        case .count(let key):
            let value = world.history.newValue(of: tenant)
            try retry("count \(key) = \(value)", [key: .count(value: value)]) { server, done in
                try desk.count(key, value, server, done)
            }
        case .delete(let key):
            try retry("delete \(key)", [key: .delete]) { server, done in try desk.delete(key, server, done) }
        case .replace(let key):
            let value = world.history.newValue(of: tenant)
            let expected = seen[key]
            try retry(
                "replace \(key) = \(value) if \(expected.map { "\($0)" } ?? "absent")",
                [key: .replace(expected: expected, value: value)], refused: [key: .refuse(expected: expected)]
            ) { server, done in try desk.replace(key, value, expected: expected, server, done) }
        case .both(let first, let second):
            let (one, two) = (world.history.newValue(of: tenant), world.history.newValue(of: tenant))
            // By the token it happens once, however often it is asked for.
            try retry(
                "both \(first) = \(one), \(second) = \(two)",
                [first: .put(value: one), second: .count(value: two)], isOnce: true
            ) { server, done in try desk.both((first, one), (second, two), token: "t\(one)", server, done) }
        case .putFleeting(let milliseconds):
            let value = world.history.newValue(of: tenant)
            let begun = world.history.tick()
            let end = world.clock.now().advanced(byMilliseconds: Int64(milliseconds))
            let attempts = try retry("put fleeting \(value)", [History.fleetingKey: .put(value: value)]) {
                server, done in
                try desk.put(History.fleetingKey, value, endsAt: end, server, done)
            }
            // Each that was carried out puts an item, which ends.
            for _ in 0..<attempts {
                note([History.fleetingKey: .end(value: value)], begun, .max, isCertain: false)
            }
        case .read(let key): try read([key], desk)
        case .readBoth(let first, let second): try read([first, second], desk)
        case .query(let teacher): try query(teacher, desk)
        case .trespass(let key): try trespass(key, desk)
        }
    }

    // MARK: Writes

    typealias Call = (Server, @escaping @Sendable (Answer) -> Void) throws -> Void

    /// Asks until it is answered; `isOnce` where all attempts are one request. How often it asked.
    @discardableResult private func retry(
        _ name: String, _ effects: [Int: Effect], refused: [Int: Effect] = [:], isOnce: Bool = false,
        _ call: Call
    ) throws -> Int {
        var begun = world.history.tick()
        var hasLate = false
        for attempt in 1...Client.attemptsMax {
            if !isOnce { begun = world.history.tick() }
            let (answer, isLate) = try ask(call)
            // What nobody waited for may be carried out at any time to come.
            let ended = isLate ? Int.max : world.history.tick()
            hasLate = hasLate || isLate
            world.say("client \(number) of \(tenant): \(name): \(answer)\(isLate ? ", not waited for" : "")")
            switch answer {
            case .done:
                note(effects, begun, ended, isCertain: true)
                return attempt
            case .refused:
                note(refused, begun, ended, isCertain: true)
                return attempt
            case .seen: return attempt
            case .notDone(let isFinal):
                if isFinal || attempt == Client.attemptsMax {
                    if isOnce, attempt > 1 { note(effects, begun, hasLate ? .max : ended, isCertain: false) }
                    return attempt
                }
            case .unknown:
                if !isOnce || attempt == Client.attemptsMax {
                    note(effects, begun, isOnce && hasLate ? .max : ended, isCertain: false)
                }
            case .wrong(let text), .fault(let text), .waited(let text): throw Unexpected(text: text)
            }
            baton.pause(milliseconds: 1 << attempt)
            if network.retryMilliseconds > 1 << Client.attemptsMax, answer.isUnknown {
                baton.pause(milliseconds: baton.choice(below: network.retryMilliseconds))
            }
        }
        return Client.attemptsMax
    }

    private func note(_ effects: [Int: Effect], _ begun: Int, _ ended: Int, isCertain: Bool) {
        guard !effects.isEmpty else { return }
        world.history.note(
            History.Entry(
                tenant: tenant, client: number, effects: effects, begun: begun, ended: ended,
                isCertain: isCertain))
    }

    /// Asks the process that lives, and waits for its answer or its end. Says too whether it was not waited for.
    func ask(_ call: Call) throws -> (Answer, isLate: Bool) {
        baton.wait(until: { [world] in world.living != nil })
        guard let server = world.living else { return (.unknown, false) }
        let slot = Slot()
        let begun = baton.clock.monotonicNanoseconds()
        try call(server) { slot.fill($0) }
        let due = network.patienceMilliseconds.map { begun + UInt64($0) * 1_000_000 }
        baton.wait(until: { slot.isFilled || server.isDead }, due: due)
        guard let answer = slot.answer else { return (.unknown, !server.isDead) }
        let waited = (baton.clock.monotonicNanoseconds() - begun) / 1_000_000
        if waited > Client.waitMillisecondsMax, world.program.slowness.isEmpty, !server.isDead {
            world.find(.answer, "client \(number) waited \(waited) ms for an answer")
        }
        switch answer {
        case .fault(let text):
            if server.isDead { return (.unknown, false) }
            // What the log holds of it a crash may bring back.
            return world.hasDiskFaults ? (.unknown, true) : (.wrong(text), false)
        case .waited(let text): return (server.isDead ? .notDone(isFinal: false) : .wrong(text), false)
        case .wrong: return (answer, false)
        case .done, .refused, .seen, .notDone, .unknown:
            return (baton.isLost(network.lostPercent) ? .unknown : answer, false)
        }
    }

    // MARK: Reads

    private func read(_ keys: [Int], _ desk: DeskOf) throws {
        let begun = world.history.tick()
        let (answer, _) = try ask { server, done in
            if keys.count == 1 {
                try desk.read(keys[0], server, done)
            } else {
                try desk.read(keys, server, done)
            }
        }
        let ended = world.history.tick()
        world.say("client \(number) of \(tenant): read \(keys): \(answer)")
        switch answer {
        case .seen(let states):
            var effects: [Int: Effect] = [:]
            for (key, state) in zip(keys, states) {
                effects[key] = .see(state)
                seen[key] = state
                try checkOwn(state?.value)
            }
            note(effects, begun, ended, isCertain: true)
        case .unknown, .notDone: return
        case .done, .refused: throw Unexpected(text: "\(answer)")
        case .wrong(let text), .fault(let text), .waited(let text): throw Unexpected(text: text)
        }
    }

    private func query(_ teacher: Int, _ desk: DeskOf) throws {
        let (answer, _) = try ask { server, done in try desk.query(teacher, server, done) }
        world.say("client \(number) of \(tenant): query \(teacher): \(answer)")
        switch answer {
        case .seen(let states): for state in states { try checkOwn(state?.value) }
        case .unknown, .notDone: return
        case .done, .refused: throw Unexpected(text: "\(answer)")
        case .wrong(let text), .fault(let text), .waited(let text): throw Unexpected(text: text)
        }
    }

    private func checkOwn(_ value: Int?) throws {
        guard let value else { return }
        let owner = world.history.owner(of: value)
        if owner != tenant {
            world.find(
                .breach,
                "client \(number) of \(tenant) saw \(value) of \(owner.map { "\($0)" } ?? "nobody")")
        }
    }

    /// Asks for what is another's: it must be refused.
    private func trespass(_ key: Int, _ desk: DeskOf) throws {
        guard let other = homes.all.first(where: { $0.tenant != desk.home.tenant }) else { return }
        let way = DeskOf.Trespass.allCases[baton.choice(below: DeskOf.Trespass.allCases.count)]
        let (answer, _) = try ask { server, done in try desk.trespass(way, key, of: other, server, done) }
        world.say("client \(number) of \(tenant): trespass by \(way) at \(key): \(answer)")
        switch answer {
        case .notDone, .unknown: return
        case .done, .refused, .seen, .wrong, .fault, .waited:
            world.find(
                .breach,
                "client \(number) of \(tenant) was let to another district's key by \(way): \(answer)")
        }
    }
}

/// An answer that no client should get.
struct Unexpected: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

/// What became of a request, as far as its client knows.
enum Answer: Sendable {
    case done
    /// The condition did not hold.
    case refused
    case seen([ItemState?])
    /// It was not carried out; whether asking again would be of no use.
    case notDone(isFinal: Bool)
    /// It may have been carried out.
    case unknown
    /// The server's own fault: it may have been carried out.
    case fault(String)
    /// It waited too long for a move, and was not carried out.
    case waited(String)
    /// Nothing that should be answered.
    case wrong(String)
}

extension Answer {
    fileprivate var isUnknown: Bool {
        guard case .unknown = self else { return false }
        return true
    }
}

extension Baton {
    /// Whether something is among so many of a hundred that are lost.
    fileprivate func isLost(_ percent: Int) -> Bool { percent > 0 && choice(below: 100) < percent }
}

/// Where an answer is waited for.
private final class Slot: Sendable {
    private let state = Mutex<Answer?>(nil)

    var answer: Answer? { state.withLock { $0 } }
    var isFilled: Bool { answer != nil }

    func fill(_ answer: Answer) {
        state.withLock { state in
            precondition(state == nil, "a completion was called twice")
            state = answer
        }
    }
}

extension Program.Request {
    fileprivate var isOfSecondSchool: Bool {
        switch self {
        case .put(let key), .count(let key), .replace(let key), .delete(let key), .read(let key):
            key == History.secondSchoolKey
        case .both, .readBoth, .query, .trespass, .putFleeting, .rest: false
        }
    }
}
