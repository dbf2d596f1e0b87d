import Base
import FoundationEssentials
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// A tenant that writes faster than its move follows: when its writes are held back, that they go on then whatever fails meanwhile, and
/// that none is lost.
@Suite struct MoveBrakeTests {
    @Test func aLogThatIsGoneThroughInVainHoldsWritesBackOnce() throws {
        let scene = try Scene()
        try scene.live()
        let held = Flood.Held(step: "switch", passesInVain: Limits.passesInVainMax - 1, epoch: 2)
        #expect(scene.flood.held == held, "\(String(describing: scene.flood.held))")
        #expect(scene.flood.servedEpoch == 3, "it is served again where it was")
        #expect(scene.flood.fences == 2, "held back once, and then the switch")
        #expect(try scene.receipt().fences == 1)
        #expect(try scene.epoch() == 5)
    }

    @Test func aLogThatGrowsFromLookToLookHoldsWritesBackOnce() throws {
        // Of so many entries a look applies 500.
        let scene = try Scene(Flood.Habit(requests: 4, keys: 100, commitsMax: 100, milliseconds: 60))
        try scene.live(itemsPerSecond: 10)
        let held = try #require(scene.flood.held)
        #expect(held == Flood.Held(step: "copy", passesInVain: 0, epoch: 2))
        #expect(scene.flood.servedEpoch == 3)
        #expect(try scene.receipt().fences == 1 && scene.epoch() == 5)
    }

    /// The tenant writes at the target and nothing keeps pace with it: what the way back needs stays bounded all the same.
    @Test func theLogOfAKeptSourceHoldsWritesBackOnce() throws {
        let habit = Flood.Habit(requests: 4, keys: 100, milliseconds: 60, step: "keep")
        let scene = try Scene(habit, undoWindowSeconds: 600)
        try scene.live()
        let held = try #require(scene.flood.held)
        // The switch was the first fence.
        #expect(held == Flood.Held(step: "keep", passesInVain: 0, epoch: 4))
        #expect(scene.flood.servedEpoch == 5)
        // Until five looks have found more of it: 4,200 entries as it is.
        #expect(scene.flood.longestLog > Limits.copyLagMax)
        #expect(scene.flood.longestLog < 3 * Limits.copyLagMax)
    }

    @Test(arguments: [MortalStores.Fault.death, .refusal, .lostAnswer])
    func nobodyWaitsWhereACommitOfItFails(fault: MortalStores.Fault) throws {
        let commits = try Scene.weary().live().commits
        #expect(commits.count >= 4, "the fence, what is applied, what is forgotten, and the fence again")
        for commit in commits {
            do {
                let scene = try Scene.weary()
                switch fault {
                case .death: try scene.die(at: commit)
                case .refusal, .lostAnswer: try scene.outlive(commit, fault)
                }
            } catch { Issue.record("\(fault) at \(commit) of \(commits): \(error)") }
        }
    }

    @Test(arguments: MortalEngine.Death.allCases)
    func nobodyWaitsWhereAWriteOfTheRegistryFails(death: MortalEngine.Death) throws {
        let writes = try Scene.weary().live().writes
        for write in writes {
            do {
                try Scene.weary(registryFailsAt: write, death).outliveOfRegistry()
            } catch { Issue.record("\(death) at \(write) of \(writes): \(error)") }
        }
    }
}

/// A school that writes at each commit of its move, until its writes have been held back once.
private final class Flood: Sendable {
    /// What it does at each commit.
    struct Habit {
        /// Requests, each of so many keys.
        var requests = 1
        var keys = 60
        /// After so many commits it rests whatever happens, so that each test ends.
        var commitsMax = 1500
        /// How long a commit takes.
        var milliseconds: Int64 = 0
        /// The step of the move in which it does so; nil for all.
        var step: String?
    }

    /// Numbers of the stores' commits, that of the fence the first of them, and of the registry's writes while its writes were held
    /// back first.
    struct Brake {
        let commits: ClosedRange<Int>
        let writes: ClosedRange<Int>
    }

    /// How it stood when its writes were held back first.
    struct Held: Equatable {
        let step: String
        let passesInVain: Int
        let epoch: Int64
    }

    private struct State {
        var value = 0
        var acknowledged = 0
        var held: Held?
        var servedEpoch: Int64?
        var fences = 0
        var longestLog = 0
        var isFenced = false
        var firstCommit: Int?
        var lastCommit = 0
        var writesBefore = 0
        var writesAfter = 0
    }

    private let world: MoveWorld
    private let registry: Registry
    let habit: Habit
    private let state = Mutex(State())

    init(_ world: MoveWorld, _ habit: Habit) throws {
        self.world = world
        self.habit = habit
        registry = try world.folder.open()
    }

