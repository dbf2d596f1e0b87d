import Base
import Items
import Tables
import TestKit
import Testing

@testable import LocalTables

/// Changes that a tenant made in another store, in the journal of the one where it is.
@Suite struct AdoptedChangesTests {
    private static func change(
        _ fixture: TenantImageFixture, _ key: String, at: Timestamp, epoch: Int64 = 2, sequence: Int64,
        old: Int?
    ) -> [PastChange] {
        fixture.tables.map { table in
            PastChange(
                table: table, key: EncodedKey(partition: Array(key.utf8)), at: at, epoch: epoch,
                sequence: sequence, event: old == nil ? .insert : .modify, cause: .request,
                old: old.map { ItemImage(["p": .string(key), "v": .number(Number($0))]) })
        }
    }

    /// A tenant that has come a second ago, with three changes that it made before.
    private func arrived() throws -> (TenantImageFixture, start: Timestamp) {
        let fixture = try TenantImageFixture(recoveryDays: 2)
        fixture.clock.advance(byMilliseconds: 10_000)
        let start = fixture.clock.now().advanced(byMilliseconds: -10_000)
        try fixture.write("a#1", 3)
        let at = { start.advanced(byMilliseconds: $0) }
        // Three within one moment, and handed over in the wrong order: their places in their own journal tell.
        let adopted =
            Self.change(fixture, "a#1", at: at(2000), sequence: 9, old: 1)
            + Self.change(fixture, "a#1", at: at(1000), sequence: 7, old: nil)
            + Self.change(fixture, "a#1", at: at(2000), sequence: 12, old: 2)
        try fixture.store.adopt(adopted, of: fixture.tenant)
        return (fixture, start)
    }

    private func value(_ fixture: TenantImageFixture, at moment: Timestamp) throws -> [String: String] {
        var image = fixture.image(asOf: moment)
        image.historyFrom = moment
        return try fixture.values(try fixture.images.take(image), 0)
    }

    @Test func areTakenBackInTheOrderInWhichTheyWereMade() throws {
        let (fixture, start) = try arrived()
        let at = { start.advanced(byMilliseconds: $0) }
        // The write of now had nothing before it in this store; the adopted ones say what was.
        #expect(try value(fixture, at: at(10_000)) == ["a#1": "3"])
        #expect(try value(fixture, at: at(1999)) == ["a#1": "1"])
        #expect(try value(fixture, at: at(999)) == [:])
    }

    @Test func areAddedOnce() throws {
        let (fixture, start) = try arrived()
        let keeper = try #require(fixture.store as? any TraceKeeper)
        let before = try keeper.traces(of: fixture.tenant).journalEntries
        #expect(before == 8)
        let again = Self.change(
            fixture, "a#1", at: start.advanced(byMilliseconds: 2000), sequence: 9, old: 1)
        try fixture.store.adopt(again, of: fixture.tenant)
        #expect(try keeper.traces(of: fixture.tenant).journalEntries == before)
        // Nor is one that was made here in an earlier stay.
        let own = try fixture.store.pastChanges(
            of: fixture.tenant, in: fixture.tables.flatMap(fixture.ranges), from: start, after: 0,
            entriesMax: 2000, changesMax: 2000)
        #expect(own.changes.count == before && own.next == nil)
        try fixture.store.adopt(own.changes, of: fixture.tenant)
        #expect(try keeper.traces(of: fixture.tenant).journalEntries == before)
        // The same place of another stay is another change.
        try fixture.store.adopt(
            Self.change(fixture, "a#1", at: start, epoch: 1, sequence: 9, old: 1), of: fixture.tenant)
        #expect(try keeper.traces(of: fixture.tenant).journalEntries == before + 2)
    }

    /// What others wrote before then is not walked through, and their changes count only among the entries.
    @Test func aWalkBeginsWithItsTimeAndEndsALookWithSoManyChanges() throws {
        let fixture = try TenantImageFixture(recoveryDays: 2)
        for value in 0..<50 { try fixture.write("b#\(value)", value, as: fixture.neighbour) }
        fixture.clock.advance(byMilliseconds: 1000)
        let start = fixture.clock.now()
        func walk(from: Timestamp, entriesMax: Int, changesMax: Int) throws -> [Int] {
            var (looks, sequence) = ([Int](), Int64(0))
            while true {
                let found = try fixture.store.pastChanges(
                    of: fixture.tenant, in: fixture.tables.flatMap(fixture.ranges), from: from,
                    after: sequence, entriesMax: entriesMax, changesMax: changesMax)
                looks.append(found.changes.count)
                guard let next = found.next else { return looks }
                sequence = next
            }
        }
        #expect(try walk(from: start, entriesMax: 10, changesMax: 10) == [0])
        // What another tenant brought along is met, though no table has a change of its own since.
        let foreign = Self.change(fixture, "a#9", at: start, sequence: 1, old: nil)
        try fixture.store.adopt(foreign, of: fixture.neighbour)
        let met = try fixture.store.pastChanges(
            of: fixture.tenant, in: fixture.tables.flatMap(fixture.ranges), from: start, after: 0,
            entriesMax: 10, changesMax: 10)
        #expect(met.changes == [] && met.foreignAt == start && met.next == nil)
        for value in 0..<3 { try fixture.write("a#1", value) }
        #expect(try walk(from: start, entriesMax: 10, changesMax: 10) == [6])
        #expect(try walk(from: start, entriesMax: 4, changesMax: 10) == [2, 4, 0])
        #expect(try walk(from: start, entriesMax: 10, changesMax: 2) == [2, 2, 2, 0])
        // An adopted change stands where it came, whatever its time is.
        let early = Self.change(fixture, "a#1", at: start, sequence: 1, old: nil)
        try fixture.store.adopt(early, of: fixture.tenant)
        fixture.clock.advance(byMilliseconds: 1000)
        try fixture.store.adopt(
            Self.change(fixture, "a#1", at: fixture.clock.now(), sequence: 2, old: 1), of: fixture.tenant)
        #expect(try walk(from: fixture.clock.now(), entriesMax: 10, changesMax: 10) == [2])
        let looks = try walk(from: Timestamp(milliseconds: 0), entriesMax: 10, changesMax: 10)
        #expect(looks.count > 10 && looks.reduce(0, +) == 10, "\(looks)")
    }

