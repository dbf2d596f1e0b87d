import Base
import Items
import SQLite
import Tables
import TestKit
import Testing

@testable import LocalTables

/// A tenant's adopted changes are found without those of all others.
@Suite struct AdoptedIndexTests {
    private let fixture: TenantImageFixture

    init() throws {
        fixture = try TenantImageFixture(recoveryDays: 2)
        for (tenant, key) in [(fixture.tenant, "a#1"), (fixture.neighbour, "b#1")] {
            let changes = fixture.tables.map { table in
                PastChange(
                    table: table, key: EncodedKey(partition: Array(key.utf8)), at: fixture.clock.now(),
                    epoch: 2, sequence: 9, event: .insert, cause: .request, old: nil)
            }
            try fixture.store.adopt(changes, of: tenant)
        }
    }

    private var path: String { fixture.folder.path(of: "stores") + "/pool.sqlite" }

    private func plan(_ sql: String) throws -> [String] {
        let file = try Connection(path: path, mode: .readOnly, isExclusive: true)
        let select = try file.prepare("EXPLAIN QUERY PLAN \(sql)")
        defer { select.reset() }
        var steps: [String] = []
        while try select.step() { steps.append(select.text(3)) }
        return steps
    }

    @Test func theirRemovalLooksAtNoOtherTenants() throws {
        fixture.stores.close()
        let steps = try plan(WriterSession.adoptedRemoval)
        #expect(steps.contains("SEARCH journal USING INDEX journal_adopted (tenant=?)"), "\(steps)")
        #expect(!steps.contains { $0.contains("SCAN") || $0.contains("journal_of_stream") }, "\(steps)")
    }

    @Test func aWalkThroughThePastBeginsByTheIndex() throws {
        fixture.stores.close()
        #expect(
            try plan(Reader.lastBefore)
                == ["SEARCH journal USING COVERING INDEX journal_in_time (number=? AND at<?)"])
    }

    @Test func aFileOfTheLayoutBeforeGetsTheIndexWithWhatItHolds() throws {
        fixture.stores.close()
        do {
            let old = try Connection(path: path, mode: .readWrite, isExclusive: true)
            try old.execute("DROP INDEX journal_adopted; PRAGMA user_version = 3")
        }
        let stores = try LocalStores(
            folder: fixture.folder.path(of: "stores"), surroundings: StoreSurroundings(clock: fixture.clock))
        defer { stores.close() }
        let store = try stores.store(fixture.storeID)
        let run = RunID(random: SeededRandom(seed: 4))
        try store.setResident(fixture.tenant, to: Resident(epoch: 4, state: .kept(run)))
        #expect(try store.removeAdopted(of: fixture.tenant, entriesMax: 10) == 2)
        let keeper = try #require(store as? any TraceKeeper)
        #expect(try keeper.traces(of: fixture.neighbour).journalEntries == 2)
        stores.close()
        let check = StoreChecker.check(fixture.storeID, path: path, on: SystemFiles())
        #expect(check.isSound, "\(check.findings)")
        #expect(try plan(WriterSession.adoptedRemoval).contains { $0.contains("journal_adopted") })
    }
}
