import Base
import Items
import LocalTables
import Tables
import TestKit
import Testing

@Suite struct ExpiryTests {
    private func fixture() throws -> HistoryFixture {
        try HistoryFixture { options, now in
            options.timeToLiveAttribute = "end"
            options.stream = TableOptions.Stream(viewType: .newAndOldImages, startedAt: now)
        }
    }

    private func end(_ fixture: HistoryFixture, in seconds: Int64) -> [String: AttributeValue] {
        ["end": .number(Number(Int(fixture.clock.now().seconds + seconds)))]
    }

    private func sweep(_ fixture: HistoryFixture, as owner: ItemOwner = .nobody) throws {
        while try fixture.store.expireItems(itemsMax: 2, owner: { _, _ in owner }) == 2 {}
    }

    @Test func deletesWhatHasEndedAndNothingElse() throws {
        let fixture = try fixture()
        try fixture.put("soon", 1, end(fixture, in: 10))
        try fixture.put("later", 1, end(fixture, in: 1000))
        try fixture.put("never", 1)
        try fixture.put("text", 1, ["end": .string("1")])
        try fixture.put("ancient", 1, end(fixture, in: -TableLimits.expiryAgeSecondsMax - 60))
        try fixture.put("prolonged", 1, end(fixture, in: 10))
        try fixture.put("prolonged", 1, end(fixture, in: 5000))
        try fixture.put("gone", 1, end(fixture, in: 10))
        try fixture.delete("gone")
        try sweep(fixture)
        #expect(try fixture.values().count == 6)
        fixture.clock.advance(byMilliseconds: 11_000)
        try fixture.reopen()
        try sweep(fixture)
        #expect(try fixture.values().keys.sorted() == ["ancient", "later", "never", "prolonged", "text"])
        #expect(try fixture.told().last == "remove soon 1 - expired")
        #expect(try fixture.told().filter { $0.contains("expired") }.count == 1)
    }

    @Test func knowsItemsThatWereThereBeforeItWasSwitchedOn() throws {
        let fixture = try HistoryFixture()
        for number in 0..<7 { try fixture.put("k\(number)", 1, end(fixture, in: 10)) }
        try fixture.put("stays", 1)
        try fixture.store.updateOptions(of: fixture.table) { $0.timeToLiveAttribute = "end" }
        fixture.clock.advance(byMilliseconds: 11_000)
        // Two items are looked at: the rest is done after a restart.
        #expect(try fixture.store.expireItems(itemsMax: 2, owner: { _, _ in .nobody }) == 2)
        try fixture.reopen()
        try sweep(fixture)
        #expect(try fixture.values().keys.sorted() == ["stays"])
    }

    @Test func anotherAttributeCountsFromThenOn() throws {
        let fixture = try fixture()
        try fixture.put("a", 1, end(fixture, in: 10))
        try fixture.put("b", 1, ["until": .number(Number(Int(fixture.clock.now().seconds + 10)))])
        try fixture.store.updateOptions(of: fixture.table) { $0.timeToLiveAttribute = "until" }
        fixture.clock.advance(byMilliseconds: 11_000)
        try sweep(fixture)
        #expect(try fixture.values().keys.sorted() == ["a"])
        try fixture.store.updateOptions(of: fixture.table) { $0.timeToLiveAttribute = nil }
        try sweep(fixture)
        #expect(try fixture.values().keys.sorted() == ["a"])
    }

    @Test(arguments: [
        (Resident.State.active, true), (.fenced, false),
        (.arriving(RunID(random: SeededRandom(seed: 1))), false),
        (.kept(RunID(random: SeededRandom(seed: 1))), false),
    ])
    func goesByTheTenantsStanding(_ state: Resident.State, _ isDeleted: Bool) throws {
        let fixture = try fixture()
        try fixture.put("a", 1, end(fixture, in: 10))
        try fixture.store.setResident(
            fixture.tenant, to: Resident(epoch: 4, state: state, isCaptured: true))
        fixture.clock.advance(byMilliseconds: 11_000)
        try sweep(fixture, as: .unknown)
        #expect(try fixture.values().count == 1)
        try sweep(fixture, as: .tenant(fixture.tenant))
        #expect(try fixture.values().isEmpty == isDeleted)
        #expect(
            try fixture.told(tenant: fixture.tenant) == (isDeleted ? ["remove a 1 - expired"] : []))
        let captured = try fixture.store.changes(of: fixture.tenant, after: 0, itemsMax: 9)
        #expect(captured.map(\.key) == (isDeleted ? [fixture.key("a")] : []))
    }

    @Test func itemsThatMustStayDoNotHoldUpOthers() throws {
        let fixture = try fixture()
        for number in 0..<5 { try fixture.put("held-\(number)", 1, end(fixture, in: 5)) }
        try fixture.put("free", 1, end(fixture, in: 9))
        fixture.clock.advance(byMilliseconds: 11_000)
        let held = ItemOwner.tenant(fixture.tenant)
        for _ in 0..<8 {
            _ = try fixture.store.expireItems(itemsMax: 2) { _, key in
                String(decoding: key, as: UTF8.self) == "free" ? .nobody : held
            }
        }
        #expect(try fixture.values()["free"] == nil)
        #expect(try fixture.values().count == 5)
    }

    @Test func movedItemsEndToo() throws {
        let fixture = try fixture()
        let run = RunID(random: SeededRandom(seed: 3))
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 1, state: .arriving(run)))
        let image = ItemImage(fixture.item("a", end(fixture, in: 5)))
        try fixture.store.apply(
            [MovedItem(table: fixture.table, key: fixture.key("a"), image: image)], for: fixture.tenant,
            run: run)
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 2, state: .active))
        fixture.clock.advance(byMilliseconds: 11_000)
        try sweep(fixture, as: .tenant(fixture.tenant))
        #expect(try fixture.values().isEmpty)
    }
}
