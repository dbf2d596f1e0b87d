import Base
import Crypto
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing

@testable import Migrations

/// What a mover holds at once is bounded, whatever was written and whatever lies at the other side.
@Suite struct MoverTests {
    private static let run = RunID(random: SeededRandom(seed: 4))

    private let world: MoveWorld
    private let mover: Mover
    private let placement: PlacementRecord

    init() throws {
        world = try MoveWorld()
        placement = try world.folder.open().require(PlacementRecord.self, world.mover.id)
        let from = try world.stores.store(placement.store)
        let to = try world.stores.create(
            try #require(StoreID("other")), tables: from.schemas())
        try to.setResident(world.mover.id, to: Resident(epoch: 1, state: .arriving(Self.run)))
        try from.setResident(world.mover.id, to: Resident(epoch: 1, state: .active, isCaptured: true))
        mover = Mover(
            from: from, to: to,
            tables: Dictionary(uniqueKeysWithValues: from.schemas().map { ($0.name, $0.name) }),
            tenant: world.mover.id, run: Self.run)
    }

    private func put(_ number: Int, bytes: Int) throws {
        var student = try MoveWorld.student(number, of: world.mover.schools[0].id, value: number)
        var item = student.item
        item["text"] = .string(String(repeating: "x", count: bytes))
        student = MoveWorld.Entity(table: student.table, item: item)
        try mover.from.write(try world.write(student, placement, tenant: world.mover.id))
    }

    @Test(arguments: [(100, 1), (300_000, 5)])
    func aPartOfTheLogHasSoManyBytes(bytes: Int, parts: Int) throws {
        let count = 30
        for number in 0..<count { try put(number, bytes: bytes) }
        var sequence: Int64 = 0
        var found: [Int] = []
        while true {
            let rest = try mover.rest(after: sequence)
            let size = rest.moved.reduce(0) { $0 + ($1.image?.sizeBytes ?? 0) }
            #expect(size < Limits.moveChunkBytesMax + 400_000)
            found.append(rest.entries)
            #expect(rest.through > sequence)
            sequence = rest.through
            if rest.isEnd { break }
        }
        #expect(found.count == parts && found.reduce(0, +) == count, "\(found)")
    }

    @Test(arguments: [(0, 1200), (1200, 0), (700, 1200), (1200, 700)])
    func aComparisonGoesOnChunkByChunkWhicheverSideHasMore(here: Int, there: Int) throws {
        let table = try #require(placement.tables["student-table"])
        let key = Array("TENANT#\(world.mover.schools[0].id)#STUDENT#".utf8)
        let range = KeyRange(table: table, lower: key, upper: key + [255])
        for number in 0..<20 { try mover.from.write(try deletion(number)) }
        for number in 0..<here { try put(number, bytes: 1) }
        for chunk in stride(from: 0, to: there, by: 400) {
            let moved = try (chunk..<min(there, chunk + 400)).map { number in
                let student = try MoveWorld.student(number, of: world.mover.schools[0].id, value: -1)
                let write = try world.write(student, placement, tenant: world.mover.id).writes[0]
                return MovedItem(table: table, key: write.key, image: ItemImage(student.item))
            }
            try mover.to.apply(moved, for: world.mover.id, run: Self.run)
        }
        let hasher = SHA256Hasher()
        var last: EncodedKey?
        var items = 0
        var suspects: Set<DifferingKey> = []
        repeat {
            let comparison = try mover.compareChunk(range, after: last, hasher: hasher)
            #expect(comparison.suspects.count <= 2 * Limits.moveChunkItemsMax)
            items += comparison.items
            suspects.formUnion(comparison.suspects)
            last = comparison.last
        } while last != nil
        #expect(items == here)
        #expect(suspects.count == max(here, there), "each key differs")
    }

    private func deletion(_ number: Int) throws -> WriteRequest {
        let student = try MoveWorld.student(number, of: world.mover.schools[0].id, value: 0)
        var request = try world.write(student, placement, tenant: world.mover.id)
        let write = request.writes[0]
        request.writes = [ItemWrite(table: write.table, key: write.key, action: .delete)]
        return request
    }
}
