import Base
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// Tokens of transactions come along, most of them while nobody waits.
@Suite struct MoveTokenTests {
    private static let count = 1300

    private func tokens(_ numbers: Range<Int>, at: Timestamp) -> [SpentToken] {
        numbers.map { SpentToken(token: WriteToken(text: "token-\($0)", digest: [1]), at: at) }
    }

    @Test func behindTheFenceOnlyThoseComeThatWereSpentSince() throws {
        let world = try MoveWorld(undoWindowSeconds: 0)
        let registry = try world.folder.open()
        let tenant = world.mover.id
        let source = try world.stores.store(registry.require(PlacementRecord.self, tenant).store)
        // More in one millisecond than come in one commit.
        let time = SystemClock().now()
        try source.adopt(tokens(0..<Self.count, at: time.advanced(bySeconds: -60)), of: tenant)
        let known = Mutex<[Int]>([])
        let stores = MortalStores(world.stores, registry: MortalEngine(world.folder.store)) { _ in
            do {
                guard try source.resident(tenant)?.state == .fenced else { return }
                let targets = try world.stores.list().filter {
                    guard case .arriving = try world.stores.store($0).resident(tenant)?.state else {
                        return false
                    }
                    return true
                }
                // None once it has been given the charge.
                guard let id = targets.first else { return }
                let target = try world.stores.store(id)
                let found = try target.tokens(of: tenant, since: nil, itemsMax: .max).count
                known.withLock { $0.append(found) }
            } catch { Issue.record("\(error)") }
        }
        let engine = world.engine(over: stores, registry)
        let run = try world.start(engine)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        try world.checkCompleted(try engine.get(run), registry: registry)
        #expect(known.withLock { $0 }.first == Self.count, "they were there when the fence was raised")
        let target = try world.stores.store(registry.require(PlacementRecord.self, tenant).store)
        let found = try target.tokens(of: tenant, since: nil, itemsMax: .max)
        #expect(Set(found.map(\.token.text)) == Set((0..<Self.count).map { "token-\($0)" }))
        #expect(try source.tokens(of: tenant, since: nil, itemsMax: .max) == [])
    }
}
