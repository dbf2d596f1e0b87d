import Base
import Dispatch
import Items
import LocalTables
import Migrations
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Testing
import Workflows

/// Writers that never stop, each on keys of its own, routed as the gateway routes: by the directory, again where the store turns
/// them away. They record what was acknowledged.
private final class Writers: Sendable {
    private struct State {
        var isStopping = false
        var values: [MoveWorld.Entity: Int] = [:]
        var acknowledged = 0
        var failures: [String] = []
        var longestWaitNanoseconds: UInt64 = 0
    }

    private let world: MoveWorld
    private let all: [MoveWorld.Entity]
    private let directory: Directory
    private let state = Mutex(State())
    private let group = DispatchGroup()
    private let clock = SystemClock()

    init(_ world: MoveWorld, directory: Directory) throws {
        self.world = world
        all = try world.items
        self.directory = directory
    }

    var acknowledged: Int { state.withLock { $0.acknowledged } }
    var failures: [String] { state.withLock { $0.failures } }
    var longestWaitMilliseconds: Double { state.withLock { Double($0.longestWaitNanoseconds) / 1_000_000 } }

    func start(count: Int, seed: UInt64) {
        for number in 0..<count {
            group.enter()
            DispatchQueue(label: "writer.\(number)").async {
                self.work(number, of: count, random: SeededRandom(seed: seed &+ UInt64(number)))
                self.group.leave()
            }
        }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        group.wait()
    }

    /// What must be there at the end: the newest acknowledged state of each student.
    func expected() throws -> [MoveWorld.Entity] {
        let values = state.withLock { $0.values }
        return try all.map { entity in
            guard let value = values[entity], case .string(let key)? = entity.item["recordKey"] else {
                return entity
            }
            return try MoveWorld.student(key: key, value: value)
        }
    }

    private func work(_ number: Int, of count: Int, random: SeededRandom) {
        let students = all.filter { $0.table == "student-table" }.enumerated()
            .filter { $0.offset % count == number }.map(\.element)
        var value = 0
        while !state.withLock({ $0.isStopping }) {
            value += 1
            let student = students[Int(random.next() % UInt64(students.count))]
            guard case .string(let key)? = student.item["recordKey"] else { continue }
            do {
                let wait = try write(MoveWorld.student(key: key, value: value))
                state.withLock { state in
                    state.values[student] = value
                    state.acknowledged += 1
                    state.longestWaitNanoseconds = max(state.longestWaitNanoseconds, wait)
                }
            } catch { state.withLock { $0.failures.append("\(error)") } }
        }
    }

    private func write(_ entity: MoveWorld.Entity) throws -> UInt64 {
        let begun = clock.monotonicNanoseconds()
        while true {
            guard let placement = directory.entry(world.mover.id)?.placement else { continue }
            do {
                let store = try world.stores.store(placement.store)
                try store.write(try world.write(entity, placement, tenant: world.mover.id))
                return clock.monotonicNanoseconds() - begun
            } catch TableError.misrouted {
                guard clock.monotonicNanoseconds() - begun < 10_000_000_000 else {
                    throw TableError.misrouted(world.mover.id)
                }
            }
        }
    }
}

@Suite(.serialized) struct MoveUnderLoadTests {
    /// The longest that a write may wait, in milliseconds: the fence's budget, and what a busy machine takes besides.
    private static let waitMillisecondsMax = 2000.0

    /// Waits until the run is at this step, or settled.
    private func wait(_ engine: WorkflowEngine, _ run: RunID, until isReached: (RunRecord) -> Bool) throws {
        let clock = SystemClock()
        let end = clock.monotonicNanoseconds() + 60_000_000_000
        while try !isReached(engine.get(run)) {
            guard clock.monotonicNanoseconds() < end else {
                let record = try engine.get(run)
                Issue.record(
                    "the run is \(record.state) at \(record.step?.name ?? "its end"): \(record.notes)")
                return
            }
        }
    }

