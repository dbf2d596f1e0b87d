import Base
import Dispatch
import Items
import LocalTables
import Migrations
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing
import Workflows

/// A writer that gives two students the same value in one transaction, again and again, wherever the tenant is.
private final class PairWriter: Sendable {
    private let world: MoveWorld
    private let directory: Directory
    private let isStopping = Atomic<Bool>(false)
    private let count = Atomic<Int>(0)
    private let failures = Mutex<[String]>([])
    private let group = DispatchGroup()

    init(_ world: MoveWorld, directory: Directory) {
        self.world = world
        self.directory = directory
    }

    var acknowledged: Int { count.load(ordering: .acquiring) }

    func start() {
        group.enter()
        DispatchQueue(label: "pairs").async {
            defer { self.group.leave() }
            do {
                var value = 0
                while !self.isStopping.load(ordering: .relaxed) {
                    value += 1
                    try self.write(value)
                    self.count.store(value, ordering: .releasing)
                }
            } catch { self.failures.withLock { $0.append("\(error)") } }
        }
    }

    func stop() -> [String] {
        isStopping.store(true, ordering: .relaxed)
        group.wait()
        return failures.withLock { $0 }
    }

    private func write(_ value: Int) throws {
        let clock = SystemClock()
        let begun = clock.monotonicNanoseconds()
        while true {
            guard let placement = directory.entry(world.mover.id)?.placement else { continue }
            let requests = try world.mover.schools.prefix(2).map { school in
                try world.write(
                    MoveWorld.student(0, of: school.id, value: value), placement, tenant: world.mover.id)
            }
            let store: any MovableStore = try world.stores.store(placement.store)
            do throws(TableError) {
                try store.write(
                    WriteRequest(.transaction, requests.flatMap(\.writes), route: requests[0].route))
                return
            } catch {
                guard case .misrouted = error, clock.monotonicNanoseconds() - begun < 20_000_000_000 else {
                    throw error
                }
            }
        }
    }
}

@Suite(.serialized) struct MovedImageTests {
    /// The two students' values in an image of where the tenant is now; nil where the store is not in charge at this moment.
    private func pair(
        _ world: MoveWorld, _ images: LocalTenantImages, _ directory: Directory, _ number: UInt64
    ) throws -> (store: StoreID, items: Int, values: [String])? {
        let placement = try #require(directory.entry(world.mover.id)?.placement)
        let tables = world.catalog.tables.compactMap { table in
            placement.tables[table.name.text].map { physical in
                TenantImage.Table(
                    name: table.name.text,
                    ranges: table.ownedKeys.spans(
                        tenant: world.mover.id, schools: world.mover.schools.map(\.id)
                    )
                    .map { KeyRange(table: physical, lower: $0.lower, upper: $0.upper) })
            }
        }
        let now = Timestamp(milliseconds: Int64(number))
        let image = TenantImage(
            id: SnapshotID(now: now, random: SeededRandom(seed: number)), tenant: world.mover.id,
            store: placement.store, epoch: placement.epoch, tables: tables, createdAt: now)
        let taken: TenantImage
        do throws(TableError) { taken = try images.take(image) } catch {
            guard case .misrouted = error else { throw error }
            return nil
        }
        let rows = try images.rows(
            of: taken.id, table: "student-table", after: nil, itemsMax: 1000, bytesMax: .max)
        try images.remove(taken.id)
        let keys = world.mover.schools.prefix(2).map { "TENANT#\($0.id)#STUDENT#0" }
        let values = try rows.map { try $0.image.item() }.compactMap { item -> String? in
            guard case .string(let key)? = item["recordKey"], keys.contains(key),
                case .number(let value)? = item["value"]
            else { return nil }
            return value.text
        }
        return (placement.store, taken.tables.reduce(0) { $0 + $1.extent.items }, values)
    }

    @Test func imagesDuringACopyAndAcrossTheSwitchShowOneInstant() throws {
        let world = try MoveWorld(from: "basic", to: "premium", undoWindowSeconds: 0)
        let folder = try TemporaryFolder()
        let images = try LocalTenantImages(folder: folder.path(of: "images"), stores: world.stores)
        let registry = try Registry(engine: world.folder.store, clock: SystemClock())
        let directory = try Directory(following: registry)
        let environment = world.environment(registry)
        let engine = WorkflowEngine(
            registry: registry, workflows: [MoveWorkflow(environment: environment)], clock: SystemClock(),
            random: SeededRandom(seed: 1), threads: 2)
        let moves = MoveService(environment: environment, engine: engine)
        let items = try world.items.count
        let writer = PairWriter(world, directory: directory)
        writer.start()
        var number: UInt64 = 0
        var seen: [StoreID: Int] = [:]
        for tier in ["premium", "basic", "advanced"] {
            let run = try moves.start(
                MoveInput(
                    tenant: world.mover.id, tier: try #require(TierName(tier)), undoWindowSeconds: 0),
                actor: .system)
            var isOver = false
            while !isOver {
                isOver = try engine.get(run).state.isSettled
                number += 1
                // Every pair that was acknowledged before the image was asked for is in it.
                let least = writer.acknowledged
                guard let found = try pair(world, images, directory, number) else { continue }
                #expect(found.items == items, "an image is not whole")
                #expect(found.values.count == 2 && found.values[0] == found.values[1], "half of a pair")
                #expect(
                    try #require(Int(found.values[0])) >= least, "an acknowledged write is not in the image")
                seen[found.store, default: 0] += 1
            }
            #expect(try engine.get(run).state == .completed)
        }
        let failures = writer.stop()
        engine.stop()
        #expect(failures == [])
        #expect(seen.count >= 3, "images of \(seen) only")
    }
}
