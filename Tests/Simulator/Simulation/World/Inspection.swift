import Base
import Items
import LocalTables
import Migrations
import Reconciliation
import Registry
import Tables
import Tenancy
import Tenants
import Workflows

/// Looks, when all clients and operators have ended, whether the state, the records and what clients were told agree.
struct Inspection {
    let world: World
    let baton: Baton
    let homes: Homes

    func inspect() throws {
        guard let server = world.living else { return world.find(.halted, "no process lives at the end") }
        try settleRuns(server)
        try checkComparisons(server)
        // Until all that ends by itself has: the wall clock may have been set back.
        if world.hasFleetingItems { baton.pause(milliseconds: Inspection.endsMillisecondsMax) }
        checkSuspensions()
        for home in homes.all { _ = try server.tenants.resume(home.tenant, actor: .system) }
        for tenant in world.program.tiers.indices {
            guard let home = homes[tenant] else { continue }
            let reader = Client(number: 90 + tenant, tenant: tenant, world: world, baton: baton, homes: homes)
            reader.perform((0..<History.keyCount).map { .read(key: $0) })
            reader.perform([.query(teacher: 0), .query(teacher: 1)])
            try checkContents(tenant, home, reader, server)
            if world.hasFleetingItems { checkItemsEnded(tenant) }
            try checkHome(home, server)
            checkHistory(tenant)
        }
        try checkRecords(server)
        try checkLeftovers(server)
    }

    /// A comparison finds no difference, unless something was spoiled: nobody else writes at a target but its move.
    private func checkComparisons(_ server: Server) throws {
        let spoiled = world.spoiled
        try server.registry.forEach(RunRecord.self) { record in
            if world.isSpoiled(record.tenant) { return }
            for note in record.notes where note.text.contains("items differ") {
                // Who empties a pool says what became of each move.
                if spoiled.contains(where: { note.text.contains("`\($0)`") }) { continue }
                world.find(.run, "\(record.kind): \(note.text)")
            }
        }
    }

    /// A district that was closed all the while wrote nothing.
    private func checkSuspensions() {
        for tenant in world.program.tiers.indices {
            for entry in world.history.entries(of: tenant) where world.suspensions.forbids(entry) {
                world.find(
                    .breach,
                    "district \(tenant) was closed, and client \(entry.client) wrote \(entry.effects)")
            }
        }
    }

    // MARK: Items

    /// After so long every item that ends by itself has ended.
    private static let endsMillisecondsMax = 90_000

    private func checkItemsEnded(_ tenant: Int) {
        let last = world.history.entries(of: tenant).last { $0.effects[History.fleetingKey] != nil }
        guard case .see(.some(let state))? = last?.effects[History.fleetingKey] else { return }
        world.find(.leftover, "an item has not ended when its time was over: \(state)")
    }

    /// The index finds what the keys hold, and the store of the placement holds nothing else.
    private func checkContents(_ tenant: Int, _ home: Home, _ reader: Client, _ server: Server) throws {
        var held: [Int: ItemState?] = [:]
        for entry in world.history.entries(of: tenant) where entry.client == reader.number {
            for case (let key, .see(let state)) in entry.effects { held[key] = .some(state) }
        }
        let students = held.filter { $0.key > 0 && $0.key != History.secondSchoolKey }.compactMap {
            $0.value?.value
        }
        for teacher in 0...1 {
            guard let found = try reader.students(of: teacher, home, world) else { continue }
            let wanted = Set(students.filter { $0 % 2 == teacher })
            guard found != wanted else { continue }
            world.find(
                .leftover,
                "the index finds \(found.sorted()) of teacher \(teacher), the keys hold \(wanted.sorted())")
        }
        let placement = try server.registry.require(PlacementRecord.self, home.tenant)
        let items = try count(home, in: try server.stores.store(placement.store))
        let keys = held.filter { $0.value != nil }.count
        let asked = History.keyCount - (home.secondSchool == nil ? 1 : 0)
        if held.count == asked, items != keys {
            world.find(
                .leftover, "\(items) items lie in the store of the placement, and \(keys) keys are held")
        }
    }

    /// The district's items lie in the store of its placement and nowhere else.
    private func checkHome(_ home: Home, _ server: Server) throws {
        let placement = try server.registry.require(PlacementRecord.self, home.tenant)
        for id in try server.stores.list() where id != Server.registryStore {
            let store = try server.stores.store(id)
            let resident = try store.resident(home.tenant)
            let changes = try store.changeCount(of: home.tenant, after: 0)
            if changes != 0 {
                world.find(.leftover, "\(changes) entries are left in the change log of `\(id)`")
            }
            if id == placement.store {
                let wanted = Resident(epoch: placement.epoch, state: .active)
                if resident != wanted {
                    world.find(
                        .leftover,
                        "the resident is \(resident.map { "\($0)" } ?? "missing"), the epoch \(placement.epoch)"
                    )
                }
                continue
            }
            if let resident { world.find(.leftover, "a district is still known in `\(id)`: \(resident)") }
            let items = try count(home, in: store)
            if items != 0 { world.find(.leftover, "\(items) items are left in `\(id)`") }
        }
    }

    func count(_ home: Home, in store: any MovableStore) throws -> Int {
        var count = 0
        for table in world.catalog.tables {
            for schema in store.schemas() where schema.name.text.hasPrefix(table.name.text) {
                for span in table.ownedKeys.spans(tenant: home.tenant, schools: home.schools) {
                    count += try store.extent(
                        of: KeyRange(table: schema.name, lower: span.lower, upper: span.upper)
                    ).items
                }
            }
        }
        return count
    }

    private func checkHistory(_ tenant: Int) {
        let entries = world.history.entries(of: tenant)
        for part in History.parts(of: entries, keyCount: History.keyCount) {
            switch Linearizer(part, keyCount: History.keyCount).check() {
            case .possible: continue
            case .unknown:
                world.noteUnsearched("the history of district \(tenant) is too long to be searched")
            case .impossible:
                world.find(.history, "no order explains what the clients of district \(tenant) saw")
            }
        }
    }

    // MARK: Leftovers

    private func checkLeftovers(_ server: Server) throws {
        let reconciler = Reconciler(
            registry: server.registry, stores: server.stores, placements: server.placements,
            ownStores: [Server.registryStore], engine: server.engine, clock: world.clock, random: world.random
        )
        for finding in try reconciler.survey(.deep).findings {
            world.find(.leftover, "\(finding.id): \(finding.problem)")
        }
    }
}
