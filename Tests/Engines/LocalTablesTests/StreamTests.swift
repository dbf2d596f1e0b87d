import Base
import Items
import LocalTables
import SQLite
import Tables
import TestKit
import Testing

@Suite struct StreamTests {
    private func fixture(
        _ viewType: TableOptions.Stream.ViewType = .newAndOldImages
    ) throws -> HistoryFixture {
        try HistoryFixture { options, now in
            options.stream = TableOptions.Stream(viewType: viewType, startedAt: now)
        }
    }

    @Test func tellsEachChangeOnceInOrderAlsoAfterARestart() throws {
        let fixture = try fixture()
        try fixture.put("a", 1)
        try fixture.put("b", 1)
        try fixture.put("a", 2)
        try fixture.delete("b")
        let expected = ["insert a - 1", "insert b - 1", "modify a 1 2", "remove b 1 -"]
        #expect(try fixture.told() == expected)
        try fixture.reopen()
        #expect(try fixture.told() == expected)
        try fixture.put("c", 3)
        #expect(try fixture.told() == expected + ["insert c - 3"])
    }

    @Test func saysNothingOfAWriteThatChangesNothing() throws {
        let fixture = try fixture()
        try fixture.put("a", 1, ["x": .string("1"), "y": .string("2")])
        try fixture.put("a", 1, ["y": .string("2"), "x": .string("1")])
        try fixture.delete("nobody")
        #expect(try fixture.told() == ["insert a - 1"])
    }

