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
        for home in homes.all { _ = try server.tenants.resume(home.tenant, actor: .system) }
        for tenant in world.program.tiers.indices {
            guard let home = homes[tenant] else { continue }
            let reader = Client(number: 90 + tenant, tenant: tenant, world: world, baton: baton, homes: homes)
            reader.perform((0..<History.ballastKeys.upperBound).map { .read(key: $0) })
            reader.perform([.query(teacher: 0), .query(teacher: 1)])
            try checkHome(home, server)
            checkHistory(tenant)
        }
        try checkRecords(server)
        try checkLeftovers(server)
    }

    // MARK: Runs

    /// Lets runs that are held go on, and waits until all have come to their end.
    private func settleRuns(_ server: Server) throws {
        for _ in 0..<2000 {
            var marks: [RunID] = []
            try server.registry.forEach(OpenRun.self) { marks.append($0.id) }
            let open = try marks.compactMap { try server.registry.read(RunRecord.self, $0) }
            if open.isEmpty { return }
            for record in open {
                switch record.state {
                // Somebody has taken it back: it goes on by itself.
                case .paused where record.wanted != .none: continue
                case .paused: try server.engine.resume(record.id, actor: .system)
                case .failed(let reason):
                    world.find(.run, "\(record.kind) failed at \(record.step?.name ?? "its end"): \(reason)")
                    return
                case .pending, .running, .waiting, .undoing, .undone, .completed: continue
                }
                server.wake()
            }
            baton.pause(milliseconds: 250)
        }
        world.find(.run, "runs do not come to their end")
    }

    /// A comparison finds no difference: nobody writes at a target but its move.
    private func checkComparisons(_ server: Server) throws {
        try server.registry.forEach(RunRecord.self) { record in
            for note in record.notes where note.text.contains("items differ") {
                world.find(.run, "\(record.kind): \(note.text)")
            }
        }
    }

    // MARK: Items

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

    private func count(_ home: Home, in store: any MovableStore) throws -> Int {
        var count = 0
        for table in world.catalog.tables {
            for schema in store.schemas() where schema.name.text.hasPrefix(table.name.text) {
                for span in table.ownedKeys.spans(tenant: home.tenant, schools: [home.school]) {
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
        switch Linearizer(entries, keyCount: History.ballastKeys.upperBound).check() {
        case .possible: return
        case .unknown: world.say("the history of district \(tenant) is too long to be searched")
        case .impossible:
            world.find(.history, "no order explains what the clients of district \(tenant) saw")
        }
    }

    // MARK: Records

    /// The audit's chain holds, the outbox has no gap, and both tell the same story as the records.
    private func checkRecords(_ server: Server) throws {
        let verdict = try server.registry.verifyAudit()
        if !verdict.isSound { world.find(.record, "the audit: \(verdict.faults)") }
        var places: [TenantID: String] = [:]
        var after: Int64 = 0
        while true {
            let page = try server.registry.events(after: after)
            for event in page.events {
                if event.id.sequence != after + 1 {
                    world.find(.record, "the outbox goes on behind \(after) with \(event.id.sequence)")
                }
                after = event.id.sequence
                if let tenant = event.tenant, event.type.hasPrefix("tenant.switched") {
                    places[tenant] = event.payload
                }
            }
            if page.isEnd { break }
        }
        for (tenant, home) in world.program.tiers.indices.compactMap({ tenant in
            homes[tenant].map { (tenant, $0) }
        }) {
            let record = try server.registry.require(TenantRecord.self, home.tenant)
            let announced = places[home.tenant] ?? "\"tier\":\"\(world.program.tiers[tenant])\""
            if !announced.contains("\"tier\":\"\(record.tier)\"") {
                world.find(.record, "district \(tenant) is in \(record.tier), the outbox says \(announced)")
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
        try server.registry.forEach(MoveReceipt.self) { receipt in
            guard receipt.outcome == .moved, receipt.verifiedItems == 0 || receipt.confirmedItems == 0 else {
                return
            }
            world.find(.record, "a move of \(receipt.cleanedItems) items verified none")
        }
    }
}
