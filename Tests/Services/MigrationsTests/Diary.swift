import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing

/// Somebody who writes to the students of the moving district in every way, and keeps a diary: what was there at which moment.
final class Diary: Sendable {
    /// What was there once all that was written at that moment was written.
    struct Page {
        let moment: Timestamp
        let items: Set<MoveWorld.Entity>
    }

    private struct State {
        var acts = 0
        var items: [String: MoveWorld.Entity] = [:]
        var pages: [Page] = []
    }

    private let world: MoveWorld
    private let registry: Registry
    private let state = Mutex(State())

    init(_ world: MoveWorld) throws {
        self.world = world
        registry = try world.folder.open()
        turnPage()
    }

    /// What was there at each moment, the earliest first.
    var pages: [Page] { state.withLock { $0.pages } }

    /// The pages without most of those that are much like their neighbours.
    func pages(atMost count: Int) -> [Page] {
        let pages = pages
        let step = max(1, pages.count / count)
        return pages.enumerated().filter { $0.offset % step == 0 || $0.offset == pages.count - 1 }.map(
            \.element)
    }

    /// Writes, changes or removes students, where writes pass now; often several within a millisecond.
    func act() {
        do {
            let placement = try registry.require(PlacementRecord.self, world.mover.id)
            let store = try world.stores.store(placement.store)
            guard case .active = try store.resident(world.mover.id)?.state else { return }
            let act = state.withLock { state in
                state.acts += 1
                return state.acts
            }
            if act % 3 == 0 { world.folder.clock.advance(byMilliseconds: 7) }
            try put("D\(act % 5)", value: act, placement, store)
            if act % 2 == 0 { try put("D\(act % 3)", value: -act, placement, store) }
            if act % 4 == 0 { try remove("D\(act % 5)", placement, store) }
            turnPage()
        } catch { Issue.record("\(error)") }
    }

    private func turnPage() {
        let now = world.folder.clock.now()
        state.withLock { state in
            if state.pages.last?.moment == now { state.pages.removeLast() }
            state.pages.append(Page(moment: now, items: Set(state.items.values)))
        }
    }

    private func entity(_ name: String, value: Int) throws -> MoveWorld.Entity {
        try MoveWorld.student(key: "TENANT#\(world.mover.schools[1].id)#STUDENT#\(name)", value: value)
    }

    private func put(
        _ name: String, value: Int, _ placement: PlacementRecord, _ store: any MovableStore
    ) throws {
        let entity = try entity(name, value: value)
        try store.write(try world.write(entity, placement, tenant: world.mover.id))
        state.withLock { $0.items[name] = entity }
    }

    private func remove(_ name: String, _ placement: PlacementRecord, _ store: any MovableStore) throws {
        var write = try world.write(try entity(name, value: 0), placement, tenant: world.mover.id).writes[0]
        write.action = .delete
        try store.write(
            WriteRequest(
                write, route: WriteRoute(tenant: world.mover.id, epoch: placement.epoch, wall: OpenWall())))
        state.withLock { $0.items[name] = nil }
    }

    /// Everything that the district has now.
    var itemsNow: [MoveWorld.Entity] {
        get throws { try world.items + state.withLock { Array($0.items.values) } }
    }
}