    @Test func saysNothingOfARefusedWriteOrACheck() throws {
        let fixture = try fixture()
        try fixture.put("a", 1)
        var attributes = ExpressionAttributes()
        let isNew = try ConditionExpression.parse("attribute_not_exists(p)", kind: .condition, &attributes)
        var refused = fixture.write("a", .put(fixture.item("a")))
        refused.condition = isNew
        #expect(throws: TableError.self) { try fixture.store.write(WriteRequest(refused)) }
        #expect(throws: TableError.self) {
            try fixture.store.write(
                WriteRequest(.transaction, [fixture.write("b", .put(fixture.item("b"))), refused]))
        }
        var check = fixture.write("b", .check)
        check.condition = isNew
        try fixture.store.write(WriteRequest(.transaction, [check]))
        #expect(try fixture.told() == ["insert a - 1"])
    }

    @Test(arguments: [
        (TableOptions.Stream.ViewType.keysOnly, "modify a - -"), (.newImage, "modify a - 2"),
        (.oldImage, "modify a 1 -"), (.newAndOldImages, "modify a 1 2"),
    ])
    func showsWhatItsViewTypeSays(_ viewType: TableOptions.Stream.ViewType, _ record: String) throws {
        let fixture = try fixture(viewType)
        // A recovery keeps more of a change than the stream may show.
        let now = fixture.clock.now()
        try fixture.store.updateOptions(of: fixture.table) {
            $0.recovery = TableOptions.PointInTimeRecovery(startedAt: now)
        }
        try fixture.put("a", 1)
        try fixture.put("a", 2)
        #expect(try fixture.told().last == record)
    }

    @Test func keepsTenantsApartAndTheMoverOut() throws {
        let fixture = try fixture()
        let other = TenantID(random: SeededRandom(seed: 8))
        let run = RunID(random: SeededRandom(seed: 9))
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 3, state: .active))
        try fixture.store.setResident(other, to: Resident(epoch: 5, state: .arriving(run)))
        let route = WriteRoute(tenant: fixture.tenant, epoch: 3, wall: OpenWall())
        try fixture.store.write(
            WriteRequest(fixture.write("mine", .put(fixture.item("mine"))), route: route))
        let image = ItemImage(fixture.item("moved"))
        try fixture.store.apply(
            [MovedItem(table: fixture.table, key: fixture.key("moved"), image: image)], for: other, run: run)
        try fixture.put("ours", 1)
        #expect(try fixture.told(tenant: fixture.tenant) == ["insert mine - -"])
        #expect(try fixture.told(tenant: other) == [])
        #expect(try fixture.told() == ["insert ours - 1"])
        let stream = try fixture.stream()
        let mine = { (epochs: ClosedRange<Int64>) in
            try fixture.store.streamChanges(
                ChangeSelection(
                    table: fixture.table, startedAt: stream.startedAt, tenant: fixture.tenant, epochs: epochs)
            ).count
        }
        #expect(try mine(1...3) == 1)
        #expect(try mine(4...9) == 0)
    }

    @Test func pagesByCountAndBySize() throws {
        let fixture = try fixture()
        for number in 0..<10 { try fixture.put("k\(number)", number) }
        var selection = ChangeSelection(
            table: fixture.table, startedAt: try fixture.stream().startedAt, itemsMax: 4)
        var seen: [String] = []
        while true {
            let page = try fixture.store.streamChanges(selection)
            guard let last = page.last else { break }
            #expect(page.count <= 4)
            seen += try page.compactMap { try HistoryFixture.value($0.new) }
            selection.after = last.sequence
        }
        #expect(seen == (0..<10).map(String.init))
        selection.after = 0
        selection.bytesMax = 1
        #expect(try fixture.store.streamChanges(selection).count == 1)
    }

    @Test func switchedOffItStaysReadableForADayAndOnAgainItIsAnother() throws {
        let fixture = try fixture()
        try fixture.put("a", 1)
        let first = try fixture.stream()
        try fixture.store.updateOptions(of: fixture.table) { $0.stream = nil }
        try fixture.put("a", 2)
        #expect(try fixture.told() == ["insert a - 1"])
        #expect(try fixture.stream().endedAt == fixture.clock.now())
        // In the same millisecond, even.
        let now = fixture.clock.now()
        let record = try fixture.store.updateOptions(of: fixture.table) {
            $0.stream = TableOptions.Stream(viewType: .newImage, startedAt: now)
        }
        try fixture.put("a", 3)
        #expect(record.options.stream?.startedAt == now.advanced(byMilliseconds: 1))
        #expect(try fixture.store.streams().map(\.label) == [first.label, try fixture.stream().label])
        #expect(try fixture.told() == ["modify a - 3"])

        fixture.clock.advance(byMilliseconds: 24 * 3_600_000 + 1)
        #expect(try fixture.store.trimHistory(entriesMax: 100) == 2)
        #expect(try fixture.store.streams().map(\.viewType) == [.newImage])
    }

    @Test func trimsWhatIsOlderThanADayInChunks() throws {
        let fixture = try fixture()
        for number in 0..<5 { try fixture.put("k\(number)", number) }
        fixture.clock.advance(byMilliseconds: 12 * 3_600_000)
        try fixture.put("late", 9)
        #expect(try fixture.store.trimHistory(entriesMax: 2) == 0)
        fixture.clock.advance(byMilliseconds: 12 * 3_600_000 + 1)
        let stream = try fixture.stream()
        #expect(try fixture.store.trimHistory(entriesMax: 2) == 2)
        // The horizon has passed all that is too old, also what has not been removed yet.
        #expect(try fixture.told() == ["insert late - 9"])
        let bounds = try fixture.store.streamBounds(of: fixture.table, startedAt: stream.startedAt)
        #expect(bounds == StreamBounds(trimHorizon: 5, latest: 6))
        #expect(try fixture.store.trimHistory(entriesMax: 2) == 2)
        #expect(try fixture.store.trimHistory(entriesMax: 2) == 1)
        #expect(try fixture.store.trimHistory(entriesMax: 2) == 0)
        try fixture.reopen()
        try fixture.put("next", 1)
        #expect(try fixture.told() == ["insert late - 9", "insert next - 1"])
    }

    @Test func sequencesGrowThoughAllIsTrimmedAndTheClockGoesBack() throws {
        let fixture = try fixture()
        try fixture.put("a", 1)
        fixture.clock.advance(byMilliseconds: 25 * 3_600_000)
        #expect(try fixture.store.trimHistory(entriesMax: 10) == 1)
        try fixture.reopen()
        fixture.clock.setWall(byMilliseconds: -1000)
        try fixture.put("a", 2)
        let stream = try fixture.stream()
        let changes = try fixture.store.streamChanges(
            ChangeSelection(table: fixture.table, startedAt: stream.startedAt))
        #expect(changes.map(\.sequence) == [2])
    }

    @Test func aFileOfTheFirstLayoutGetsAJournal() throws {
        let fixture = try HistoryFixture()
        try fixture.put("a", 1)
        let path = fixture.folder.path(of: "store.sqlite")
        fixture.store.close()
        do {
            let old = try Connection(path: path, mode: .readWrite, isExclusive: true)
            try old.execute(
                """
                DROP TABLE journal; DROP TABLE streams; DROP TABLE backfills; DROP TABLE tokens;
                PRAGMA user_version = 1
                """)
        }
        try fixture.reopen()
        let now = fixture.clock.now()
        try fixture.store.updateOptions(of: fixture.table) {
            $0.stream = TableOptions.Stream(viewType: .newAndOldImages, startedAt: now)
        }
        try fixture.put("a", 2)
        #expect(try fixture.told() == ["modify a 1 2"])
        #expect(try fixture.values() == ["a": "2"])
    }
}
