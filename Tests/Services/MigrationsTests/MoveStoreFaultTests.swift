import Base
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

/// The process dies at each commit that a move makes to a store, on its way forward and back, with and without a wish that was
/// recorded just before. All the while somebody writes. What does the next process make of it?
@Suite struct MoveStoreFaultTests {
    enum Wish {
        case none
        case pause
        case cancel
    }

    @Test(arguments: [("premium", Wish.cancel), ("advanced", .none), ("advanced", .pause)])
    func survivesDeathAtEachCommitOfAStore(target: String, wish: Wish) throws {
        let count = try exhaust { commit in
            try Death(to: target, wish: wish, isOnTheWayBack: false).die(at: commit)
        }
        #expect(count > 15)
    }

    @Test(arguments: [("premium", Wish.none), ("advanced", .pause)])
    func survivesDeathAtEachCommitOfAStoreOnTheWayBack(target: String, wish: Wish) throws {
        let count = try exhaust { commit in
            try Death(to: target, wish: wish, isOnTheWayBack: true).die(at: commit)
        }
        #expect(count > 8)
    }

    /// The process lives: the step is tried again, and nobody waited for it.
    @Test(
        arguments: [
            ("premium", MortalStores.Fault.refusal), ("advanced", .refusal), ("advanced", .lostAnswer),
        ],
        [false, true])
    func survivesTheFailureOfEachCommitOfAStore(
        way: (target: String, fault: MortalStores.Fault), isOnTheWayBack: Bool
    ) throws {
        let count = try exhaust { commit in
            try Death(to: way.target, wish: .none, isOnTheWayBack: isOnTheWayBack)
                .outlive(commit, way.fault)
        }
        #expect(count > 8)
    }

    @Test(arguments: MortalEngine.Death.allCases, [false, true])
    func survivesTheFailureOfEachWriteOfTheRegistry(
        death: MortalEngine.Death, isOnTheWayBack: Bool
    ) throws {
        let count = try exhaust { write in
            try Death(to: "advanced", wish: .none, isOnTheWayBack: isOnTheWayBack)
                .outliveOfRegistry(write, death)
        }
        #expect(count > 8)
    }

    /// The registry cannot even say whether what it was asked for is done, and somebody holds the move before the next try: seed 61677
    /// of the simulator.
    @Test(arguments: MortalEngine.Death.allCases, [false, true])
    func nobodyWaitsForAMoveThatIsHeldBehindAFailureOfTheRegistry(
        death: MortalEngine.Death, isOnTheWayBack: Bool
    ) throws {
        var (held, heldBack) = (0, 0)
        let count = try exhaust { write in
            let end = try Death(to: "advanced", wish: .pause, isOnTheWayBack: isOnTheWayBack)
                .hold(behindFailureOf: write, death)
            if case .held(let isFenced) = end { (held, heldBack) = (held + 1, heldBack + (isFenced ? 1 : 0)) }
            return end != .unscathed
        }
        #expect(count > 8 && held > count / 2, "\(held) of \(count)")
        #expect(heldBack > 0, "no fence stood")
    }

    /// What became of a move whose registry was to fail.
    fileprivate enum Hold: Equatable {
        /// There were not as many writes.
        case unscathed
        /// It was not to be held any more, or not yet.
        case missed
        /// It was held; before, a fence may have stood.
        case held(isFenced: Bool)
    }

    @Test(arguments: ["premium", "advanced"])
    func aKeyThatIsWrittenAtEveryMomentIsNoDifference(target: String) throws {
        try Death(to: target, wish: .none, isOnTheWayBack: false).live()
    }

    /// Tries each commit until the move comes to its end before it; how many there were.
    private func exhaust(_ body: (Int) throws -> Bool) throws -> Int {
        for commit in 1...200 {
            do {
                guard try body(commit) else { return commit - 1 }
            } catch { Issue.record("killed at commit \(commit): \(error)") }
        }
        Issue.record("it does not come to an end")
        return 0
    }
}

/// One death and what comes after it.
private struct Death {
    private let world: MoveWorld
    private let wish: MoveStoreFaultTests.Wish
    private let isOnTheWayBack: Bool
    private let writer: Writer

    init(to target: String, wish: MoveStoreFaultTests.Wish, isOnTheWayBack: Bool) throws {
        world = try MoveWorld(to: target, undoWindowSeconds: isOnTheWayBack ? 600 : 0)
        self.wish = wish
        self.isOnTheWayBack = isOnTheWayBack
        writer = try Writer(world)
    }

