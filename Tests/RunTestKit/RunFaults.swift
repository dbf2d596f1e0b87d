import Base
import Registry
import Synchronization
import Workflows

/// What a workflow is tested in: everything that outlives a process, made anew for each fault.
public protocol RunWorld: AnyObject {
    /// The disk of the registry, and the clock.
    var folder: RegistryFolder { get }
    /// The workflow, as a process that starts makes it over this registry. `registry` ends with the process.
    func workflow(over registry: Registry) throws -> any Workflow
    /// What the same process carries out besides: the kinds of the runs that this one starts.
    func companions(over registry: Registry) throws -> [any Workflow]
    /// The engine is made, and no run has gone on yet.
    func begin(_ engine: WorkflowEngine)
    /// Starts the run that is tested.
    func start(_ engine: WorkflowEngine) throws -> RunID
    /// Throws unless everything is as it must be after a run that has completed.
    func checkCompleted(_ run: RunRecord, registry: Registry) throws
    /// Throws unless nothing is left of a run that was undone.
    func checkUndone(_ run: RunRecord, registry: Registry) throws
    /// The steps that may do nothing and say they are done, and nobody finds out; with why that is so.
    var unnoticed: [String: String] { get }
}

extension RunWorld {
    /// None.
    public func companions(over registry: Registry) throws -> [any Workflow] { [] }

    /// Nothing is to be done.
    public func begin(_ engine: WorkflowEngine) {}

    /// None: a step that did nothing cannot succeed.
    public var unnoticed: [String: String] { [:] }
}

/// Puts one run through every fault in turn: each step fails, is repeated, is undone and undone twice; the
/// process dies at each boundary and at each commit; the run is cancelled and paused at each step; each step does nothing and
/// says it is done; each step that failed is skipped; the run waits for its turn, is cancelled there, and the process dies.
///
/// Each fault gets a world of its own. `exhaust` tells all that went wrong, by fault. The house check demands one of
/// `RunFaults(of: …)` for each kind of run there is in Sources.
public struct RunFaults {
    /// What went wrong, a line for each fault.
    public struct Failure: Error, CustomStringConvertible {
        /// The lines.
        public let description: String

        /// That this went wrong.
        public init(description: String) { self.description = description }
    }

    private struct Killed: Error {}

    let kind: String
    let makeWorld: () throws -> any RunWorld

    /// A test of the run of these worlds, which must be of that kind.
    public init(of kind: String, _ makeWorld: @escaping () throws -> any RunWorld) {
        self.kind = kind
        self.makeWorld = makeWorld
    }

    /// Puts the run through all faults; how many there were.
    /// - Throws: `Failure`.
    @discardableResult
    public func exhaust() throws -> Int {
        var failures: [String] = []
        var count = 0
        func attempt(_ fault: String, _ body: () throws -> Void) {
            count += 1
            do { try body() } catch { failures.append("\(fault): \(error)") }
        }
        let (boundaries, writes) = try plainRun()
        for (index, boundary) in boundaries.enumerated() {
            attempt("killed \(boundary)") { try killed(atBoundary: index) }
            attempt("paused \(boundary)") { try paused(atBoundary: index) }
            attempt("cancelled \(boundary)") { try cancelled(atBoundary: index) }
        }
        for write in 1...writes {
            for death in MortalEngine.Death.allCases {
                attempt("killed at commit \(write), \(death)") { try killed(atWrite: write, death) }
            }
        }
        var stepNames: [String] = []
        for boundary in boundaries where !stepNames.contains(boundary.step) {
            stepNames.append(boundary.step)
        }
        for step in stepNames {
            for fault in StepFault.allCases where fault != .skipsEffect {
                attempt("`\(step)` \(fault)") { try faulty(step: step, fault) }
            }
            attempt("`\(step)` does nothing and says it is done") { try withoutEffect(step: step) }
            attempt("`\(step)` fails and is skipped") { try skipped(step: step) }
            attempt("`\(step)` fails, killed at each boundary of the way back") {
                try faultyAndKilled(step: step, .failsAfter)
            }
        }
        attempt("waits for its turn when the process ends") { try waitingForTurn(isCancelled: false) }
        attempt("waits for its turn and is cancelled") { try waitingForTurn(isCancelled: true) }
        guard failures.isEmpty else { throw Failure(description: failures.joined(separator: "\n")) }
        return count
    }

    // MARK: The faults

