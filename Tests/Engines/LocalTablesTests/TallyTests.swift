import Base
import Items
import Tables
import TestKit
import Testing

@testable import LocalTables

/// How much tenants' items have changed, as the writer counts it, and the count of all of them beside their writes.
@Suite struct TallyTests {
    private let fixture: StoreFixture
    private let store: LocalStore
    private let tenant: TenantID
    private let neighbour = TenantID(random: SeededRandom(seed: 8))
    private let run = RunID(random: SeededRandom(seed: 9))

    init() throws {
        fixture = try StoreFixture()
        (store, tenant) = (fixture.store, fixture.tenant)
        for owner in [tenant, neighbour] {
            try store.setResident(owner, to: Resident(epoch: 1, state: .active))
        }
    }

    /// The tenant's keys begin with `a`, its neighbour's with `b`.
    private var range: KeyRange {
        KeyRange(table: fixture.table, lower: Array("a".utf8), upper: Array("b".utf8))
    }

    private func write(
        _ writes: [ItemWrite], _ kind: WriteRequest.Kind = .batch, of owner: TenantID? = nil,
        token: WriteToken? = nil
    ) throws {
        var request = WriteRequest(
            kind, writes, route: WriteRoute(tenant: owner ?? tenant, epoch: 1, wall: OpenWall()))
        request.token = token
        try store.write(request)
    }

    private func put(_ partition: String, _ sort: Int, note: String = "") throws -> ItemWrite {
        try fixture.put(fixture.item(partition, sort, ["note": .string(note)]))
    }

    private func delete(_ partition: String, _ sort: Int) throws -> ItemWrite {
        ItemWrite(table: fixture.table, key: try fixture.key(partition, sort), action: .delete)
    }

    private func size(_ partition: String, _ sort: Int, note: String = "") throws -> Int {
        try fixture.item(partition, sort, ["note": .string(note)]).sizeBytes
    }

    // MARK: Tallies

    @Test func countsWhatWritesAddAndRemove() throws {
        let small = try size("a", 1)
        try write([try put("a", 1)])
        #expect(store.takeTallies() == [tenant: Extent(items: 1, bytes: small)])
        #expect(store.takeTallies().isEmpty, "what is taken is not told again")
        try write([try put("a", 1, note: "longer")])
        #expect(store.takeTallies() == [tenant: Extent(items: 0, bytes: 6)])
        try write([try put("a", 1, note: "longer")])
        #expect(store.takeTallies().isEmpty, "the same item in its own place")
        try write([try put("a", 2), try delete("a", 1), try delete("a", 9)])
        #expect(store.takeTallies() == [tenant: Extent(items: 0, bytes: try size("a", 2) - small - 6)])
    }

    @Test func countsEachTenantForItselfAndWhatHasNoneForNobody() throws {
        try write([try put("a", 1)])
        try write([try put("b", 1), try put("b", 2)], of: neighbour)
        try store.write(WriteRequest(try put("c", 1)))
        let tallies = store.takeTallies()
        #expect(tallies.mapValues(\.items) == [tenant: 1, neighbour: 2])
    }

