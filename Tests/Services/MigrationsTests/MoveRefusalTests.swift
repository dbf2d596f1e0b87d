import Base
import FoundationEssentials
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// A move that cannot be is refused before anything is made, by plan and start alike.
@Suite struct MoveRefusalTests {
    private func service(
        _ world: PoolWorld, _ registry: Registry
    ) throws -> (MoveService, WorkflowEngine) {
        let engine = try world.engine(over: registry)
        return (MoveService(environment: world.environment(registry), engine: engine), engine)
    }

    private func world(capacity: CapacityCheck = .unlimited) throws -> PoolWorld {
        try PoolWorld([1, 4, 2], PoolInput(pool: PoolWorld.pool(1)), capacity: capacity)
    }

    private func expect(
        _ error: MoveError, _ input: MoveInput, _ world: PoolWorld,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let registry = try world.folder.open()
        let (service, engine) = try service(world, registry)
        let before = try registry.list(StoreRecord.self).records
        #expect(throws: error, sourceLocation: sourceLocation) { try service.plan(input) }
        #expect(throws: error, sourceLocation: sourceLocation) {
            try service.start(input, actor: .system)
        }
        #expect(try engine.list().records.isEmpty, sourceLocation: sourceLocation)
        let after = try registry.list(StoreRecord.self).records
        #expect(before.map(\.occupants) == after.map(\.occupants), sourceLocation: sourceLocation)
        try world.check(registry)
    }

    private func input(_ world: PoolWorld, tier: String = "basic", pool: Int? = nil) throws -> MoveInput {
        MoveInput(
            tenant: world.tenants[0].id, tier: try #require(TierName(tier)), pool: pool.map(PoolWorld.pool))
    }

    @Test func toWhereItIs() throws {
        let world = try world()
        let tenant = world.tenants[0]
        try expect(.alreadyThere(tenant.id, tenant.tier), input(world), world)
        try expect(.alreadyIn(tenant.id, PoolWorld.pool(1)), input(world, pool: 1), world)
    }

    /// What its grace, or an override that has ended, has let in.
    @Test func withTooManySchoolsIntoAnotherTierAndNotWithinItsOwn() throws {
        let world = try world()
        let registry = try world.folder.open()
        let random = SeededRandom(seed: 3)
        let tenant = world.tenants[0].id
        try registry.update(TenantRecord.self, tenant) { record, _ in
            record.schools += (0..<60).map {
                SchoolRecord(
                    id: SchoolID(random: random), name: "School \($0)", createdAt: Timestamp(milliseconds: 0))
            }
        }
        let advanced = try #require(TierName("advanced"))
        try expect(
            .tooManySchools(advanced, schools: 61, max: 50), input(world, tier: "advanced"), world)
        let (service, engine) = try service(world, registry)
        let run = try service.start(input(world, pool: 3), actor: .system)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        #expect(try engine.get(run).state == .completed)
        #expect(try registry.require(PlacementRecord.self, tenant).store == PoolWorld.pool(3))
        try world.check(registry)
    }

    @Test func intoAFullPool() throws {
        let world = try world()
        try expect(.pool(.full(PoolWorld.pool(2), tenants: 4, max: 4)), input(world, pool: 2), world)
    }

    @Test func intoAPoolThatIsNotThereOrOfAnotherTier() throws {
        let world = try world()
        let basic = world.tenants[0].tier
        try expect(.pool(.noSuchPool(PoolWorld.pool(9), of: basic)), input(world, pool: 9), world)
        let advanced = try #require(TierName("advanced"))
        try expect(
            .pool(.noSuchPool(PoolWorld.pool(3), of: advanced)), input(world, tier: "advanced", pool: 3),
            world)
    }

    @Test func intoAPoolThatIsEmptied() throws {
        let world = try world()
        let registry = try world.folder.open()
        let run = try #require(RunID("r06gz1q8f3a4c5e7"))
        try registry.update(StoreRecord.self, PoolWorld.pool(3)) { record, _ in record.closedBy = run }
        let (service, engine) = try service(world, registry)
        let refusal = MoveError.pool(.closed(PoolWorld.pool(3), by: run))
        #expect(throws: refusal) { try service.plan(input(world, pool: 3)) }
        #expect(throws: refusal) { try service.start(input(world, pool: 3), actor: .system) }
        #expect(try engine.list().records.isEmpty)
    }

    @Test func ofATenantThatIsNotActive() throws {
        let run = try #require(RunID("r06gz1q8f3a4c5e7"))
        let states: [(TenantState, String)] = [
            (.suspended(Suspension(reason: "unpaid")), "suspended"),
            (.suspended(Suspension(reason: "unpaid", mode: .readOnly)), "suspended"),
            (
                .offboarding(Departure(run: run, reason: "asked", until: Timestamp(milliseconds: 1))),
                "being offboarded"
            ),
            (.onboarding, "being onboarded"),
        ]
        for (state, word) in states {
            let world = try world()
            try world.folder.open().update(TenantRecord.self, world.tenants[0].id) { tenant, _ in
                tenant.state = state
            }
            try expect(
                .notActive(world.tenants[0].id, state: word), input(world, tier: "advanced"), world)
        }
    }

    @Test func withoutRoomOnTheDisk() throws {
        let world = try world(
            capacity: CapacityCheck(disk: { FreeSpace(free: 0, total: 1 << 40) }, freeFiles: { nil }))
        let (service, engine) = try service(world, try world.folder.open())
        for input in [try input(world, pool: 3), try input(world, tier: "premium")] {
            let planned = #expect(throws: MoveError.self) { try service.plan(input) }
            let started = #expect(throws: MoveError.self) { try service.start(input, actor: .system) }
            #expect(planned == started)
            guard case .noCapacity(let text) = started else {
                Issue.record("\(started as Any)")
                return
            }
            #expect(text.contains("make room"))
        }
        #expect(try engine.list().records.isEmpty)
    }

    @Test func twiceAtATime() throws {
        let world = try world()
        let (service, engine) = try service(world, try world.folder.open())
        let first = try service.start(input(world, pool: 3), actor: .system)
        #expect(throws: WorkflowError.locked(by: first, lock: MoveWorkflow.placeLock)) {
            try service.start(input(world, tier: "advanced"), actor: .system)
        }
        #expect(try engine.list().records.map(\.id) == [first])
    }

    @Test func aPoolThatFillsUpMeanwhileFailsTheMoveAndLeavesNothing() throws {
        let world = try world()
        let registry = try world.folder.open()
        let (service, engine) = try service(world, registry)
        let run = try service.start(input(world, pool: 3), actor: .system)
        try registry.update(StoreRecord.self, PoolWorld.pool(3)) { record, _ in record.occupants = 4 }
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        let record = try engine.get(run)
        #expect(record.state == .undone)
        #expect(record.notes.contains { $0.text.contains("is full") })
    }

    @Test func aWishOfAnEarlierVersionIsRead() throws {
        let text = #"{"tenant":"t2f4p04e4s3jmwgp","tier":"premium"}"#
        let input = try JSONDecoder().decode(MoveInput.self, from: Data(text.utf8))
        #expect(input.pool == nil && input.tier.text == "premium")
        let record = try JSONDecoder().decode(
            StoreRecord.self,
            from: Data(
                #"{"id":"pool-basic-1","tier":"basic","kind":{"pooled":{"number":1}},"occupants":2,"capacity":4,"version":3}"#
                    .utf8))
        #expect(record.closedBy == nil && record.hasRoom)
    }
}
