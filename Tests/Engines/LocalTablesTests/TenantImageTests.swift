import Base
import Dispatch
import FoundationEssentials
import Items
import LocalTables
import Synchronization
import Tables
import TestKit
import Testing

@Suite struct TenantImageTests {
    @Test func holdsAllItemsOfTheTenantAndNobodyElses() throws {
        let fixture = try TenantImageFixture()
        let keys = ["a#1", "a#2", "aa#1", "a#3", "a#4"]
        for (number, key) in keys.enumerated() { try fixture.write(key, number) }
        try fixture.write("b#1", 9, as: fixture.neighbour)
        try fixture.write("a", 9, as: fixture.neighbour)
        fixture.clock.advance(byMilliseconds: 5)
        let taken = try fixture.images.take(fixture.image())
        let expected = ["a#1": "0", "a#2": "1", "aa#1": "2", "a#3": "3", "a#4": "4"]
        #expect(try fixture.values(taken, 0) == expected)
        #expect(try fixture.values(taken, 1) == expected)
        // `p`, its text, `v` and a digit: 1 + 3 + 1 + 2; once 1 more for `aa`, once 1 less for zero.
        #expect(taken.tables.map(\.extent) == [Extent(items: 5, bytes: 35), Extent(items: 5, bytes: 35)])
        #expect(taken.takenAt == fixture.clock.now())
        #expect(taken.digest.count == 64)
        #expect(try fixture.images.images { name, _ in Issue.record("\(name)") } == [taken])
    }

    @Test func answersTheSameImageForTheSameID() throws {
        let fixture = try TenantImageFixture()
        try fixture.write("a#1", 1)
        let image = fixture.image()
        let taken = try fixture.images.take(image)
        try fixture.write("a#1", 2)
        #expect(try fixture.images.take(image) == taken)
        #expect(try fixture.values(taken, 0) == ["a#1": "1"])
        try fixture.images.remove(image.id)
        try fixture.images.remove(image.id)
        let again = try fixture.images.take(image)
        #expect(try fixture.values(again, 0) == ["a#1": "2"])
        #expect(again.digest != taken.digest)
    }

    @Test(
        arguments: [
            (nil, false), (Resident(epoch: 3, state: .active), true),
            (Resident(epoch: 2, state: .active), false),
            (Resident(epoch: 4, state: .active), false), (Resident(epoch: 3, state: .fenced), false),
            (Resident(epoch: 3, state: .arriving(RunID(random: SeededRandom(seed: 1)))), false),
            (Resident(epoch: 3, state: .kept(RunID(random: SeededRandom(seed: 1)))), false),
        ] as [(Resident?, Bool)])
    func goesByTheStoresOwnWord(resident: Resident?, isTaken: Bool) throws {
        let fixture = try TenantImageFixture()
        try fixture.write("a#1", 1)
        if let resident {
            try fixture.store.setResident(fixture.tenant, to: resident)
        } else {
            try fixture.store.removeResident(fixture.tenant)
        }
        if isTaken {
            #expect(try fixture.images.take(fixture.image()).tables[0].extent.items == 1)
        } else {
            #expect(throws: TableError.misrouted(fixture.tenant)) {
                try fixture.images.take(fixture.image())
            }
            #expect(try fixture.files() == [])
        }
    }

    @Test func refusesWhatIsNotThere() throws {
        let fixture = try TenantImageFixture()
        var image = fixture.image()
        image.store = try #require(StoreID("elsewhere"))
        #expect(throws: TableError.noSuchStore(image.store)) { try fixture.images.take(image) }
        let other = try #require(TableName("other"))
        image = fixture.image()
        image.tables[1].ranges = fixture.ranges(other)
        #expect(throws: TableError.noSuchTable(other)) { try fixture.images.take(image) }
        #expect(try fixture.files() == [])
        let taken = try fixture.images.take(fixture.image())
        #expect(throws: TableError.storage("the image has no table `other`")) {
            try fixture.images.rows(of: taken.id, table: "other", after: nil, itemsMax: 1, bytesMax: 1)
        }
    }

    @Test func showsOneInstantOfAllTablesWhileWritesGoOn() throws {
        let fixture = try TenantImageFixture()
        let isStopping = Atomic<Bool>(false)
        let writes = Atomic<Int>(0)
        let group = DispatchGroup()
        let failures = Mutex<[String]>([])
        for writer in 0..<2 {
            group.enter()
            DispatchQueue(label: "writer.\(writer)").async {
                defer { group.leave() }
                var number = 0
                while !isStopping.load(ordering: .relaxed) {
                    number += 1
                    do {
                        try fixture.write("a#\(writer)-\(number % 7)", number % 11 == 0 ? nil : number)
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                        return
                    }
                    writes.add(1, ordering: .relaxed)
                }
            }
        }
        var seen: Set<[String: String]> = []
        for _ in 0..<30 {
            let before = writes.load(ordering: .relaxed)
            while writes.load(ordering: .relaxed) < before + 5, failures.withLock({ $0.isEmpty }) {}
            let taken = try fixture.images.take(fixture.image())
            let left = try fixture.values(taken, 0)
            #expect(try left == fixture.values(taken, 1), "an image shows half of a transaction")
            seen.insert(left)
            try fixture.images.remove(taken.id)
        }
        isStopping.store(true, ordering: .relaxed)
        group.wait()
        #expect(failures.withLock { $0 } == [])
        #expect(seen.count > 20, "the writers did not write between the images")
    }

    @Test func removesWhatWasCutShortAndTellsOfWhatDoesNotRead() throws {
        let fixture = try TenantImageFixture()
        let taken = try fixture.images.take(fixture.image())
        let folder = fixture.folder.path(of: "images")
        let cut = SnapshotID(now: fixture.clock.now(), random: SeededRandom(seed: 99))
        #expect(FileManager.default.createFile(atPath: "\(folder)/\(cut).image.part", contents: Data([1])))
        #expect(FileManager.default.createFile(atPath: "\(folder)/\(cut).image", contents: Data([1])))
        var told: [String] = []
        #expect(try fixture.images.images { name, _ in told.append(name) } == [taken])
        #expect(told == ["\(cut).image"])
        #expect(try fixture.files() == ["\(cut).image", "\(taken.id).image"].sorted())
    }

    @Test func leavesNothingWhereTheFileCannotBeWritten() throws {
        let fixture = try TenantImageFixture()
        let image = fixture.image()
        // A folder in the place of the file that is to be written: it cannot be opened, by root neither.
        let part = fixture.folder.path(of: "images") + "/\(image.id).image.part"
        try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: false)
        #expect { try fixture.images.take(image) } throws: { error in
            guard case .storage(let text)? = error as? TableError else { return false }
            return text.contains(".image.part`: errno")
        }
        try FileManager.default.removeItem(atPath: part)
        #expect(try fixture.images.take(image).id == image.id)
    }
}