    @Test func aRefusalAndATransactionThatWasDoneBeforeCountNothing() throws {
        let token = WriteToken(text: "once", digest: [1])
        try write([try put("a", 1)], .transaction, token: token)
        _ = store.takeTallies()
        try write([try put("a", 1)], .transaction, token: token)
        #expect(throws: TableError.self) {
            try write(
                [
                    try put("a", 2),
                    try fixture.put(fixture.item("a", 1), if: "attribute_not_exists(p)"),
                ], .transaction)
        }
        #expect(throws: TableError.misrouted(tenant)) {
            try store.write(
                WriteRequest(
                    .single, [try put("a", 3)], route: WriteRoute(tenant: tenant, epoch: 2, wall: OpenWall()))
            )
        }
        #expect(store.takeTallies().isEmpty)
    }

    @Test func aGroupThatIsRolledBackCountsNothing() throws {
        try write([try put("a", 1)])
        _ = store.takeTallies()
        try store.beginCensus(of: tenant, epoch: 1, in: [range])
        try store.limitFile(pages: 1)
        #expect(throws: TableError.self) {
            try write((2..<20).map { try put("a", $0, note: String(repeating: "x", count: 90_000)) })
        }
        #expect(store.takeTallies().isEmpty)
        #expect(try store.continueCensus(of: tenant, rowsMax: 10) == .spoiled)
        #expect(try store.endCensus(of: tenant) == nil)
    }

    @Test func whatAMoverBringsAndTakesAwayIsNoChangeOfTheTenants() throws {
        try store.setResident(tenant, to: Resident(epoch: 2, state: .arriving(run)))
        let item = try fixture.item("a", 1)
        let change = MovedItem(table: fixture.table, key: try fixture.key("a", 1), image: ItemImage(item))
        try store.apply([change], for: tenant, run: run)
        #expect(try store.removeRows(in: range, itemsMax: 10, for: tenant) == 1)
        #expect(store.takeTallies().isEmpty)
    }

    @Test func countsWhatARestorePutsBack() throws {
        try write([try put("a", 1)])
        _ = store.takeTallies()
        try store.setResident(tenant, to: Resident(epoch: 1, state: .fenced))
        let item = try fixture.item("a", 2)
        try store.restore(
            [
                MovedItem(table: fixture.table, key: try fixture.key("a", 2), image: ItemImage(item)),
                MovedItem(table: fixture.table, key: try fixture.key("a", 1), image: nil),
            ], of: tenant, epoch: 1)
        #expect(
            store.takeTallies() == [tenant: Extent(items: 0, bytes: item.sizeBytes - (try size("a", 1)))])
    }

    @Test func countsItemsWhoseLifeEnds() throws {
        let history = try HistoryFixture { options, _ in options.timeToLiveAttribute = "end" }
        try history.store.setResident(tenant, to: Resident(epoch: 1, state: .active))
        try history.put("soon", 1, ["end": .number(Number(Int(history.clock.now().seconds + 10)))])
        _ = history.store.takeTallies()
        history.clock.advance(byMilliseconds: 11_000)
        let owner = tenant
        _ = try history.store.expireItems(itemsMax: 10) { _, _ in .tenant(owner) }
        #expect(history.store.takeTallies().mapValues(\.items) == [tenant: -1])
    }

    @Test func whatAStoreThatIsRemovedHasCountedIsNotLost() throws {
        let folder = try TemporaryFolder()
        let stores = try LocalStores(folder: folder.path)
        let id = try #require(StoreID("own"))
        let own = try stores.create(id, tables: [fixture.schema])
        try own.setResident(tenant, to: Resident(epoch: 1, state: .active))
        try own.write(
            WriteRequest(
                .single, [try put("a", 1)], route: WriteRoute(tenant: tenant, epoch: 1, wall: OpenWall())))
        try stores.remove(id)
        #expect(stores.takeTallies().mapValues(\.items) == [tenant: 1])
        #expect(stores.takeTallies().isEmpty)
    }

    @Test func whatChangesHandsIsTheOnesLessAndTheOthersMoreAndSpoilsACount() throws {
        try write([try put("a", 1)])
        _ = store.takeTallies()
        for owner in [tenant, neighbour] { try store.beginCensus(of: owner, epoch: 1, in: [range]) }
        let extent = Extent(items: 3, bytes: 200)
        try store.handOver(extent, from: tenant, to: neighbour)
        #expect(store.takeTallies() == [tenant: Extent(items: -3, bytes: -200), neighbour: extent])
        for owner in [tenant, neighbour] {
            #expect(try store.continueCensus(of: owner, rowsMax: 9) == .spoiled)
        }
    }

    // MARK: Counts

    @Test func countsWhatIsWrittenBehindItAndBeforeItOnce() throws {
        try write((0..<10).map { try put("a", $0) })
        try write([try put("b", 1)], of: neighbour)
        _ = store.takeTallies()
        try store.beginCensus(of: tenant, epoch: 1, in: [range])
        #expect(try store.continueCensus(of: tenant, rowsMax: 5) == .more)
        // Behind it: one that goes, one that grows, one that comes. Before it: the same.
        try write([try delete("a", 0), try put("a", 1, note: "grows"), try put("a", -1)])
        try write([try delete("a", 9), try put("a", 8, note: "grows"), try put("a", 20)])
        #expect(try store.continueCensus(of: tenant, rowsMax: 5) == .more)
        #expect(try store.continueCensus(of: tenant, rowsMax: 5) == .complete)
        try write([try put("a", 30), try delete("a", 3)])
        let census = try #require(try store.endCensus(of: tenant))
        #expect(try census.counted == store.extent(of: range))
        #expect(census.counted.items == 10)
        #expect(store.takeTallies()[tenant] == census.untaken)
    }

    @Test func aWriteOutsideOfTheRangesSpoilsTheCount() throws {
        try store.beginCensus(of: tenant, epoch: 1, in: [range])
        try write([try put("z", 1)])
        #expect(try store.continueCensus(of: tenant, rowsMax: 5) == .spoiled)
        #expect(try store.endCensus(of: tenant) == nil)
        #expect(try store.continueCensus(of: tenant, rowsMax: 5) == .spoiled, "there is none any longer")
    }

    @Test func aCountThatIsNotCompleteHasNoEnd() throws {
        try write((0..<3).map { try put("a", $0) })
        try store.beginCensus(of: tenant, epoch: 1, in: [range])
        #expect(try store.continueCensus(of: tenant, rowsMax: 2) == .more)
        #expect(try store.endCensus(of: tenant) == nil)
    }

    @Test(
        arguments: [
            (Resident(epoch: 1, state: .active), true), (Resident(epoch: 1, state: .fenced), true),
            (Resident(epoch: 2, state: .active), false), (nil, false),
            (Resident(epoch: 1, state: .arriving(RunID(random: SeededRandom(seed: 9)))), false),
            (Resident(epoch: 1, state: .kept(RunID(random: SeededRandom(seed: 9)))), false),
        ] as [(Resident?, Bool)])
    func onlyAStoreInChargeCounts(_ resident: Resident?, _ isInCharge: Bool) throws {
        try store.beginCensus(of: tenant, epoch: 1, in: [range])
        if let resident {
            try store.setResident(tenant, to: resident)
        } else {
            try store.removeResident(tenant)
        }
        if isInCharge {
            #expect(try store.continueCensus(of: tenant, rowsMax: 5) == .complete)
            #expect(try store.endCensus(of: tenant)?.counted == Extent())
        } else {
            #expect(throws: TableError.misrouted(tenant)) {
                try store.continueCensus(of: tenant, rowsMax: 5)
            }
            #expect(throws: TableError.misrouted(tenant)) {
                try store.beginCensus(of: tenant, epoch: 1, in: [range])
            }
        }
    }

    @Test func fuzzedWritesAreCountedToTheByte() throws {
        try Fuzzer("tallies", rounds: 60).run { random in
            let world = try TallyTests()
            try world.play(random)
        }
    }

    /// Writes of all kinds and a count in parts, in any order; the tallies and the count come to what a look at all rows finds.
    private func play(_ random: SeededRandom) throws {
        func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        var reckoned = Extent()
        var isCounting = false
        func someWrites(_ count: Int, of owner: TenantID) throws -> [ItemWrite] {
            var sorts: Set<Int> = []
            while sorts.count < count { sorts.insert(pick(12)) }
            return try sorts.map { sort in
                let partition = (owner == tenant ? "a" : "b") + (pick(2) == 0 ? "" : "x")
                return pick(3) == 0
                    ? try delete(partition, sort)
                    : try put(partition, sort, note: String(repeating: "n", count: pick(40)))
            }
        }
        for _ in 0..<60 {
            switch pick(8) {
            case 0: try write(try someWrites(1, of: tenant), .single)
            case 1: try write(try someWrites(1 + pick(4), of: tenant), .batch)
            case 2: try write(try someWrites(1 + pick(4), of: tenant), .transaction)
            case 3: try write(try someWrites(2, of: neighbour), of: neighbour)
            case 4: reckoned = reckoned + (store.takeTallies()[tenant] ?? Extent())
            case 5:
                try store.setResident(tenant, to: Resident(epoch: 1, state: .fenced))
                let write = try someWrites(1, of: tenant)[0]
                var image: ItemImage?
                if case .put(let item) = write.action { image = ItemImage(item) }
                try store.restore(
                    [MovedItem(table: write.table, key: write.key, image: image)], of: tenant, epoch: 1)
                try store.setResident(tenant, to: Resident(epoch: 1, state: .active))
            case 6 where !isCounting:
                let middle = Array("ax".utf8)
                try store.beginCensus(
                    of: tenant, epoch: 1,
                    in: [
                        KeyRange(table: fixture.table, lower: range.lower, upper: middle),
                        KeyRange(table: fixture.table, lower: middle, upper: range.upper),
                    ])
                isCounting = true
            default:
                guard isCounting, try store.continueCensus(of: tenant, rowsMax: 1 + pick(5)) == .complete
                else { continue }
                let census = try #require(try store.endCensus(of: tenant))
                try #require(try store.extent(of: range) == census.counted)
                try #require(census.counted == reckoned + census.untaken)
                isCounting = false
            }
        }
        reckoned = reckoned + (store.takeTallies()[tenant] ?? Extent())
        try #require(try store.extent(of: range) == reckoned)
    }
}