    /// Whether the process died at all.
    func die(at commit: Int) throws -> Bool {
        let mortal = MortalEngine(world.folder.store)
        let stores = MortalStores(world.stores, registry: mortal) { [writer] commit in
            if commit % 3 == 0 { writer.write() }
        }
        let first = try Process(world, stores: stores, registry: world.folder.open(through: mortal))
        let run: RunID
        if isOnTheWayBack {
            run = try world.start(first.engine)
            while try first.engine.get(run).step?.name != "keep" { _ = try first.advance() }
            writer.write()
            try first.engine.cancel(run, actor: .system)
            stores.arm(atCommit: commit)
        } else {
            stores.arm(atCommit: commit)
            run = try world.start(first.engine)
        }
        while !stores.isDead, try first.advance() {}
        first.engine.stop()
        guard stores.isDead else { return false }
        try revive(run)
        return true
    }

    /// One commit of a store fails, and the process goes on; whether the move came to that commit at all.
    func outlive(_ commit: Int, _ fault: MortalStores.Fault) throws -> Bool {
        let stores = MortalStores(world.stores, registry: MortalEngine(world.folder.store)) {
            [writer] commit in
            if commit % 3 == 0 { writer.write() }
        }
        let process = try Process(world, stores: stores, registry: world.folder.open())
        try goThrough(process) { stores.arm(atCommit: commit, fault) }
        return stores.hasFailed
    }

    /// One write of the registry fails, and the process goes on; whether there were as many.
    func outliveOfRegistry(_ write: Int, _ death: MortalEngine.Death) throws -> Bool {
        let mortal = MortalEngine(world.folder.store, dyingAt: write, death, recovers: true)
        let stores = MortalStores(world.stores, registry: mortal) { [writer] commit in
            if commit % 3 == 0 { writer.write() }
        }
        let process = try Process(world, stores: stores, registry: world.folder.open(through: mortal))
        try goThrough(process) {}
        return mortal.writeCount >= write
    }

    /// The registry fails from one write on until the move is held.
    func hold(behindFailureOf write: Int, _ death: MortalEngine.Death) throws -> MoveStoreFaultTests.Hold {
        let mortal = MortalEngine(world.folder.store, death)
        let stores = MortalStores(world.stores, registry: mortal) { [writer] commit in
            if commit % 3 == 0 { writer.write() }
        }
        let process = try Process(world, stores: stores, registry: world.folder.open(through: mortal))
        let run = try world.start(process.engine)
        if isOnTheWayBack {
            while try process.engine.get(run).step?.name != "keep" { try process.advance() }
            try process.engine.cancel(run, actor: .system)
        }
        mortal.arm(atWrite: write)
        do { while !mortal.isDead, try process.advance() {} } catch {
            try world.expect(mortal.isDead, "\(error)")
        }
        guard mortal.isDead else { return .unscathed }
        mortal.revive()
        var end = MoveStoreFaultTests.Hold.missed
        let isFenced = try world.stores.list().contains {
            try world.stores.store($0).resident(world.mover.id)?.state == .fenced
        }
        do { try process.engine.pause(run, actor: .system) } catch WorkflowError.finished {
            // What failed was its end, and is made.
        } catch WorkflowError.notApplicable {
            // It is to be taken back, and that has not begun.
        }
        while try process.advance() {}
        if try process.engine.get(run).state == .paused {
            end = .held(isFenced: isFenced)
            try world.expect(writer.write(), "a write waits for a move that is held")
            try process.engine.resume(run, actor: .system)
            while try process.advance() {}
        }
        try checkEnd(of: run, process)
        return end
    }

    /// The whole move, and back where that is asked. After each call of the engine one store takes writes, the placement's.
    private func goThrough(_ process: Process, armed arm: () -> Void) throws {
        if !isOnTheWayBack { arm() }
        let run = try start(process)
        if isOnTheWayBack {
            while try process.engine.get(run).step?.name != "keep" {
                try world.expect(try step(process), "nothing is due")
            }
            writer.write()
            arm()
            try patiently { try process.engine.cancel(run, actor: .system) }
        }
        while try step(process) {}
        try checkEnd(of: run, process)
    }

    private func checkEnd(of run: RunID, _ process: Process) throws {
        let record = try process.engine.get(run)
        try world.expect(
            record.state == (isOnTheWayBack ? .undone : .completed),
            "it is \(record.state): \(record.notes.map(\.text))")
        try writer.check()
        if isOnTheWayBack {
            try world.checkUndone(record, registry: process.registry)
        } else {
            try world.checkCompleted(record, registry: process.registry)
        }
    }

    @discardableResult private func step(_ process: Process) throws -> Bool {
        let isGoingOn = try patiently { try process.advance() }
        let placement = try process.registry.require(PlacementRecord.self, world.mover.id)
        let taking = try world.stores.list().filter {
            try world.stores.store($0).resident(world.mover.id)?.state == .active
        }
        try world.expect(taking == [placement.store], "writes are taken by \(taking)")
        return isGoingOn
    }