    var held: Held? { state.withLock { $0.held } }
    /// The epoch at which it was served again.
    var servedEpoch: Int64? { state.withLock { $0.servedEpoch } }
    /// How often it found a fence.
    var fences: Int { state.withLock { $0.fences } }
    var brake: Brake? {
        state.withLock { state in
            guard let first = state.firstCommit, state.writesAfter > state.writesBefore else { return nil }
            return Brake(
                commits: first...state.lastCommit, writes: state.writesBefore + 1...state.writesAfter)
        }
    }
    /// The most of its entries that waited at the store in charge.
    var longestLog: Int { state.withLock { $0.longestLog } }
    var isServedAgain: Bool { servedEpoch != nil }

    /// What it has written in the end.
    func items() throws -> [MoveWorld.Entity] {
        let value = state.withLock { $0.acknowledged }
        return try (0..<habit.keys).map { try student($0, value: value) }
    }

    /// What it does before a commit of the move, when the registry has been written so often.
    func look(_ commit: Int, _ writes: Int) {
        do {
            guard try isItsStep() else { return }
            let placement = try registry.require(PlacementRecord.self, world.mover.id)
            let store = try world.stores.store(placement.store)
            let waiting = try store.changeCount(of: world.mover.id, after: 0)
            state.withLock { $0.longestLog = max($0.longestLog, waiting) }
            let resident = try store.resident(world.mover.id)
            if resident?.state == .fenced { return try noteFence(commit, writes, placement) }
            state.withLock { $0.isFenced = false }
            // In the midst of its being lowered nobody is routed by the new epoch yet.
            guard resident?.epoch == placement.epoch else { return }
            guard !isServedAgain, commit <= habit.commitsMax else { return }
            world.folder.clock.advance(byMilliseconds: habit.milliseconds)
            for _ in 0..<habit.requests {
                guard try write() else { throw MoveWorld.Unmet(description: "a write is refused") }
            }
            guard held != nil else { return }
            state.withLock { ($0.servedEpoch, $0.writesAfter) = (placement.epoch, writes) }
        } catch { Issue.record("at commit \(commit): \(error)") }
    }

    private func isItsStep() throws -> Bool {
        guard let step = habit.step else { return true }
        return try registry.list(RunRecord.self).records.first?.step?.name == step
    }

    private func noteFence(_ commit: Int, _ writes: Int, _ placement: PlacementRecord) throws {
        let run = try #require(try registry.list(RunRecord.self).records.first)
        let held = Held(
            step: run.step?.name ?? "its end", passesInVain: try Pace.remembered(by: run)?.passesInVain ?? 0,
            epoch: placement.epoch + 1)
        state.withLock { state in
            if !state.isFenced { state.fences += 1 }
            state.isFenced = true
            state.held = state.held ?? held
            guard state.fences == 1 else { return }
            if state.firstCommit == nil { (state.firstCommit, state.writesBefore) = (commit - 1, writes) }
            state.lastCommit = commit
        }
    }

    /// Puts all of its keys with the next value, as the placement says; false where it would have to wait.
    func write() throws -> Bool {
        let value = state.withLock { state in
            state.value += 1
            return state.value
        }
        do {
            let placement = try registry.require(PlacementRecord.self, world.mover.id)
            let writes = try (0..<habit.keys).map {
                try world.write(student($0, value: value), placement, tenant: world.mover.id)
            }
            let request = WriteRequest(.transaction, writes.flatMap(\.writes), route: writes[0].route)
            try world.stores.store(placement.store).write(request)
        } catch TableError.misrouted { return false }
        state.withLock { $0.acknowledged = value }
        return true
    }

    private func student(_ number: Int, value: Int) throws -> MoveWorld.Entity {
        try MoveWorld.student(1000 + number, of: world.mover.schools[1].id, value: value)
    }
}

/// The move of such a tenant, in a process of which something may fail.
private struct Scene {
    let flood: Flood
    private let world: MoveWorld
    private let mortal: MortalEngine
    private let stores: MortalStores
    private let registry: Registry
    private let engine: WorkflowEngine
    private let passesInVain: Int

    init(
        _ habit: Flood.Habit = Flood.Habit(), undoWindowSeconds: Int = 0, passesInVain: Int = 0,
        registryFailsAt write: Int? = nil, _ death: MortalEngine.Death = .beforeWrite
    ) throws {
        world = try MoveWorld(undoWindowSeconds: undoWindowSeconds)
        let flood = try Flood(world, habit)
        self.flood = flood
        self.passesInVain = passesInVain
        let mortal = MortalEngine(world.folder.store, dyingAt: write, death, recovers: true)
        self.mortal = mortal
        stores = MortalStores(world.stores, registry: mortal) { flood.look($0, mortal.writeCount) }
        registry = try world.folder.open(through: mortal)
        engine = Scene.engine(world, over: stores, registry).engine
    }

