import Base
import Policies
import Registry
import SimulatedDisk
import Synchronization
import Tenancy

/// A machine with its disk, the clients and operators outside of it, and the time that passes for all of them.
final class World: Sendable {
    private struct State {
        var server: Server?
        var starts = 0
        var turnOfStart = 0
        var operationOfStart = 0
        var crashesDone = 0
        var isStarting = false
        var hasFailedToStart = false
        var isQuiet = false
        var findings: [Finding] = []
        var unfinished = 0
        var chunksCopied = 0
        var unsearched = 0
        var spoiled: Set<TenantID> = []
    }

    let program: Program
    let clock = SimulatedClock()
    let disk = SimulatedDisk()
    let trace: Trace
    let catalog: Catalog
    let policies: PolicyCatalog
    /// Of the product: ids, secrets, waits of chance.
    let random: SeededRandom
    let history = History()
    let residence = Residence()
    let suspensions = Suspensions()
    private let state = Mutex(State())

    /// - Parameter onLine: is told each line of the history as it comes.
    init(_ program: Program, onLine: (@Sendable (String) -> Void)? = nil) throws {
        self.program = program
        trace = Trace(onLine: onLine)
        random = SeededRandom(seed: program.schedule.seed ^ 0xD15C)
        catalog = try SimulatedCatalog.make(budgetMilliseconds: program.budgetMilliseconds)
        policies = try SimulatedPolicies.make()
    }

    /// Runs the program to its end.
    func run() -> Outcome {
        let baton = Baton(program.schedule, clock: clock, trace: trace, turnsMax: 400_000) {
            [weak self] turn in
            self?.noteTurn(turn)
        }
        disk.onOperation { [weak self] operation in self?.noteOperation(operation.number) }
        let halt = baton.run { Director(world: self, baton: baton).direct() }
        disk.onOperation(nil)
        if let halt { find(.halted, "\(halt)") }
        if disk.copiesOfCopiedLogs > 0 {
            find(.log, "copied beside the writer \(disk.copiesOfCopiedLogs) times when all of it was copied")
        }
        return Outcome(
            findings: findings, traceHash: trace.hash, turns: baton.turns,
            operations: disk.operations, crashes: state.withLock { $0.crashesDone },
            requests: history.count, switches: residence.switches, fences: residence.fences,
            unsearched: state.withLock { $0.unsearched })
    }

    /// A line of the trace.
    func say(_ line: @autoclosure () -> String) {
        trace.say("\(clock.elapsedNanoseconds / 1000) us  \(line())")
    }

    // MARK: The server

    /// The process that lives, or nil.
    var living: Server? {
        state.withLock { $0.server }.flatMap { $0.isDead ? nil : $0 }
    }

    /// The process that was started last.
    var server: Server? { state.withLock { $0.server } }

    func install(_ server: Server?) {
        state.withLock { state in
            state.server = server
            state.isStarting = false
            // The machine failed while it started, at a moment that it did not notice.
            if state.hasFailedToStart { server?.end() }
        }
    }

    /// Whether the machine failed while the process that was started last was not ready yet.
    var hasFailedToStart: Bool { state.withLock { $0.hasFailedToStart } }

    /// A process begins: turns and operations are counted from here. Its number.
    func noteStart(turn: Int) -> Int {
        let operations = disk.operations
        return state.withLock { state in
            state.starts += 1
            state.isStarting = true
            state.hasFailedToStart = false
            state.turnOfStart = turn
            state.operationOfStart = operations
            return state.starts
        }
    }

    /// Runs `body`, which only looks, between two moments of the process that starts: no crash comes meanwhile, and its turns and
    /// operations do not count.
    func look(_ baton: Baton, _ body: () throws -> Void) rethrows {
        let (turns, operations) = (baton.turns, disk.operations)
        state.withLock { $0.isStarting = false }
        defer {
            let (newTurns, newOperations) = (baton.turns - turns, disk.operations - operations)
            state.withLock { state in
                state.isStarting = true
                state.turnOfStart += newTurns
                state.operationOfStart += newOperations
            }
        }
        try body()
    }

    /// No crash comes any more.
    func calm() { state.withLock { $0.isQuiet = true } }

    private func noteTurn(_ turn: Int) {
        crash { state, crash in
            if case .turn(let wanted) = crash.moment { turn - state.turnOfStart >= wanted } else { false }
        }
    }

    private func noteOperation(_ number: Int) {
        for slow in program.slowness where number >= slow.first && number < slow.first + slow.count {
            clock.advance(byNanoseconds: UInt64(slow.millisecondsPerOperation) * 1_000_000)
        }
        crash { state, crash in
            guard case .operation(let wanted) = crash.moment else { return false }
            return number - state.operationOfStart >= wanted
        }
    }

