import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Testing
import Tokens
import Workflows

@testable import Migrations

@Suite struct SchoolMoveTests {
    static let places = [
        ("basic", "basic"), ("basic", "advanced"), ("basic", "premium"), ("premium", "basic"),
        ("premium", "premium"),
    ]

    /// A process over a world, whose engine works only when it is told to.
    private struct Process {
        let world: SchoolMoveWorld
        let registry: Registry
        let engine: WorkflowEngine
        let service: SchoolMoveService

        init(_ world: SchoolMoveWorld) throws {
            self.world = world
            registry = try world.folder.open()
            let environment = world.world.environment(registry)
            engine = WorkflowEngine(
                registry: registry,
                workflows: [
                    SchoolMoveWorkflow(environment: environment), MoveWorkflow(environment: environment),
                ], clock: world.folder.clock, random: SeededRandom(seed: 1), threads: 0)
            service = SchoolMoveService(
                environment: environment, engine: engine, clock: world.folder.clock)
        }

        func drive() throws {
            while let due = try engine.runUntilIdle() {
                world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
            }
        }
    }

    @Test(arguments: places) func movesEverythingAndLeavesNothing(source: String, target: String) throws {
        let process = try Process(SchoolMoveWorld(from: source, to: target))
        let plan = try process.service.plan(process.world.input)
        let run = try process.service.start(process.world.input, actor: .system, idempotencyKey: "once")
        try process.drive()
        let record = try process.engine.get(run)
        #expect(record.state == .completed, "\(record.notes)")
        try process.world.checkCompleted(record, registry: process.registry)
        let receipt = try #require(try process.service.receipt(run))
        #expect(plan.isCopied == (source != "basic" || target != "basic"))
        #expect(receipt.copied.items == (plan.isCopied ? plan.owned.items : 0) + plan.hanging.items)
        #expect(plan.owned.items == 10 && plan.hanging.items == 1 && plan.unrecognised == 0)
        // Asked for once more by the same key it is the same run; by another key it is refused: the school has left.
        #expect(
            try process.service.start(process.world.input, actor: .system, idempotencyKey: "once") == run)
        #expect(
            throws: SchoolMoveError.noSuchSchool(process.world.input.from, process.world.school.id)
        ) { try process.service.start(process.world.input, actor: .system) }
    }

    @Test(arguments: [("basic", "basic"), ("basic", "premium"), ("premium", "basic")])
    func survivesEveryFault(source: String, target: String) throws {
        let count = try RunFaults(of: SchoolMoveWorkflow.runKind) {
            try SchoolMoveWorld(from: source, to: target)
        }.exhaust()
        #expect(count > 150)
    }

    @Test func aClosedSchoolComesClosedAndGoesBackClosed() throws {
        let process = try Process(SchoolMoveWorld(from: "basic", to: "premium", isClosed: true))
        let run = try process.service.start(process.world.input, actor: .system)
        try process.drive()
        try process.world.checkCompleted(try process.engine.get(run), registry: process.registry)

        let other = try Process(SchoolMoveWorld(from: "basic", to: "premium", isClosed: true))
        let cancelled = try other.service.start(other.world.input, actor: .system)
        try other.engine.cancel(cancelled, actor: .system)
        try other.drive()
        #expect(try other.engine.get(cancelled).state == .undone)
        try other.world.checkUndone(try other.engine.get(cancelled), registry: other.registry)
    }

    @Test func refusesWhatCannotBeMovedBeforeAnythingIsMade() throws {
        let process = try Process(SchoolMoveWorld(from: "basic", to: "premium"))
        let input = process.world.input
        var wrong = input
        wrong.to = input.from
        #expect(throws: SchoolMoveError.sameTenant(input.from)) { try start(wrong, process) }
        wrong = input
        wrong.to = TenantID(random: SeededRandom(seed: 5))
        #expect(throws: SchoolMoveError.noSuchTenant(wrong.to)) { try start(wrong, process) }
        wrong = input
        wrong.school = process.world.world.neighbour.schools[0].id
        #expect(throws: SchoolMoveError.noSuchSchool(input.from, wrong.school)) { try start(wrong, process) }
        wrong = input
        wrong.allowsDuplicateName = false
        #expect(
            throws: SchoolMoveError.nameTaken(
                input.to, name: "School 1", by: process.world.world.neighbour.schools[1].id)
        ) { try start(wrong, process) }
        #expect(try process.registry.list(RunRecord.self).records.isEmpty)
        #expect(try process.registry.list(RunLock.self).records.isEmpty)
        try process.world.checkPlaces(hasMoved: false, process.registry)
    }

    @Test(arguments: [true, false])
    func refusesWhereATenantIsNotActive(isSource: Bool) throws {
        let process = try Process(SchoolMoveWorld(from: "basic", to: "premium"))
        let input = process.world.input
        let tenant = isSource ? input.from : input.to
        for state in [
            TenantState.suspended(Suspension(reason: "a test", mode: .readOnly)),
            .offboarding(
                Departure(
                    run: RunID(random: SeededRandom(seed: 3)), reason: "a test",
                    until: Timestamp(milliseconds: 0))),
        ] {
            try process.registry.update(TenantRecord.self, tenant) { record, _ in record.state = state }
            #expect(throws: SchoolMoveError.notActive(tenant, state: state.name)) {
                try start(input, process)
            }
        }
        #expect(try process.registry.list(RunRecord.self).records.isEmpty)
    }

    @Test(arguments: [true, false])
    func refusesWhileAPlaceIsTakenAndHoldsBoth(isSource: Bool) throws {
        let process = try Process(SchoolMoveWorld(from: "basic", to: "premium"))
        let input = process.world.input
        let tenant = isSource ? input.from : input.to
        let move = MoveInput(tenant: tenant, tier: try #require(TierName("advanced")))
        let held = try process.engine.start(kind: MoveWorkflow.runKind, input: move, tenant: tenant)
        #expect(throws: WorkflowError.locked(by: held, lock: "place")) { try start(input, process) }
        try process.engine.cancel(held, actor: .system)
        try process.drive()
        // And the other way round.
        let run = try start(input, process)
        #expect(throws: WorkflowError.locked(by: run, lock: "place")) {
            try process.engine.start(kind: MoveWorkflow.runKind, input: move, tenant: tenant)
        }
        try process.drive()
        try process.world.checkCompleted(try process.engine.get(run), registry: process.registry)
    }

    @Test func anOverrideLetsTheTenantHaveOneSchoolMore() throws {
        let process = try Process(SchoolMoveWorld(from: "premium", to: "basic"))
        let input = process.world.input
        func limit(_ value: Int) throws {
            try process.registry.update(TenantRecord.self, input.to) { record, _ in
                record.overrides = [LimitOverride(limit: .schools, value: value, reason: "a test")]
            }
        }
        try limit(2)
        #expect(throws: SchoolMoveError.tooManySchools(input.to, schools: 3, max: 2)) {
            try start(input, process)
        }
        try limit(3)
        _ = try start(input, process)
        try process.drive()
        try process.world.checkPlaces(hasMoved: true, process.registry)
    }

    /// A school comes to the target while the move is under way, and with it the target is full.
    @Test(arguments: ["copy", "switch"])
    func theTargetsLimitIsLookedAtAgainBeforeTheSwitch(step: String) throws {
        let world = try SchoolMoveWorld(from: "premium", to: "basic")
        let registry = try world.folder.open()
        let target = world.input.to
        func limit(_ value: Int) throws {
            try registry.update(TenantRecord.self, target) { record, _ in
                record.overrides = [LimitOverride(limit: .schools, value: value, reason: "a test")]
            }
        }
        let engine = WorkflowEngine(
            registry: registry, workflows: [try world.workflow(over: registry)], clock: world.folder.clock,
            random: SeededRandom(seed: 1), threads: 0,
            onBoundary: { boundary in
                guard boundary.step == step, boundary.point == .before else { return }
                let now = try registry.require(TenantRecord.self, target)
                guard now.overrides.isEmpty else { return }
                try registry.update(TenantRecord.self, target) { record, _ in
                    record.overrides = [LimitOverride(limit: .schools, value: 2, reason: "a test")]
                }
            })
        let run = try world.start(engine)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        let record = try engine.get(run)
        #expect(
            record.notes.contains { $0.text.contains("may have 2 schools and this makes 3") },
            "\(record.notes.map(\.text))")
        if step == "copy" {
            #expect(record.state == .undone)
            return try world.checkUndone(record, registry: registry)
        }
        // The switch itself goes by the limit: it waits for somebody, and goes on once there is room.
        guard case .failed = record.state else {
            Issue.record("it is \(record.state)")
            return
        }
        let owner = try registry.require(TenantRecord.self, world.input.from)
        #expect(owner.schools.contains { $0.id == world.school.id && $0.state == .moving(run) })
        try limit(3)
        try engine.retry(run, actor: .system)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        try world.checkCompleted(try engine.get(run), registry: registry)
    }

    @Test func receiptsAreChainedAndSigned() throws {
        let world = try SchoolMoveWorld(from: "basic", to: "premium")
        let registry = try world.folder.open()
        let key = SigningKey.generate(now: Timestamp(milliseconds: 0))
        var environment = world.world.environment(registry)
        environment.sign = { SignedStatement($1, type: $0, key: key) }
        let engine = WorkflowEngine(
            registry: registry, workflows: [SchoolMoveWorkflow(environment: environment)],
            clock: world.folder.clock, random: SeededRandom(seed: 1), threads: 0)
        let service = SchoolMoveService(
            environment: environment, engine: engine, clock: world.folder.clock)
        let back = SchoolMoveInput(
            school: world.school.id, from: world.input.to, to: world.input.from, allowsDuplicateName: true)
        let receipts = try [world.input, back].map { input in
            let run = try service.start(input, actor: .system)
            while let due = try engine.runUntilIdle() {
                world.folder.clock.advance(
                    byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
            }
            return try #require(try service.receipt(run))
        }
        #expect(receipts.map(\.number) == [1, 2])
        #expect(receipts.map(\.previousDigest) == ["", receipts[0].digest])
        let chain = ReceiptChain(registry: registry)
        #expect(try chain.faults() == [])
        for receipt in receipts {
            let check = try MoveReceiptCheck(
                try #require(receipt.statement), keys: JSONWebKeySet([key.publicKey]))
            guard case .school(let signed) = check.receipt else {
                Issue.record("another receipt")
                continue
            }
            #expect(signed.digest == receipt.digest)
        }
        // One that is taken out is missed.
        try registry.transact(
            RegistryTransaction([.delete(try registry.require(SchoolMoveReceipt.self, receipts[0].id))]))
        #expect(try chain.faults().map(\.run) == [receipts[1].id])
    }

    @Test func refusesWithoutRoomOnTheDisk() throws {
        let world = try SchoolMoveWorld(from: "basic", to: "premium")
        let registry = try world.folder.open()
        var environment = world.world.environment(registry)
        environment.capacity = CapacityCheck(
            disk: { FreeSpace(free: 5, total: 100) }, freeFiles: { nil })
        let engine = WorkflowEngine(
            registry: registry, workflows: [SchoolMoveWorkflow(environment: environment)],
            clock: world.folder.clock, random: SeededRandom(seed: 1), threads: 0)
        let service = SchoolMoveService(environment: environment, engine: engine, clock: world.folder.clock)
        #expect(throws: SchoolMoveError.self) { try service.start(world.input, actor: .system) }
        #expect(try registry.list(RunRecord.self).records.isEmpty)
    }

    @Test func namesWhatHangsOnTheSchoolByNoRule() throws {
        let process = try Process(SchoolMoveWorld(from: "basic", to: "premium"))
        let world = process.world.world
        let stray = MoveWorld.Entity(
            table: "school-table",
            item: [
                "tenantId": .string(world.mover.id.text), "entityKey": .string("BUS#7"),
                "stops": .string("at \(process.world.school.id)"),
            ])
        let placement = try process.registry.require(PlacementRecord.self, world.mover.id)
        let store = try world.stores.store(placement.store)
        try store.write(try world.write(stray, placement, tenant: world.mover.id))
        let plan = try process.service.plan(process.world.input)
        #expect(plan.unrecognised == 1)
        #expect(plan.unrecognisedKeys.count == 1 && plan.unrecognisedKeys[0].hasSuffix("`BUS#7`"))
    }

    @Test func aWriteThatWasRoutedBeforeTheFreezeIsRefusedByTheStore() throws {
        let world = try SchoolMoveWorld(from: "basic", to: "premium")
        let registry = try world.folder.open()
        let before = try registry.require(PlacementRecord.self, world.input.from)
        let late = try world.world.write(
            try MoveWorld.student(0, of: world.school.id, value: 9), before, tenant: world.input.from)
        let stores = world.world.stores
        let refused = Flag()
        let engine = WorkflowEngine(
            registry: registry, workflows: [try world.workflow(over: registry)], clock: world.folder.clock,
            random: SeededRandom(seed: 1), threads: 0,
            onBoundary: { boundary in
                guard boundary.step == "freeze", boundary.point == .after else { return }
                do {
                    try stores.store(before.store).write(late)
                } catch TableError.misrouted { refused.raise() }
            })
        let run = try world.start(engine)
        _ = try engine.runUntilIdle()
        #expect(refused.isRaised)
        try world.checkCompleted(try engine.get(run), registry: registry)
    }

    private func start(_ input: SchoolMoveInput, _ process: Process) throws -> RunID {
        try process.service.start(input, actor: .system)
    }
}

/// Something that has happened.
private final class Flag: Sendable {
    private let raised = Mutex(false)

    var isRaised: Bool { raised.withLock { $0 } }

    func raise() { raised.withLock { $0 = true } }
}