    /// One in which the next pass in vain is the last.
    static func weary(registryFailsAt write: Int? = nil, _ death: MortalEngine.Death = .beforeWrite) throws
        -> Scene
    {
        try Scene(passesInVain: Limits.passesInVainMax - 1, registryFailsAt: write, death)
    }

    private static func engine(
        _ world: MoveWorld, over stores: any StoreProvider, _ registry: Registry
    ) -> (engine: WorkflowEngine, moves: MoveService) {
        let environment = MoveEnvironment(
            stores: stores, registry: registry,
            placements: Placements(registry: registry, catalog: world.catalog), clock: world.folder.clock)
        let engine = WorkflowEngine(
            registry: registry, workflows: [MoveWorkflow(environment: environment)],
            clock: world.folder.clock, random: SeededRandom(seed: 7), threads: 0)
        return (engine, MoveService(environment: environment, engine: engine))
    }

    // MARK: Ways through it

    /// Nothing fails.
    @discardableResult func live(itemsPerSecond: Int? = nil) throws -> Flood.Brake {
        let run = try start()
        if let itemsPerSecond {
            try engine.throttle(run, itemsPerSecond: itemsPerSecond, actor: .system)
            while !flood.isServedAgain, try advance(engine) {}
            try engine.throttle(run, itemsPerSecond: nil, actor: .system)
        }
        while try advance(engine) {
            // In such a step nothing is committed unless somebody writes.
            if flood.habit.step != nil { flood.look(0, mortal.writeCount) }
        }
        try check(run, engine, registry)
        return try #require(flood.brake)
    }

    /// The process dies of one commit, and another one goes on.
    func die(at commit: Int) throws {
        stores.arm(atCommit: commit)
        let run = try start()
        while !stores.isDead, try advance(engine) {}
        engine.stop()
        try world.expect(stores.isDead, "nobody has died")
        let registry = try world.folder.open()
        let (next, moves) = Scene.engine(world, over: world.stores, registry)
        try moves.lowerFences { Issue.record("\($0): \($1)") }
        try world.expect(try flood.write(), "a write waits for a process that is gone")
        try next.resumeAll()
        while try advance(next) {}
        try check(run, next, registry)
    }

    /// One commit fails, and the process goes on.
    func outlive(_ commit: Int, _ fault: MortalStores.Fault) throws {
        stores.arm(atCommit: commit, fault)
        try goThrough()
        try world.expect(stores.hasFailed, "nothing has failed")
    }

    /// One write of the registry fails, and the process goes on.
    func outliveOfRegistry() throws { try goThrough() }

    /// The move as a whole; whenever its engine has nothing more to do now, the tenant is served.
    private func goThrough() throws {
        let run = try start()
        while try patiently({ try advance(engine) }) {
            try world.expect(try flood.write(), "a write waits while nothing is done for it")
        }
        try check(run, engine, registry)
    }

    /// Does it once more where a write of the registry failed: one does.
    private func patiently<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { return try body() }
    }

    private func advance(_ engine: WorkflowEngine) throws -> Bool {
        guard let due = try engine.runUntilIdle() else { return false }
        world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        return true
    }

    /// Starts the move; where that is asked it remembers that its log was gone through in vain.
    private func start() throws -> RunID {
        let run = try world.start(engine)
        guard passesInVain > 0 else { return run }
        try engine.throttle(run, itemsPerSecond: 10, actor: .system)
        while try engine.get(run).step?.name != "copy" { _ = try engine.runUntilIdle() }
        try engine.pause(run, actor: .system)
        _ = try engine.runUntilIdle()
        var pace = try Pace.remembered(by: engine.get(run)) ?? Pace()
        for _ in 0..<passesInVain { pace.notePassInVain() }
        let text = String(decoding: try JSONEncoder().encode(pace), as: UTF8.self)
        try registry.update(RunRecord.self, run) { record, _ in record.values[MoveMemory.pace] = text }
        try engine.throttle(run, itemsPerSecond: nil, actor: .system)
        try engine.resume(run, actor: .system)
        return run
    }

    // MARK: What is there in the end

    private func check(_ run: RunID, _ engine: WorkflowEngine, _ registry: Registry) throws {
        let record = try engine.get(run)
        try world.expect(
            record.state == .completed, "it is \(record.state): \(record.notes.map(\.text))")
        try world.check(
            world.mover, isIn: try #require(TierName("advanced")), registry: registry,
            items: world.items + flood.items())
    }

    func receipt() throws -> MoveReceipt {
        try #require(try registry.list(MoveReceipt.self).records.first)
    }

    func epoch() throws -> Int64 { try registry.require(PlacementRecord.self, world.mover.id).epoch }
}

extension Pace {
    /// What the run remembers of it; nil where nothing.
    fileprivate static func remembered(by run: RunRecord) throws -> Pace? {
        try run.values[MoveMemory.pace].map {
            try JSONDecoder().decode(Pace.self, from: Data($0.utf8))
        }
    }
}
