import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Workflows

@testable import Migrations

/// Two districts, one of which gives a school to the other.
final class SchoolMoveWorld: RunWorld {
    let world: MoveWorld
    let school: SchoolRecord
    var unnoticed: [String: String] { ["search": "it is the check itself, and the last step"] }

    /// - Parameter isClosed: whether the school is closed when it is moved.
    init(from source: String, to target: String, isClosed: Bool = false) throws {
        world = try MoveWorld(from: source, neighbourIn: target)
        let registry = try world.folder.open()
        if isClosed {
            try registry.update(TenantRecord.self, world.mover.id) { record, _ in
                record.schools[1].state = .closed(reason: "a test")
            }
        }
        school = try registry.require(TenantRecord.self, world.mover.id).schools[1]
    }

    var folder: RegistryFolder { world.folder }

    var input: SchoolMoveInput {
        SchoolMoveInput(
            school: school.id, from: world.mover.id, to: world.neighbour.id, allowsDuplicateName: true)
    }

    func workflow(over registry: Registry) throws -> any Workflow {
        SchoolMoveWorkflow(environment: world.environment(registry))
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(
            kind: SchoolMoveWorkflow.runKind, input: input, tenant: input.from, idempotencyKey: "key")
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        try checkPlaces(hasMoved: true, registry)
        let receipt = try registry.require(SchoolMoveReceipt.self, run.id)
        try world.expect(receipt.digest == receipt.computedDigest(), "the receipt's digest is wrong")
        try world.expect(
            receipt.verifiedItems == receipt.copied.items && receipt.removedItems == receipt.copied.items,
            "copied \(receipt.copied.items), verified \(receipt.verifiedItems), removed \(receipt.removedItems)"
        )
        try world.expect(receipt.copied.items > 0, "nothing was copied")
        let moved = try registry.list(OutboxEvent.self).records.filter { $0.type == "school.moved" }
        try world.expect(
            moved.map(\.tenant) == [input.from, input.to], "\(moved.count) announcements of the move")
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        try checkPlaces(hasMoved: false, registry)
        try world.expect(
            try registry.read(SchoolMoveReceipt.self, run.id) == nil,
            "a receipt of a move that was taken back")
    }

    /// Everything is where it must be, and nothing anywhere else.
    func checkPlaces(hasMoved: Bool, _ registry: Registry) throws {
        let from = try registry.require(TenantRecord.self, input.from)
        let to = try registry.require(TenantRecord.self, input.to)
        let schools = world.mover.schools.map(\.id)
        let kept = hasMoved ? schools.filter { $0 != school.id } : schools
        try world.expect(from.schools.map(\.id) == kept, "the old tenant has \(from.schools.map(\.id))")
        try world.expect(
            to.schools.map(\.id) == world.neighbour.schools.map(\.id) + (hasMoved ? [school.id] : []),
            "the new tenant has \(to.schools.map(\.id))")
        let record = (hasMoved ? to : from).schools.first { $0.id == school.id }
        try world.expect(record == school, "the school is \(String(describing: record))")
        try world.expect(
            from.formerSchools.map(\.id) == (hasMoved ? [school.id] : []), "former: \(from.formerSchools)")
        var expected: [String: Set<MoveWorld.Entity>] = [:]
        for tenant in [world.mover, world.neighbour] {
            let placement = try registry.require(PlacementRecord.self, tenant.id)
            let resident = try world.stores.store(placement.store).resident(tenant.id)
            try world.expect(
                resident == Resident(epoch: placement.epoch, state: .active),
                "the resident is \(String(describing: resident)), the epoch \(placement.epoch)")
            for entity in try MoveWorld.items(of: tenant) {
                let isSchools = hasMoved && isOfSchool(entity)
                let place =
                    isSchools ? try registry.require(PlacementRecord.self, input.to) : placement
                expected[place.store.text, default: []].insert(isSchools ? moved(entity) : entity)
            }
        }
        for id in try world.stores.list() {
            let found = try everything(in: id)
            let wanted = expected[id.text] ?? []
            try world.expect(
                found == wanted,
                "\(id): \(found.subtracting(wanted).count) too many, \(wanted.subtracting(found).count) missing"
            )
        }
    }

    private func isOfSchool(_ entity: MoveWorld.Entity) -> Bool {
        String(decoding: entity.item.encoded(), as: UTF8.self).contains(school.id.text)
    }

    private func moved(_ entity: MoveWorld.Entity) -> MoveWorld.Entity {
        guard entity.table == "school-table" else { return entity }
        var item = entity.item
        item.attributes["tenantId"] = .string(input.to.text)
        return MoveWorld.Entity(table: entity.table, item: item)
    }

    /// All items of a store, each of which is also in its indexes as often as it must.
    private func everything(in id: StoreID) throws -> Set<MoveWorld.Entity> {
        var found: Set<MoveWorld.Entity> = []
        let store = try world.stores.store(id)
        for schema in store.schemas() {
            let logical = try #require(
                world.catalog.tables.first { schema.name.text.hasPrefix($0.name.text) })
            var range = ReadRange(table: schema.name)
            range.bytesMax = .max
            let items = try store.read(range).rows.map { try $0.image.item() }
            for item in items { found.insert(MoveWorld.Entity(table: logical.name.text, item: item)) }
            for index in logical.indexes {
                var range = ReadRange(table: schema.name, index: index.name)
                range.bytesMax = .max
                let entries = try Set(store.read(range).rows.map { try $0.image.item() })
                let wanted = try Set(
                    items.filter { try index.key.indexKey(of: $0, index: index.name) != nil })
                try world.expect(
                    entries == wanted, "\(entries.count) of \(wanted.count) entries in \(index.name) of \(id)"
                )
            }
        }
        return found
    }
}
