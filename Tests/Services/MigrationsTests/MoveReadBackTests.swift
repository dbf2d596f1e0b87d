import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// What is applied of the log is read back, on the way forward, while the source is kept, inside the fence and on the way back. What did
/// not arrive stops the change of hands, is named, and comes along with the next try: no acknowledged write is left behind.
@Suite struct MoveReadBackTests {
    /// When what a move brings is lost.
    enum Moment: CaseIterable {
        case beforeTheFence
        case inTheFence
    }

    /// A tenant that writes one student, and stores that lose what a move brings of it for as long as it is said.
    private final class Loss: Sendable {
        private struct State {
            var moment: Moment?
            var value = 0
        }

        let world: MoveWorld
        let registry: Registry
        private let key: EncodedKey
        private let state = Mutex(State())

        init() throws {
            world = try MoveWorld(undoWindowSeconds: 600)
            registry = try world.folder.open()
            let student = try MoveWorld.student(0, of: world.mover.schools[0].id, value: 0)
            let placement = try registry.require(PlacementRecord.self, world.mover.id)
            key = try world.write(student, placement, tenant: world.mover.id).writes[0].key
        }

        /// From now on. Where it is lost in the fence the student is written before each of the move's commits, so that there is a log then.
        func begin(_ moment: Moment) throws {
            try write()
            state.withLock { $0.moment = moment }
        }

        func end() { state.withLock { $0.moment = nil } }

        /// A new value for the student, where its store takes it.
        func write() throws {
            let value = state.withLock { $0.value + 1 }
            let placement = try registry.require(PlacementRecord.self, world.mover.id)
            let student = try MoveWorld.student(0, of: world.mover.schools[0].id, value: value)
            do {
                try world.stores.store(placement.store).write(
                    world.write(student, placement, tenant: world.mover.id))
                state.withLock { $0.value = value }
            } catch TableError.misrouted {}
        }

        /// - Parameter step: where the loss begins; where nil it does when it is told.
        func engine(_ moment: Moment, at step: String? = nil) -> WorkflowEngine {
            let stores = MortalStores(
                world.stores, registry: MortalEngine(world.folder.store),
                losing: { [self] item, isAtSwitch in
                    item.key == key
                        && state.withLock { $0.moment } == (isAtSwitch ? .inTheFence : .beforeTheFence)
                },
                beforeCommit: { [self] _ in
                    guard state.withLock({ $0.moment }) == .inTheFence else { return }
                    do { try write() } catch { Issue.record("\(error)") }
                })
            let environment = MoveEnvironment(
                stores: stores, registry: registry,
                placements: Placements(registry: registry, catalog: world.catalog), clock: world.folder.clock)
            let hasBegun = Once()
            return WorkflowEngine(
                registry: registry, workflows: [MoveWorkflow(environment: environment)],
                clock: world.folder.clock,
                random: SeededRandom(seed: 7), threads: 0,
                onBoundary: { [self] boundary in
                    guard boundary.step == step, boundary.point == .before, hasBegun.isFirst() else { return }
                    try begin(moment)
                })
        }

        /// What the tenant has, with the last value of the student that was acknowledged.
        func items() throws -> [MoveWorld.Entity] {
            let school = world.mover.schools[0].id
            return try MoveWorld.items(of: world.mover).filter {
                $0.item["recordKey"]?.string?.hasSuffix("\(school)#STUDENT#0") != true
            } + [try MoveWorld.student(0, of: school, value: state.withLock { $0.value })]
        }
    }

    private func advance(
        _ engine: WorkflowEngine, _ world: MoveWorld, until isEnough: () throws -> Bool = { false }
    ) throws {
        while try !isEnough(), let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
    }

    private func expectNamed(_ record: RunRecord, _ consequence: String) {
        #expect(
            record.notes.contains {
                $0.text.contains("1 items differ") && $0.text.contains("STUDENT#0` `PROFILE`")
                    && $0.text.contains(consequence)
            }, "\(record.notes.map(\.text))")
    }

    @Test(arguments: Moment.allCases) func whatIsLostBeforeTheSwitchLeavesTheSourceInCharge(moment: Moment)
        throws
    {
        let loss = try Loss()
        let engine = loss.engine(moment, at: "switch")
        let run = try loss.world.start(engine)
        try advance(engine, loss.world)
        let record = try engine.get(run)
        #expect(record.state == .undone)
        expectNamed(record, "the source stays in charge")
        try loss.world.check(
            loss.world.mover, isIn: loss.world.mover.tier, registry: loss.registry, items: loss.items())
    }

    /// While the source does not keep what it is given the target stays in charge, until somebody has it tried again.
    @Test(arguments: [(Moment.beforeTheFence, false), (.beforeTheFence, true), (.inTheFence, true)])
    func whatIsLostOnTheWayBackComesWithTheNextTry(moment: Moment, isAskedFor: Bool) throws {
        let loss = try Loss()
        let engine = loss.engine(moment)
        let run = try loss.world.start(engine)
        try advance(engine, loss.world) { try engine.get(run).step?.name == "keep" }
        try loss.begin(moment)
        if isAskedFor { try engine.cancel(run, actor: .system) }
        try advance(engine, loss.world)
        let record = try engine.get(run)
        guard case .failed = record.state else {
            Issue.record("it is \(record.state)")
            return
        }
        expectNamed(record, "the target stays in charge")
        if !isAskedFor { expectNamed(record, "the move is taken back") }
        let placement = try loss.registry.require(PlacementRecord.self, loss.world.mover.id)
        #expect(placement.store.text == "pool-advanced-1")
        loss.end()
        try loss.write()
        try engine.retry(run, actor: .system)
        try advance(engine, loss.world)
        #expect(try engine.get(run).state == .undone)
        try loss.world.check(
            loss.world.mover, isIn: loss.world.mover.tier, registry: loss.registry, items: loss.items())
    }
}