    /// Lets the machine fail, if it is time and a process lives.
    private func crash(if isTime: (State, Program.Crash) -> Bool) {
        let crash = state.withLock { state -> Program.Crash? in
            guard !state.isQuiet, program.crashes.indices.contains(state.crashesDone),
                isTime(state, program.crashes[state.crashesDone])
            else { return nil }
            if let server = state.server {
                guard !server.isDead else { return nil }
                server.end()
            } else {
                guard state.isStarting, !state.hasFailedToStart else { return nil }
                state.hasFailedToStart = true
            }
            state.crashesDone += 1
            return program.crashes[state.crashesDone - 1]
        }
        guard let crash else { return }
        say("CRASH \(crash)")
        if crash.losesPower { disk.crash(seed: crash.seed) } else { disk.kill() }
    }

    // MARK: The disk's faults

    /// Whether the disk may fail without the machine.
    var hasDiskFaults: Bool { !program.faults.isEmpty }

    /// From now on they come.
    func planFaults() {
        for fault in program.faults {
            disk.fail(
                fault.kind == .sync ? .sync : .write, with: fault.kind == .full ? .full : .failing,
                after: fault.after, count: fault.count, seed: fault.seed)
        }
    }

    /// Whether items end by themselves.
    var hasFleetingItems: Bool {
        program.clients.contains { client in
            client.requests.contains { request in
                guard case .putFleeting = request else { return false }
                return true
            }
        }
    }

    /// What is to be spoiled of the chunk that is copied now; nil where nothing is.
    func takeSpoil(of tenant: TenantID) -> Program.Spoil? {
        guard !program.spoils.isEmpty else { return nil }
        return state.withLock { state in
            let spoil = program.spoils.first { $0.chunk == state.chunksCopied }
            state.chunksCopied += 1
            if spoil != nil { state.spoiled.insert(tenant) }
            return spoil
        }
    }

    /// Whether something else than the source has came to a target of the tenant.
    func isSpoiled(_ tenant: TenantID?) -> Bool {
        guard let tenant else { return false }
        return spoiled.contains(tenant)
    }

    /// The tenants to whose targets something else than the source has came.
    var spoiled: Set<TenantID> { state.withLock { $0.spoiled } }

    // MARK: Who is at work

    func begin() { state.withLock { $0.unfinished += 1 } }
    func finish() { state.withLock { $0.unfinished -= 1 } }
    var isAtRest: Bool { state.withLock { $0.unfinished == 0 } }

    // MARK: Findings

    var findings: [Finding] { state.withLock { $0.findings } }

    /// A history was too long to be searched, so that nobody knows of it.
    func noteUnsearched(_ text: String) {
        state.withLock { $0.unsearched += 1 }
        find(.unsearched, text)
    }

    func find(_ kind: Finding.Kind, _ text: String) {
        say("FOUND \(kind): \(text)")
        state.withLock { $0.findings.append(Finding(kind: kind, text: text)) }
    }
}

/// Something that must never be.
struct Finding: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        /// What clients saw is not what one store that does one thing at a time could have answered.
        case history
        /// A session saw, or could have changed, what is another district's.
        case breach
        /// A write was accepted where the tenant is not in charge.
        case charge
        /// Something is left that nobody owns, or missing that somebody needs.
        case leftover
        /// A run does not come to its end.
        case run
        /// Audit, outbox and state do not agree.
        case record
        /// An answer that nobody should get.
        case answer
        /// A history is too long to be searched: nobody knows whether it is possible.
        case unsearched
        /// A store's log was treated in a way by which SQLite may lose commits.
        case log
        /// The simulation cannot go on.
        case halted
    }

    let kind: Kind
    let text: String
}

/// What became of a simulation.
public struct Outcome: Sendable {
    let findings: [Finding]
    let traceHash: UInt64
    let turns: Int
    let operations: Int
    let crashes: Int
    let requests: Int
    let switches: Int
    let fences: Int
    /// Histories whose search was given up.
    let unsearched: Int
}

extension Outcome {
    /// One line for people.
    public var summary: String {
        let figures =
            "\(turns) turns, \(operations) disk operations, \(requests) requests, \(fences) fences, "
            + "\(switches) switches, \(crashes) crashes, \(unsearched) not searched, trace \(String(traceHash, radix: 16))"
        let found = findings.map { "\n    \($0.kind.rawValue): \($0.text)" }.joined()
        return figures + found
    }

    /// Whether nothing was found.
    public var isClean: Bool { findings.isEmpty }
}
