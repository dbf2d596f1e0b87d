import Base
import Items
import LocalTables
import Tables
import Testing

@Suite struct ResidentTests {
    private let fixture: StoreFixture
    private let run = RunID(random: SeededRandom(seed: 3))

    init() throws { fixture = try StoreFixture() }

    private func write(_ sort: Int, epoch: Int64, wall: any ItemWall = OpenWall()) throws {
        try fixture.store.write(
            WriteRequest(
                try fixture.put(fixture.item("a", sort)),
                route: WriteRoute(tenant: fixture.tenant, epoch: epoch, wall: wall)))
    }

    @Test(
        arguments: [
            (nil, false), (Resident(epoch: 3, state: .active), true),
            (Resident(epoch: 2, state: .active), false),
            (Resident(epoch: 4, state: .active), false), (Resident(epoch: 3, state: .fenced), false),
        ] as [(Resident?, Bool)])
    func writesGoByTheStanding(resident: Resident?, isAccepted: Bool) throws {
        if let resident { try fixture.store.setResident(fixture.tenant, to: resident) }
        if isAccepted {
            try write(1, epoch: 3)
        } else {
            #expect(throws: TableError.misrouted(fixture.tenant)) { try write(1, epoch: 3) }
        }
        #expect(try (fixture.get("a", 1) != nil) == isAccepted)
    }

    @Test func standingsSurviveARestart() throws {
        let resident = Resident(epoch: 9, state: .kept(run), isCaptured: true)
        try fixture.store.setResident(fixture.tenant, to: resident)
        let reopened = try fixture.reopened()
        #expect(try reopened.resident(fixture.tenant) == resident)
        try reopened.removeResident(fixture.tenant)
        #expect(try reopened.residents().isEmpty)
    }

    @Test func capturesTheKeysOfWritesInTheirOrder() throws {
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .active))
        try write(1, epoch: 1)
        try fixture.store.setResident(
            fixture.tenant, to: Resident(epoch: 1, state: .active, isCaptured: true))
        try write(2, epoch: 1)
        try write(3, epoch: 1)
        try write(2, epoch: 1)
        let changes = try fixture.store.changes(of: fixture.tenant, after: 0, itemsMax: 10)
        #expect(try changes.map(\.key) == [fixture.key("a", 2), fixture.key("a", 3), fixture.key("a", 2)])
        try fixture.store.discardChanges(of: fixture.tenant, through: changes[1].sequence)
        #expect(try fixture.store.changeCount(of: fixture.tenant, after: 0) == 1)
        try fixture.store.discardChanges(of: fixture.tenant, through: .max)
        try write(4, epoch: 1)
        let later = try fixture.store.changes(of: fixture.tenant, after: changes[2].sequence, itemsMax: 10)
        #expect(later.count == 1, "sequences must grow although the log was emptied")
    }

    @Test func aRefusedWriteLeavesNoEntry() throws {
        try fixture.store.setResident(
            fixture.tenant, to: Resident(epoch: 1, state: .active, isCaptured: true))
        #expect(throws: TableError.walled(fixture.table)) { try write(1, epoch: 1, wall: ClosedWall()) }
        #expect(try fixture.store.changeCount(of: fixture.tenant, after: 0) == 0)
        #expect(try fixture.get("a", 1) == nil)
    }

    @Test func onlyTheMoverOfTheRunWritesWhereATenantArrives() throws {
        let image = ItemImage(
            try fixture.item("a", 1, ["kind": .string("k"), "rank": fixture.number(1)]))
        let change = MovedItem(table: fixture.table, key: try fixture.key("a", 1), image: image)
        let other = RunID(random: SeededRandom(seed: 4))
        for state in [Resident.State.active, .fenced, .arriving(other)] {
            try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: state))
            #expect(throws: TableError.notArriving(fixture.tenant)) {
                try fixture.store.apply([change], for: fixture.tenant, run: run)
            }
        }
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .arriving(run)))
        try fixture.store.apply([change, change], for: fixture.tenant, run: run)
        #expect(try fixture.store.get(GetItem(table: fixture.table, key: change.key))?.image == image)
        #expect(try fixture.sorts(ReadRange(table: fixture.table, index: "by-kind")) == ["1"])
        #expect(throws: TableError.misrouted(fixture.tenant)) { try write(2, epoch: 1) }
        var gone = change
        gone.image = nil
        try fixture.store.apply([gone], for: fixture.tenant, run: run)
        #expect(try fixture.get("a", 1) == nil)
        #expect(try fixture.sorts(ReadRange(table: fixture.table, index: "by-kind")) == [])
    }

    @Test func removesOnlyTheRangeAndOnlyWhereTheTenantIsNotServed() throws {
        for partition in ["a", "b", "c"] {
            for sort in 0..<5 {
                try fixture.store.write(
                    WriteRequest(
                        fixture.put(
                            fixture.item(
                                partition, sort, ["kind": .string("k"), "rank": fixture.number(sort)]))))
            }
        }
        let range = KeyRange(table: fixture.table, lower: Array("b".utf8), upper: Array("c".utf8))
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .active))
        #expect(throws: TableError.notArriving(fixture.tenant)) {
            try fixture.store.removeRows(in: range, itemsMax: 3, for: fixture.tenant)
        }
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .kept(run)))
        #expect(try fixture.store.removeRows(in: range, itemsMax: 3, for: fixture.tenant) == 3)
        #expect(try fixture.store.extent(of: range).items == 2)
        #expect(try fixture.store.removeRows(in: range, itemsMax: 3, for: fixture.tenant) == 2)
        #expect(try fixture.store.removeRows(in: range, itemsMax: 3, for: fixture.tenant) == 0)
        #expect(try fixture.sorts(ReadRange(table: fixture.table)).count == 10)
        #expect(try fixture.sorts(ReadRange(table: fixture.table, index: "by-kind")).count == 10)
    }

    @Test func readsRangesInChunks() throws {
        for sort in 0..<7 { try fixture.store.write(WriteRequest(fixture.put(fixture.item("b", sort)))) }
        try fixture.store.write(WriteRequest(fixture.put(fixture.item("c", 0))))
        let range = KeyRange(table: fixture.table, lower: Array("b".utf8), upper: Array("c".utf8))
        var after: EncodedKey?
        var seen = 0
        while true {
            let rows = try fixture.store.rows(in: range, after: after, itemsMax: 3, bytesMax: 1_000_000)
            guard let last = rows.last else { break }
            seen += rows.count
            after = last.key
        }
        #expect(seen == 7)
        #expect(try fixture.store.rows(in: range, after: nil, itemsMax: 100, bytesMax: 1).count == 1)
        let open = KeyRange(table: fixture.table, lower: [], upper: nil)
        #expect(try fixture.store.extent(of: open).items == 8)
    }
}

/// A wall that lets nothing through.
private struct ClosedWall: ItemWall {
    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool { false }
}
