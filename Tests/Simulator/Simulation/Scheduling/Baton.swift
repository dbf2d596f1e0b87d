import Base
import Dispatch
import Synchronization

/// Runs a simulation's threads one at a time: only who holds the baton runs, and at each point where a thread could wait, or
/// where another could come between, it is handed to whom the schedule draws. Time passes only where the schedule says so, or when
/// nobody can go on without it.
///
/// INVARIANT (one runs): everything a simulation's threads do happens while they hold the baton, so that the same schedule over
/// the same program does the same again.
final class Baton: Sendable {
    /// Why a simulation ended before its time.
    enum Halt: Hashable, Sendable {
        /// All threads wait for something that nobody will do.
        case deadlock([String])
        /// There were more turns than a simulation should need.
        case endless([String])
    }

    private struct Member: Sendable {
        let label: String
        let group: Int
        let gate: DispatchSemaphore
        let weight: Int
        /// What it waits for; nil where it only waits for its turn.
        var isMet: (@Sendable () -> Bool)?
        /// When it goes on whatever it waits for, by the clock; nil where never.
        var due: UInt64?

        func canRun(at now: UInt64) -> Bool {
            if let due, due <= now { return true }
            guard let isMet else { return due == nil }
            return isMet()
        }
    }

    private struct State {
        var members: [Int: Member] = [:]
        var order: [Int] = []
        var current = 0
        var newest = 0
        var turns = 0
        var halt: Halt?
    }

    let clock: SimulatedClock
    let trace: Trace
    private let schedule: Schedule
    private let random: SeededRandom
    private let turnsMax: Int
    private let onTurn: @Sendable (Int) -> Void
    private let turnNanoseconds: Atomic<UInt64>
    private let state = Mutex(State())
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter onTurn: is called at each turn with its number, by whoever hands the baton on; it does not wait.
    init(
        _ schedule: Schedule, clock: SimulatedClock, trace: Trace, turnsMax: Int,
        onTurn: @escaping @Sendable (Int) -> Void
    ) {
        self.schedule = schedule
        self.clock = clock
        self.trace = trace
        self.turnsMax = turnsMax
        self.onTurn = onTurn
        random = SeededRandom(seed: schedule.seed)
        turnNanoseconds = Atomic(schedule.turnNanoseconds)
    }

    /// A quieter hour: from now on a turn takes no longer than this.
    func quicken(toNanoseconds most: UInt64) {
        turnNanoseconds.store(min(most, schedule.turnNanoseconds), ordering: .relaxed)
    }

    /// Runs `body` as the first thread, waits until it and all threads that came of it have ended; says why where they cannot.
    func run(_ body: @escaping @Sendable () -> Void) -> Halt? {
        begin("world", group: 0, due: nil, body)
        handOn()
        finished.wait()
        return state.withLock { $0.halt }
    }

    var turns: Int { state.withLock { $0.turns } }

    /// Whether threads of the group are there.
    func hasMembers(of group: Int) -> Bool {
        state.withLock { state in state.members.values.contains { $0.group == group } }
    }

    /// Adds a thread, which runs when its turn comes.
    func begin(_ label: String, group: Int, due: UInt64?, _ body: @escaping @Sendable () -> Void) {
        let gate = DispatchSemaphore(value: 0)
        let weight = schedule.isUneven ? random.pick([1, 1, 4, 20]) : 1
        let id = state.withLock { state in
            state.newest += 1
            state.members[state.newest] = Member(
                label: label, group: group, gate: gate, weight: weight, due: due)
            state.order.append(state.newest)
            return state.newest
        }
        let task = Task(body)
        DispatchQueue(label: label).async {
            gate.wait()
            Conducting.$conductor.withValue(Group(number: group, baton: self)) { task.run() }
            self.end(id)
        }
    }

    /// Lets others run; comes back when `isMet` says so, or at `due`.
    func wait(until isMet: (@Sendable () -> Bool)?, due: UInt64? = nil) {
        if isMet?() ?? (due == nil), random.below(100) < schedule.stickiness { return }
        let mine = state.withLock { state -> DispatchSemaphore? in
            let id = state.current
            state.members[id]?.isMet = isMet
            state.members[id]?.due = due
            return state.members[id]?.gate
        }
        handOn()
        mine?.wait()
    }

    private func end(_ id: Int) {
        let isLast = state.withLock { state in
            state.members[id] = nil
            state.order.removeAll { $0 == id }
            return state.members.isEmpty
        }
        if isLast { finished.signal() } else { handOn() }
    }

    /// Gives the baton to the next.
    private func handOn() {
        let turn = state.withLock { state in
            state.turns += 1
            return state.turns
        }
        onTurn(turn)
        clock.advance(byNanoseconds: turnNanoseconds.load(ordering: .relaxed))
        guard turn <= turnsMax else { return halt(Halt.endless(waiting)) }
        guard let next = draw() else { return halt(Halt.deadlock(waiting)) }
        let (gate, label) = state.withLock { state in
            state.current = next
            state.members[next]?.isMet = nil
            state.members[next]?.due = nil
            return (state.members[next]?.gate, state.members[next]?.label ?? "")
        }
        trace.noteTurn(label)
        gate?.signal()
    }

    private func draw() -> Int? {
        while true {
            let members = state.withLock { state in
                state.order.compactMap { id in state.members[id].map { (id, $0) } }
            }
            let now = clock.monotonicNanoseconds()
            let able = members.filter { $0.1.canRun(at: now) }
            if !able.isEmpty {
                var ticket = random.below(able.reduce(0) { $0 + $1.1.weight })
                for (id, member) in able {
                    ticket -= member.weight
                    if ticket < 0 { return id }
                }
            }
            guard let due = members.compactMap({ $0.1.due }).min() else { return nil }
            clock.advance(to: due)
        }
    }

    private var waiting: [String] {
        state.withLock { state in state.order.compactMap { state.members[$0]?.label } }
    }

    /// The threads are left where they are.
    private func halt(_ halt: Halt) {
        state.withLock { $0.halt = halt }
        finished.signal()
    }
}

extension Baton {
    /// Something to run once. What it holds is let go of when it has run, by the thread that has the baton: what is closed with the
    /// last hold is closed in its turn.
    private final class Task: Sendable {
        private let body: Mutex<(@Sendable () -> Void)?>

        init(_ body: @escaping @Sendable () -> Void) { self.body = Mutex(body) }

        func run() {
            let body = self.body.withLock { body in
                defer { body = nil }
                return body
            }
            body?()
        }
    }

    /// The threads of one process, or of what is outside of all of them: group 0.
    struct Group: Conductor {
        let number: Int
        let baton: Baton

        func start(_ label: String, afterMilliseconds delay: Int, _ body: @escaping @Sendable () -> Void) {
            let due = delay > 0 ? baton.clock.monotonicNanoseconds() + UInt64(delay) * 1_000_000 : nil
            baton.begin(label, group: number, due: due, body)
        }

        func wait(until isMet: @escaping @Sendable () -> Bool) { baton.wait(until: isMet) }

        func pause(milliseconds: Int) {
            baton.wait(until: nil, due: baton.clock.monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000)
        }

        func choice(below count: Int) -> Int { baton.choice(below: count) }
    }

    /// A number that the schedule draws.
    func choice(below count: Int) -> Int { random.below(count) }

    /// Lets others run.
    func point() { wait(until: nil) }

    /// Comes back after so many milliseconds.
    func pause(milliseconds: Int) {
        wait(until: nil, due: clock.monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000)
    }
}
