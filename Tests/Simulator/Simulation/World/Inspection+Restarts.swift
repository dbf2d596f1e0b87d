import Base
import Foundation
import Gateway
import Items
import LocalTables
import Migrations
import Registry
import Tables
import Tenancy
import Workflows

/// After each crash, before anybody is served and any run goes on.
extension Inspection {
    /// Who reads then.
    private static let reader = 80

    /// What was acknowledged is there, in the store that the placement names; in other stores lies only what an open run owns; audit
    /// and outbox are whole, and agree with the placements.
    func lookAfterCrash(_ server: Server) throws {
        try checkRecords(server)
        var owned: [TenantID: Set<StoreID>] = [:]
        var marks: [RunID] = []
        try server.registry.forEach(OpenRun.self) { marks.append($0.id) }
        for mark in marks {
            guard let record = try server.registry.read(RunRecord.self, mark), let tenant = record.tenant,
                let text = record.values["route"]
            else { continue }
            let route = try JSONDecoder().decode(MoveRoute.self, from: Data(text.utf8))
            owned[tenant, default: []].formUnion([route.source.store, route.target.store])
        }
        let ids = try server.stores.list().filter { $0 != Server.registryStore }
        for tenant in world.program.tiers.indices {
            guard let home = homes[tenant] else { continue }
            let placement = try server.registry.require(PlacementRecord.self, home.tenant)
            try readBack(tenant, home, placement, server)
            if owned[home.tenant] == nil { try checkLog(home, server.stores.store(placement.store)) }
            for id in ids where id != placement.store && owned[home.tenant]?.contains(id) != true {
                try checkStranger(home, id, server)
            }
        }
    }

    /// A store that no open run owns the tenant's part of knows nothing of it.
    private func checkStranger(_ home: Home, _ id: StoreID, _ server: Server) throws {
        let store: any MovableStore
        // One that was being made, or removed.
        do { store = try server.stores.store(id) } catch { return }
        if let resident = try store.resident(home.tenant) {
            world.find(.leftover, "after a crash a district is known in `\(id)`, of no run: \(resident)")
        }
        let items = try count(home, in: store)
        if items != 0 { world.find(.leftover, "after a crash \(items) items lie in `\(id)`, of no run") }
        try checkLog(home, store)
    }

    private func checkLog(_ home: Home, _ store: any MovableStore) throws {
        let changes = try store.changeCount(of: home.tenant, after: 0)
        if changes != 0 {
            world.find(
                .leftover, "after a crash \(changes) entries of no run are in the change log of `\(store.id)`"
            )
        }
    }

    /// Reads each key where the placement says that it is, past the gateway: the history must explain that too.
    private func readBack(
        _ tenant: Int, _ home: Home, _ placement: PlacementRecord, _ server: Server
    ) throws {
        let store = try server.stores.store(placement.store)
        let desk = DeskOf(home: home, number: Inspection.reader + tenant, world: world)
        for key in 0..<History.keyCount where key != History.secondSchoolKey || home.secondSchool != nil {
            let begun = world.history.tick()
            let (table, item) = desk.place(key, server)
            guard let physical = placement.tables[table.name.text] else {
                world.find(.leftover, "after a crash the placement does not know `\(table.name)`")
                continue
            }
            let row = try store.get(GetItem(table: physical, key: try table.schema.key.key(ofKey: item)))
            let state = try DeskOf.state(of: row?.image)
            if let value = state?.value, world.history.owner(of: value) != tenant {
                world.find(.breach, "after a crash district \(tenant) holds \(value), which is not its own")
            }
            world.history.note(
                History.Entry(
                    tenant: tenant, client: Inspection.reader + tenant, effects: [key: .see(state)],
                    begun: begun, ended: world.history.tick(), isCertain: true))
        }
    }
}
