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

/// A move whose tenant writes faster than it follows.
@Suite struct MoveStandstillTests {
    /// Writes at each commit of the move a little more than at the one before, until it is told to be quiet.
    private final class BusySchool: Sendable {
        private let world: MoveWorld
        private let registry: Registry
        private let state = Mutex((keys: 60, value: 0, isBusy: false))

        init(_ world: MoveWorld) throws {
            self.world = world
            registry = try world.folder.open()
        }

        func begin() { state.withLock { $0.isBusy = true } }

        func rest() { state.withLock { $0.isBusy = false } }

        /// What the school has written in the end.
        func items() throws -> [MoveWorld.Entity] {
            let (keys, value) = state.withLock { ($0.keys, $0.value) }
            return try (0..<keys).map { try student($0, value: value) }
        }

        private func student(_ number: Int, value: Int) throws -> MoveWorld.Entity {
            try MoveWorld.student(1000 + number, of: world.mover.schools[1].id, value: value)
        }

        func write() {
            let (keys, value, isBusy) = state.withLock { state in
                if state.isBusy {
                    state.keys += 1
                    state.value += 1
                }
                return state
            }
            guard isBusy else { return }
            do {
                let placement = try registry.require(PlacementRecord.self, world.mover.id)
                let source = try world.stores.store(placement.store)
                let writes = try (0..<keys).map { number in
                    try world.write(student(number, value: value), placement, tenant: world.mover.id)
                }
                try source.write(
                    WriteRequest(.transaction, writes.flatMap(\.writes), route: writes[0].route))
            } catch { Issue.record("\(error)") }
        }
    }

    @Test func isStuckWithTheReasonAndGoesOnWhenTheTenantWritesLess() throws {
        let world = try MoveWorld(undoWindowSeconds: 0)
        let school = try BusySchool(world)
        let registry = try world.folder.open()
        let stores = MortalStores(world.stores, registry: MortalEngine(world.folder.store)) { _ in
            school.write()
        }
        let engine = world.engine(over: stores, registry)
        let run = try world.start(engine)
        try engine.throttle(run, itemsPerSecond: 10, actor: .system)
        while try engine.get(run).step?.name != "copy" { _ = try engine.runUntilIdle() }
        school.begin()

        for _ in 0..<9 {
            _ = try engine.runUntilIdle()
            #expect(try engine.markStuckRuns() == [])
            world.folder.clock.advance(byMilliseconds: 62_000)
        }
        var rounds = 0
        while try engine.markStuckRuns() == [], rounds < 3 {
            _ = try engine.runUntilIdle()
            world.folder.clock.advance(byMilliseconds: 62_000)
            rounds += 1
        }
        let stall = try #require(try engine.get(run).stuck)
        #expect(stall.step == "copy")
        #expect(
            stall.reason.hasPrefix(
                "the tenant writes faster than its changes are applied at the other side: "))
        #expect(
            stall.reason.hasSuffix("let it write less, or cancel the move and start it in a quieter hour"))

        school.rest()
        try engine.throttle(run, itemsPerSecond: nil, actor: .system)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        let record = try engine.get(run)
        #expect(record.state == .completed && record.stuck == nil, "\(record.notes.map(\.text))")
        try world.check(
            world.mover, isIn: try #require(TierName("advanced")), registry: registry,
            items: world.items + school.items())
    }
}
