import Base
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// What is not begun: refused with its reason, and nothing is made.
@Suite struct PoolRefusalTests {
    private func expect(
        _ error: PoolError, _ pools: [Int], _ input: PoolInput, capacity: CapacityCheck = .unlimited,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let world = try PoolWorld(pools, input, capacity: capacity)
        let registry = try world.folder.open()
        let engine = try world.engine(over: registry)
        #expect(throws: error, sourceLocation: sourceLocation) { try world.start(engine) }
        #expect(throws: error, sourceLocation: sourceLocation) { try world.service(engine).plan(input) }
        #expect(try engine.list().records.isEmpty, sourceLocation: sourceLocation)
        try world.check(registry)
    }

    private let first = PoolWorld.pool(1)
    private let second = PoolWorld.pool(2)

    @Test func aPoolThatIsNotThere() throws {
        try expect(.noSuchPool(PoolWorld.pool(9)), [2], PoolInput(pool: PoolWorld.pool(9)))
        try expect(.noSuchPool(PoolWorld.pool(9)), [2], PoolInput(pool: first, into: PoolWorld.pool(9)))
    }

    @Test func aPoolIntoItself() throws {
        try expect(.intoItself(first), [2], PoolInput(pool: first, into: first))
    }

    @Test func tenantsThatDoNotFit() throws {
        try expect(.doesNotFit(first, tenants: 2, room: 1), [3, 2], PoolInput(pool: second, into: first))
    }

    @Test func poolsThatAreEven() throws {
        try expect(.alreadyEven(first), [2, 1], PoolInput(pool: first))
    }

    @Test func aDiskWithoutRoomForTheCopies() throws {
        let full = CapacityCheck(disk: { FreeSpace(free: 10, total: 1 << 40) }, freeFiles: { nil })
        let world = try PoolWorld([4], PoolInput(pool: first), capacity: full)
        let engine = try world.engine(over: try world.folder.open())
        let refused = #expect(throws: PoolError.self) { try world.start(engine) }
        guard case .noCapacity(let text) = refused else {
            Issue.record("\(refused as Any)")
            return
        }
        #expect(text.contains("make room"))
        #expect(try engine.list().records.isEmpty)
    }

    @Test func aSecondRunOverThePool() throws {
        let world = try PoolWorld([1, 2], PoolInput(pool: second, into: first))
        let registry = try world.folder.open()
        let engine = try world.engine(over: registry)
        let run = try world.start(engine)
        let service = try world.service(engine)
        #expect(throws: PoolError.busy(second, by: run)) { try world.start(engine) }
        #expect(throws: PoolError.busy(first, by: run)) { try service.plan(PoolInput(pool: first)) }
        // The same key is the same run.
        let other = try PoolWorld([4], PoolInput(pool: first))
        let engines = try other.engine(over: try other.folder.open())
        let keyed = try other.service(engines)
        let begun = try keyed.start(other.input, actor: .system, idempotencyKey: "once")
        #expect(try keyed.start(other.input, actor: .system, idempotencyKey: "once") == begun)
    }

    @Test func tenantsThatCannotLeave() throws {
        let world = try PoolWorld([1, 2], PoolInput(pool: second, into: first))
        let registry = try world.folder.open()
        try registry.update(TenantRecord.self, world.tenants[1].id) { tenant, _ in
            tenant.state = .suspended(Suspension(reason: "unpaid"))
        }
        let engine = try world.engine(over: registry)
        #expect(
            throws: PoolError.cannotLeave(
                second, ["tenant `\(world.tenants[1].id)`: it is suspended"])
        ) { try world.start(engine) }
    }

    @Test func placesThatAreHeld() throws {
        let world = try PoolWorld([1, 1], PoolInput(pool: second, into: first))
        let registry = try world.folder.open()
        try registry.update(StoreRecord.self, second) { record, _ in record.occupants += 1 }
        let engine = try world.engine(over: registry)
        #expect(throws: PoolError.heldPlaces(second, count: 1)) { try world.start(engine) }
    }

    @Test func theHeaviestTenantGoesFirstAndTheRestStay() throws {
        let world = try PoolWorld([4, 1, 2], PoolInput(pool: first))
        let engine = try world.engine(over: try world.folder.open())
        let plan = try world.service(engine).plan(world.input)
        #expect(plan.moves.map(\.pool) == [second])
        #expect(plan.extent.items == 3 && plan.estimate.idleSeconds > 0)
        #expect(plan.names.values.allSatisfy { $0.hasPrefix("District") })
    }
}