    @Test func onlyTheStoreInChargeTakesThemAndOnlyAnotherForgetsThem() throws {
        let (fixture, start) = try arrived()
        let change = Self.change(fixture, "a#2", at: start, sequence: 1, old: nil)
        #expect(throws: TableError.notArriving(fixture.tenant)) {
            try fixture.store.removeAdopted(of: fixture.tenant, entriesMax: 10)
        }
        let run = RunID(random: SeededRandom(seed: 4))
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 4, state: .kept(run)))
        #expect(throws: TableError.misrouted(fixture.tenant)) {
            try fixture.store.adopt(change, of: fixture.tenant)
        }
        // A part at a time, and of this tenant alone.
        try fixture.store.adopt(change, of: fixture.neighbour)
        #expect(try fixture.store.removeAdopted(of: fixture.tenant, entriesMax: 4) == 4)
        #expect(try fixture.store.removeAdopted(of: fixture.tenant, entriesMax: 4) == 2)
        #expect(try fixture.store.removeAdopted(of: fixture.tenant, entriesMax: 4) == 0)
        let keeper = try #require(fixture.store as? any TraceKeeper)
        #expect(try keeper.traces(of: fixture.tenant).journalEntries == 2)
        #expect(try keeper.traces(of: fixture.neighbour).journalEntries == 2)
    }

    @Test func areErasedByTheirKeysAndTrimmedWhenTheirTimeIsOver() throws {
        let (fixture, start) = try arrived()
        let keeper = try #require(fixture.store as? any TraceKeeper & HistoryKeeper)
        try fixture.store.adopt(
            Self.change(fixture, "a#2", at: start.advanced(byMilliseconds: 5), sequence: 1, old: nil),
            of: fixture.tenant)
        let left = fixture.tables[0]
        let isMeant: @Sendable (TableName?, EncodedKey) -> Bool = { table, key in
            table == left && key.partition == Array("a#2".utf8)
        }
        #expect(try keeper.journalCount(of: fixture.tenant, isOver: { false }, matching: isMeant) == 1)
        let sweep = try keeper.removeJournal(
            of: fixture.tenant, after: 0, entriesMax: 100, matching: isMeant)
        #expect(sweep == JournalSweep(removed: 1, next: nil))
        #expect(try keeper.journalCount(of: fixture.tenant, isOver: { false }, matching: isMeant) == 0)
        // The table's recovery began when they were made; those of the first second go first.
        fixture.clock.advance(byMilliseconds: 2 * 86_400_000 - 8500)
        #expect(try keeper.trimHistory(entriesMax: 100) == 3)
        fixture.clock.advance(byMilliseconds: 1000)
        #expect(try keeper.trimHistory(entriesMax: 100) == 4)
        #expect(try keeper.traces(of: fixture.tenant).journalEntries == 2)
        #expect(
            try keeper.removeJournal(of: fixture.tenant, after: 0, entriesMax: 100, matching: nil).removed
                == 2)
    }

    @Test func aTableThatKeepsNoPastTakesNone() throws {
        let fixture = try TenantImageFixture()
        try fixture.store.adopt(
            Self.change(fixture, "a#1", at: fixture.clock.now(), sequence: 1, old: nil), of: fixture.tenant)
        let keeper = try #require(fixture.store as? any TraceKeeper)
        #expect(try keeper.traces(of: fixture.tenant).journalEntries == 0)
    }

    /// Streams tell nothing of them, the restore of a whole table does not go by them, and the journal is in order as before.
    @Test func whoGoesByTheTableDoesNotMeetThem() throws {
        let (fixture, start) = try arrived()
        fixture.clock.advance(byMilliseconds: 10)
        try fixture.store.updateOptions(of: fixture.tables[0]) { [now = fixture.clock.now()] in
            $0.stream = TableOptions.Stream(viewType: .newAndOldImages, startedAt: now)
        }
        try fixture.write("a#1", 4)
        try fixture.store.adopt(
            Self.change(fixture, "a#1", at: start, sequence: 5, old: nil), of: fixture.tenant)
        let source = try #require(fixture.store as? any StreamSource)
        let stream = try #require(try source.streams().first)
        let told = try source.streamChanges(
            ChangeSelection(
                table: stream.table, startedAt: stream.startedAt, tenant: fixture.tenant, epochs: 0...100,
                after: 0))
        #expect(told.count == 1 && told.first?.epoch == 3)
        // Before the writes of this store the table was empty.
        let snapshots = try LocalSnapshots(
            folder: fixture.folder.path(of: "snapshots"), stores: fixture.stores)
        let manifest = SnapshotManifest(
            id: SnapshotID(now: start, random: SeededRandom(seed: 2)), purpose: .restore, name: "past",
            store: fixture.storeID, table: try #require(fixture.store.record(of: fixture.tables[0])),
            createdAt: start, asOf: start.advanced(byMilliseconds: 5000))
        #expect(try snapshots.take(manifest).extent.items == 0)
        fixture.stores.close()
        let path = fixture.folder.path(of: "stores") + "/pool.sqlite"
        let check = StoreChecker.check(fixture.storeID, path: path, on: SystemFiles())
        #expect(check.isSound && check.items == 2, "\(check.findings)")
    }
}