    /// Where the answer was lost the run is there.
    private func start(_ process: Process) throws -> RunID {
        do { return try world.start(process.engine) } catch {
            guard let run = try process.engine.list().records.first else {
                return try world.start(process.engine)
            }
            // As the next start of the server does.
            try process.engine.resumeAll()
            return run.id
        }
    }

    /// Does it once more where a write of the registry failed: one does.
    private func patiently<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { return try body() }
    }

    /// A whole life, with a write before each commit of the move.
    func live() throws {
        let stores = MortalStores(world.stores, registry: MortalEngine(world.folder.store)) { [writer] _ in
            writer.write()
        }
        let process = try Process(world, stores: stores, registry: world.folder.open())
        let run = try world.start(process.engine)
        while try process.advance() {}
        let record = try process.engine.get(run)
        try world.expect(
            record.state == .completed, "it is \(record.state): \(record.notes.map(\.text))")
        try writer.check()
        try world.checkCompleted(record, registry: process.registry)
    }

    private func revive(_ run: RunID) throws {
        let next = try Process(world, stores: world.stores, registry: world.folder.open())
        // Whether a wish was recorded just before the death or just after is the same to who reads the record.
        var end = isOnTheWayBack ? RunState.undone : .completed
        switch wish {
        case .none: break
        case .pause: try next.engine.pause(run, actor: .system)
        case .cancel:
            do {
                try next.engine.cancel(run, actor: .system)
                end = .undone
            } catch WorkflowError.pastReturn {}
        }
        try next.moves.lowerFences { Issue.record("\($0): \($1)") }
        let taking = try world.stores.list().filter {
            try world.stores.store($0).resident(world.mover.id)?.state == .active
        }
        try world.expect(taking.count == 1, "writes are taken by \(taking)")
        try next.engine.resumeAll()
        while try next.advance() {}
        if wish == .pause {
            try world.expect(try next.engine.get(run).state == .paused, "it is not paused")
            try world.expect(writer.write(), "a write is refused while the move is paused")
            try next.engine.resume(run, actor: .system)
            while try next.advance() {}
        }
        let record = try next.engine.get(run)
        try world.expect(record.state == end, "it is \(record.state): \(record.notes.map(\.text))")
        try writer.check()
        if end == .completed {
            try world.checkCompleted(record, registry: next.registry)
        } else {
            try world.checkUndone(record, registry: next.registry)
        }
    }
}

/// Somebody who writes to one student of the mover, routed by the placement there is.
private final class Writer: Sendable {
    private let world: MoveWorld
    private let registry: Registry
    private let values = Mutex((last: 0, acknowledged: 0))

    init(_ world: MoveWorld) throws {
        self.world = world
        registry = try world.folder.open()
    }

    /// Puts the student with the next value; whether that was acknowledged.
    @discardableResult
    func write() -> Bool {
        let value = values.withLock { values in
            values.last += 1
            return values.last
        }
        do { try put(value) } catch { return false }
        values.withLock { $0.acknowledged = value }
        return true
    }

    /// The last acknowledged write is there; then all is made as it was in the beginning.
    func check() throws {
        let value = values.withLock { $0.acknowledged }
        let wanted = try MoveWorld.student(0, of: world.mover.schools[0].id, value: value)
        let placement = try registry.require(PlacementRecord.self, world.mover.id)
        let write = try world.write(wanted, placement, tenant: world.mover.id).writes[0]
        let found = try world.stores.store(placement.store).get(GetItem(table: write.table, key: write.key))
        try world.expect(try found?.image.item() == wanted.item, "value \(value) is not there")
        try put(0)
    }

    private func put(_ value: Int) throws {
        let item = try MoveWorld.student(0, of: world.mover.schools[0].id, value: value)
        let placement = try registry.require(PlacementRecord.self, world.mover.id)
        try world.stores.store(placement.store)
            .write(try world.write(item, placement, tenant: world.mover.id))
    }
}

/// A process: its engine and services, over disks that outlive it.
private struct Process {
    let registry: Registry
    let engine: WorkflowEngine
    let moves: MoveService
    private let clock: ManualClock

    init(_ world: MoveWorld, stores: any StoreProvider, registry: Registry) throws {
        self.registry = registry
        clock = world.folder.clock
        let environment = MoveEnvironment(
            stores: stores, registry: registry,
            placements: Placements(registry: registry, catalog: world.catalog))
        engine = WorkflowEngine(
            registry: registry, workflows: [MoveWorkflow(environment: environment)], clock: clock,
            random: SeededRandom(seed: 7), threads: 0)
        moves = MoveService(environment: environment, engine: engine)
    }

    /// Does what is due, and lets the clock go on to what is due next; false where there is nothing.
    @discardableResult func advance() throws -> Bool {
        guard let due = try engine.runUntilIdle() else { return false }
        clock.advance(byMilliseconds: due.milliseconds(since: clock.now()))
        return true
    }
}