    @Test(arguments: [UInt64(1), 2])
    func noAcknowledgedWriteIsLostUpBackAndUpAgain(seed: UInt64) throws {
        let world = try MoveWorld(from: "basic", to: "premium", undoWindowSeconds: 600)
        let registry = try Registry(engine: world.folder.store, clock: SystemClock())
        let directory = try Directory(following: registry)
        let environment = world.environment(registry)
        let engine = WorkflowEngine(
            registry: registry, workflows: [MoveWorkflow(environment: environment)], clock: SystemClock(),
            random: SeededRandom(seed: seed), threads: 2)
        let moves = MoveService(environment: environment, engine: engine)
        let premium = try #require(TierName("premium"))
        let advanced = try #require(TierName("advanced"))
        let writers = try Writers(world, directory: directory)
        writers.start(count: 3, seed: seed)

        func move(to tier: TierName, undoWindowSeconds: Int) throws -> RunID {
            let before = writers.acknowledged
            let run = try moves.start(
                MoveInput(tenant: world.mover.id, tier: tier, undoWindowSeconds: undoWindowSeconds),
                actor: .system)
            try wait(engine, run) { $0.state.isSettled || $0.step?.name == "keep" }
            // Some writes are made at the new place before it goes on.
            let clock = SystemClock()
            let end = clock.monotonicNanoseconds() + 20_000_000_000
            while writers.acknowledged < before + 200, clock.monotonicNanoseconds() < end {}
            return run
        }

        let up = try move(to: premium, undoWindowSeconds: 600)
        #expect(directory.entry(world.mover.id)?.record.tier == premium)
        try moves.rollBack(up, actor: .system)
        try wait(engine, up) { $0.state.isSettled }
        #expect(try engine.get(up).state == .undone)
        #expect(directory.entry(world.mover.id)?.record.tier.text == "basic")
        #expect(try moves.receipt(up)?.outcome == .rolledBack)

        let again = try move(to: advanced, undoWindowSeconds: 0)
        try wait(engine, again) { $0.state.isSettled }
        #expect(try engine.get(again).state == .completed)
        let last = try move(to: premium, undoWindowSeconds: 0)
        try wait(engine, last) { $0.state.isSettled }
        #expect(try engine.get(last).state == .completed)

        writers.stop()
        engine.stop()
        #expect(writers.failures == [])
        #expect(writers.acknowledged > 600)
        #expect(writers.longestWaitMilliseconds < MoveUnderLoadTests.waitMillisecondsMax)
        try world.check(world.mover, isIn: premium, registry: registry, items: writers.expected())
        let receipts = try [up, again, last].map { try #require(try moves.receipt($0)) }
        for (earlier, later) in zip(receipts, receipts.dropFirst()) {
            #expect(later.previousDigest == earlier.digest)
            #expect(later.number == earlier.number + 1)
            #expect(try later.digest == later.computedDigest())
        }
    }

    @Test func aDifferenceStopsTheMoveAndNamesTheKey() throws {
        let world = try MoveWorld(from: "basic", to: "premium")
        let registry = try world.folder.open()
        let spoiler = SpoilingStep(world: world)
        var workflow = SpoiledWorkflow(MoveWorkflow(environment: world.environment(registry)))
        workflow.insert(spoiler, before: "verify")
        let engine = WorkflowEngine(
            registry: registry, workflows: [workflow], clock: world.folder.clock,
            random: SeededRandom(seed: 1),
            threads: 0)
        let run = try world.start(engine)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        let record = try engine.get(run)
        #expect(record.state == .undone)
        #expect(
            record.notes.contains {
                $0.text.contains("1 items differ") && $0.text.contains("STUDENT#0` `PROFILE`")
            }, "\(record.notes.map(\.text))")
        try world.checkUndone(record, registry: registry)
    }
}

/// A move with one more step.
private struct SpoiledWorkflow: Workflow {
    let kind: String
    let lock: String?
    private(set) var steps: [any WorkflowStep]

    init(_ base: MoveWorkflow) {
        kind = base.kind
        lock = base.lock
        steps = base.steps
    }

    mutating func insert(_ step: any WorkflowStep, before name: String) {
        guard let index = steps.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("no step \(name)")
        }
        steps.insert(step, at: index)
    }
}

/// Changes an item at the target behind the move's back.
private struct SpoilingStep: WorkflowStep {
    let world: MoveWorld
    let name = "spoil"

    func perform(_ context: RunContext) throws -> StepResult {
        let spoiled = try MoveWorld.student(0, of: world.mover.schools[0].id, value: 666)
        let store = try world.stores.store(
            PhysicalNames.tenantStore(world.mover.id, tier: context.input(as: MoveInput.self).tier))
        let table = try #require(store.schemas().first { $0.name.text.hasPrefix("student-table") })
        try store.apply(
            [
                MovedItem(
                    table: table.name, key: table.key.key(ofItem: spoiled.item),
                    image: ItemImage(spoiled.item))
            ],
            for: world.mover.id, run: context.run)
        return .done
    }
}