    private func plainRun() throws -> (boundaries: [Boundary], writes: Int) {
        let world = try makeWorld()
        let mortal = MortalEngine(world.folder.store)
        let seen = Seen()
        let (registry, engine) = try process(world, through: mortal) { boundary in seen.add(boundary) }
        let run = try world.start(engine)
        guard try engine.get(run).kind == kind else {
            throw Failure(description: "its kind is `\(try engine.get(run).kind)`, not `\(kind)`")
        }
        try drive(engine, world)
        try check(run, engine, world, registry, mayComplete: true, mayUndo: false)
        return (seen.all, mortal.writeCount)
    }

    private func killed(atBoundary index: Int) throws {
        let world = try makeWorld()
        let seen = Seen()
        let (_, engine) = try process(world) { boundary in
            if seen.add(boundary) == index { throw Killed() }
        }
        let run = try world.start(engine)
        do { try drive(engine, world) } catch is Killed {}
        try finish(run, world, mayComplete: true, mayUndo: false)
    }

    private func killed(atWrite write: Int, _ death: MortalEngine.Death) throws {
        let world = try makeWorld()
        let mortal = MortalEngine(world.folder.store, dyingAt: write, death)
        let (_, engine) = try process(world, through: mortal)
        do { _ = try world.start(engine) } catch {
            guard mortal.isDead else { throw error }
        }
        while !mortal.isDead {
            guard let due = try engine.runUntilIdle() else { break }
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        engine.stop()
        // What `start` did not acknowledge may or may not be there; whoever asked asks again.
        let (registry, next) = try process(world)
        try next.resumeAll()
        try drive(next, world)
        let runs = try registry.list(RunRecord.self).records
        let run = try runs.first?.id ?? world.start(next)
        try drive(next, world)
        try check(run, next, world, registry, mayComplete: true, mayUndo: false)
    }

    private func paused(atBoundary index: Int) throws {
        let world = try makeWorld()
        let seen = Seen()
        let holder = Holder()
        let (registry, engine) = try process(world) { boundary in
            guard seen.add(boundary) == index else { return }
            // A step that may not be paused goes on.
            do { try holder.engine?.pause(boundary.run, actor: .system) } catch WorkflowError.notPausable {}
        }
        holder.engine = engine
        let run = try world.start(engine)
        let finished = WorkflowError.finished(run, state: RunState.completed.name)
        do { try drive(engine, world) } catch let error as WorkflowError {
            guard error == finished else { throw error }
            return
        }
        holder.engine = nil
        let state = try engine.get(run).state
        if state == .paused {
            try engine.resume(run, actor: .system)
            try drive(engine, world)
        } else if state != .completed {
            throw Failure(description: "it is \(state), not paused")
        }
        try check(run, engine, world, registry, mayComplete: true, mayUndo: false)
    }

    private func cancelled(atBoundary index: Int) throws {
        let world = try makeWorld()
        let seen = Seen()
        let holder = Holder()
        let refused = Mutex(false)
        let (registry, engine) = try process(world) { boundary in
            guard seen.add(boundary) == index else { return }
            do { try holder.engine?.cancel(boundary.run, actor: .system) } catch let error as WorkflowError {
                switch error {
                case .pastReturn, .finished: refused.withLock { $0 = true }
                default: throw error
                }
            }
        }
        holder.engine = engine
        let run = try world.start(engine)
        try drive(engine, world)
        holder.engine = nil
        let wasRefused = refused.withLock { $0 }
        try check(run, engine, world, registry, mayComplete: wasRefused, mayUndo: !wasRefused)
    }

    private func faulty(step: String, _ fault: StepFault) throws {
        let world = try makeWorld()
        let (registry, engine) = try process(world, fault: (step, fault))
        let run = try world.start(engine)
        try drive(engine, world)
        try check(
            run, engine, world, registry, mayComplete: !fault.endsInFailure, mayUndo: fault.endsInFailure)
    }

    /// How many boundaries a run reaches before it turns back: `killed(atBoundary:)` has tried those.
    private func boundaryCountForward(step: String, _ fault: StepFault) throws -> Int {
        let world = try makeWorld()
        let seen = Seen()
        let (_, engine) = try process(world, fault: (step, fault)) { boundary in seen.add(boundary) }
        _ = try world.start(engine)
        try drive(engine, world)
        return seen.all.firstIndex { $0.isUndo } ?? seen.all.count
    }

    private func faultyAndKilled(step: String, _ fault: StepFault) throws {
        var index = try boundaryCountForward(step: step, fault)
        while true {
            let world = try makeWorld()
            let seen = Seen()
            let fatal = index
            let (_, engine) = try process(world, fault: (step, fault)) { boundary in
                if seen.add(boundary) == fatal { throw Killed() }
            }
            let run = try world.start(engine)
            var wasKilled = false
            do { try drive(engine, world) } catch is Killed { wasKilled = true }
            guard wasKilled else { return }
            do {
                try finish(run, world, fault: (step, fault), mayComplete: false, mayUndo: true)
            } catch { throw Failure(description: "killed \(seen.all[index]): \(error)") }
            index += 1
        }
    }
}

extension RunFaults {
    /// Boundaries in the order they were reached.
    private final class Seen: Sendable {
        private let boundaries = Mutex<[Boundary]>([])
        var all: [Boundary] { boundaries.withLock { $0 } }

