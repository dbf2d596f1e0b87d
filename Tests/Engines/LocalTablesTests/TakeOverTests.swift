import Base
import Items
import LocalTables
import Tables
import Testing

/// What a mover does at the side that a tenant comes to, and the search at the one that it has left.
@Suite struct TakeOverTests {
    private let fixture: StoreFixture
    private let run = RunID(random: SeededRandom(seed: 3))

    init() throws { fixture = try StoreFixture() }

    private func moved(_ partition: String, _ sort: Int, kind: String? = "k") throws -> MovedItem {
        var more: [String: AttributeValue] = [:]
        if let kind { more = ["kind": .string(kind), "rank": try fixture.number(sort)] }
        return MovedItem(
            table: fixture.table, key: try fixture.key(partition, sort),
            image: ItemImage(try fixture.item(partition, sort, more)))
    }

    private func spent(_ text: String) -> SpentToken {
        SpentToken(token: WriteToken(text: text, digest: [1, 2]), at: SystemClock().now())
    }

    @Test func takesTheRestTheTokensAndTheChargeTogether() throws {
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .arriving(run)))
        let charge = Resident(epoch: 3, state: .active, isCaptured: true)
        try fixture.store.takeOver(
            [moved("a", 1), moved("a", 2)], [spent("once")], of: fixture.tenant, run: run, as: charge)
        #expect(try fixture.store.resident(fixture.tenant) == charge)
        #expect(
            try fixture.store.tokens(of: fixture.tenant, since: nil, itemsMax: 10).map(\.token.text) == [
                "once"
            ])
        #expect(try fixture.sorts(ReadRange(table: fixture.table, index: "by-kind")) == ["1", "2"])
    }

    @Test func takesNothingWhereTheTenantDoesNotArriveByThisRun() throws {
        let other = RunID(random: SeededRandom(seed: 4))
        for state in [Resident.State.active, .fenced, .arriving(other), .kept(other)] {
            let before = Resident(epoch: 1, state: state)
            try fixture.store.setResident(fixture.tenant, to: before)
            #expect(throws: TableError.notArriving(fixture.tenant)) {
                try fixture.store.takeOver(
                    [moved("a", 1)], [spent("once")], of: fixture.tenant, run: run,
                    as: Resident(epoch: 3, state: .active))
            }
            #expect(try fixture.store.resident(fixture.tenant) == before)
            #expect(try fixture.store.tokens(of: fixture.tenant, since: nil, itemsMax: 10) == [])
            #expect(try fixture.get("a", 1) == nil)
        }
    }

    @Test func whatWasBegunIsThereWhenItHasBeenWaitedFor() throws {
        #expect(throws: TableError.notArriving(fixture.tenant)) {
            try fixture.store.beginApply([moved("a", 1)], for: fixture.tenant, run: run).wait()
        }
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .arriving(run)))
        let first = fixture.store.beginApply(try [moved("a", 1)], for: fixture.tenant, run: run)
        let second = fixture.store.beginApply(
            try [moved("a", 1, kind: nil)], for: fixture.tenant, run: run)
        try first.wait()
        try second.wait()
        #expect(try fixture.get("a", 1) == fixture.item("a", 1), "the later one stays")
        #expect(try fixture.sorts(ReadRange(table: fixture.table, index: "by-kind")) == [])
    }

    /// Items under `a` to `c`, with entries under the kinds `A` to `C`; the tenant's are those of `b`.
    private func fill() throws {
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .arriving(run)))
        for partition in ["a", "b", "c"] {
            let items = try (0..<5).map { try moved(partition, $0, kind: partition.uppercased()) }
            try fixture.store.apply(items, for: fixture.tenant, run: run)
        }
    }

    private func range(_ lower: String, _ upper: String?) -> KeyRange {
        KeyRange(table: fixture.table, lower: Array(lower.utf8), upper: upper.map { Array($0.utf8) })
    }

    @Test(arguments: [("b", "c", 5), ("a", nil, 15), ("d", nil, 0)] as [(String, String?, Int)])
    func anIndexOfUnknownKeysIsSearchedByItsItems(lower: String, upper: String?, entries: Int) throws {
        try fill()
        let found = try fixture.store.leftovers(
            of: fixture.tenant, in: OwnedRanges(items: [range(lower, upper)]), countsJournal: true)
        #expect(found.indexEntries == entries)
    }

    @Test(
        arguments: [(["B"], 5), (["A", "C"], 10), (["D"], 0), ([], 0)] as [([String], Int)])
    func anIndexOfKnownKeysIsSearchedUnderThem(kinds: [String], entries: Int) throws {
        try fill()
        let keys = OwnedRanges(
            items: [range("b", "c")],
            entries: [fixture.table: ["by-kind": kinds.map { range($0, $0 + "\u{1}") }]])
        let found = try fixture.store.leftovers(of: fixture.tenant, in: keys, countsJournal: false)
        #expect(found.indexEntries == entries)
    }

    @Test func aTableWithoutKeysOfTheTenantIsNotSearched() throws {
        try fill()
        let none = try fixture.store.leftovers(
            of: fixture.tenant, in: OwnedRanges(items: []), countsJournal: true)
        #expect(none == Leftovers())
    }

    @Test(
        arguments: [("b", true), ("bz", true), ("a", false), ("c", false), ("", false)])
    func aRangeHoldsWhatLiesFromItsLowerEndToBeforeItsUpperOne(key: String, isIn: Bool) {
        #expect(range("b", "c").holds(Array(key.utf8)) == isIn)
        #expect(range("", nil).holds(Array(key.utf8)))
    }
}