@Suite struct PastTenantImageTests {
    @Test func showsEachPastMoment() throws {
        let fixture = try TenantImageFixture(recoveryDays: 35)
        var states: [(Timestamp, [String: String])] = []
        var state: [String: String] = [:]
        let random = SeededRandom(seed: 5)
        for number in 0..<60 {
            fixture.clock.advance(byMilliseconds: 10)
            let key = "\(random.oneIn(2) ? "a" : "aa")#\(random.below(6))"
            let value = random.oneIn(4) ? nil : number
            try fixture.write(key, value)
            try fixture.write("b#\(random.below(6))", number, as: fixture.neighbour)
            state[key] = value.map(String.init)
            states.append((fixture.clock.now(), state))
        }
        fixture.clock.advance(byMilliseconds: 10)
        for (moment, state) in states {
            let taken = try fixture.images.take(fixture.image(asOf: moment))
            #expect(try fixture.values(taken, 0) == state)
            #expect(try fixture.values(taken, 1) == state)
            #expect(taken.takenAt == moment)
            #expect(taken.tables[0].extent.items == state.count)
        }
    }

    @Test func refusesMomentsThatTheJournalDoesNotReach() throws {
        let without = try TenantImageFixture()
        let start = without.clock.now()
        #expect(
            throws: TableError.invalid(
                .validation(
                    "Table `left` keeps no journal to go back by: switch point-in-time recovery on for it; "
                        + "it reaches back to that moment and not further"))
        ) { try without.images.take(without.image(asOf: start)) }
        let fixture = try TenantImageFixture(recoveryDays: 2)
        let early = start.advanced(bySeconds: -1)
        #expect(
            throws: TableError.invalid(
                .validation(
                    "The journal of table `left` reaches back to `\(start.iso8601)`, not to `\(early.iso8601)`: name a later moment"
                ))
        ) { try fixture.images.take(fixture.image(asOf: early)) }
        let late = start.advanced(bySeconds: 1)
        #expect(
            throws: TableError.invalid(
                .validation("The moment `\(late.iso8601)` lies in the future: name a past one"))
        ) { try fixture.images.take(fixture.image(asOf: late)) }
        #expect(try fixture.images.take(fixture.image(asOf: start)).takenAt == start)
        fixture.clock.advance(byMilliseconds: 3 * 86_400_000)
        let earliest = fixture.clock.now().advanced(bySeconds: -2 * 86_400)
        #expect(throws: TableError.self) { try fixture.images.take(fixture.image(asOf: start)) }
        #expect(try fixture.images.take(fixture.image(asOf: earliest)).takenAt == earliest)
    }

    @Test func refusesAMomentBeforeTheTenantCame() throws {
        let fixture = try TenantImageFixture(recoveryDays: 2)
        let run = RunID(random: SeededRandom(seed: 4))
        let before = fixture.clock.now()
        fixture.clock.advance(byMilliseconds: 1000)
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 3, state: .arriving(run)))
        let item: Item = ["p": .string("a#1"), "v": .number(Number(1))]
        try fixture.store.apply(
            [
                MovedItem(
                    table: fixture.tables[0], key: EncodedKey(partition: Array("a#1".utf8)),
                    image: ItemImage(item))
            ], for: fixture.tenant, run: run)
        try fixture.store.setResident(fixture.tenant, to: Resident(epoch: 3, state: .active))
        let after = fixture.clock.now()
        fixture.clock.advance(byMilliseconds: 1000)
        #expect(
            throws: TableError.invalid(
                .validation(
                    "Items of the tenant came to table `left` by a move after `\(before.iso8601)`: name a moment after the move"
                ))
        ) { try fixture.images.take(fixture.image(asOf: before)) }
        #expect(try fixture.files() == [])
        #expect(try fixture.images.take(fixture.image(asOf: after)).tables[0].extent.items == 1)
    }
}

extension TenantImageFixture {
    fileprivate func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path(of: "images")).sorted()
    }
}