        /// Notes the boundary; its number, from 0.
        @discardableResult
        func add(_ boundary: Boundary) -> Int {
            boundaries.withLock { boundaries in
                boundaries.append(boundary)
                return boundaries.count - 1
            }
        }
    }

    /// The engine, for a hook that is made before it.
    private final class Holder: Sendable {
        private let held = Mutex<WorkflowEngine?>(nil)
        var engine: WorkflowEngine? {
            get { held.withLock { $0 } }
            set { held.withLock { $0 = newValue } }
        }
    }

    func process(
        _ world: any RunWorld, through mortal: MortalEngine? = nil,
        fault: (step: String, fault: StepFault)? = nil, onBoundary: BoundaryHook? = nil,
        change: (any Workflow) -> any Workflow = { $0 }
    ) throws -> (Registry, WorkflowEngine) {
        let registry = try mortal.map { try world.folder.open(through: $0) } ?? world.folder.open()
        var workflow = change(try world.workflow(over: registry))
        if let fault { workflow = FaultyWorkflow(workflow, step: fault.step, fault: fault.fault) }
        let workflows = [workflow] + (try world.companions(over: registry))
        let engine = WorkflowEngine(
            registry: registry, workflows: workflows, clock: world.folder.clock,
            random: SeededRandom(seed: 7), threads: 0, onBoundary: hook(onBoundary, over: registry))
        world.begin(engine)
        return (registry, engine)
    }

    /// What is done at a boundary is done to the run that is tested, not to those that it starts.
    private func hook(_ body: BoundaryHook?, over registry: Registry) -> BoundaryHook? {
        guard let body else { return nil }
        let kind = kind
        return { boundary in
            guard try registry.require(RunRecord.self, boundary.run).kind == kind else { return }
            try body(boundary)
        }
    }

    /// Lets time pass until nothing waits any more.
    func drive(_ engine: WorkflowEngine, _ world: any RunWorld) throws {
        for _ in 0..<10_000 {
            guard let due = try engine.runUntilIdle() else { return }
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        throw Failure(description: "it does not come to an end")
    }

    /// What a process that starts after a kill makes of the run.
    private func finish(
        _ run: RunID, _ world: any RunWorld, fault: (step: String, fault: StepFault)? = nil,
        mayComplete: Bool,
        mayUndo: Bool
    ) throws {
        let (registry, engine) = try process(world, fault: fault)
        try engine.resumeAll()
        try drive(engine, world)
        try check(run, engine, world, registry, mayComplete: mayComplete, mayUndo: mayUndo)
    }

    func check(
        _ run: RunID, _ engine: WorkflowEngine, _ world: any RunWorld, _ registry: Registry,
        mayComplete: Bool,
        mayUndo: Bool
    ) throws {
        let record = try engine.get(run)
        switch record.state {
        case .completed where mayComplete: try world.checkCompleted(record, registry: registry)
        case .undone where mayUndo: try world.checkUndone(record, registry: registry)
        case .failed where mayUndo:
            // A workflow that stops where it is, or has passed the point of no return: a retry by somebody
            // goes on from there.
            break
        case .pending, .running, .waiting, .paused, .failed, .undoing, .undone, .completed:
            throw Failure(description: "it is \(record.state); \(record.notes.map(\.text))")
        }
        guard record.state.isFinal else { return }
        let open = try registry.list(OpenRun.self).records
        let locks = try registry.list(RunLock.self).records
        guard open.isEmpty, locks.isEmpty else {
            throw Failure(description: "left behind: \(open.count) marks of open runs, \(locks.count) locks")
        }
    }
}
