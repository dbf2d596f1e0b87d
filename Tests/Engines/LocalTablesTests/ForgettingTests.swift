import Base
import Items
import SQLite
import Synchronization
import Tables
import TestKit
import Testing

@testable import LocalTables

/// What a tenant leaves in a store's logs goes without making the store's other tenants wait.
@Suite struct ForgettingTests {
    /// A clock that is read at the beginning and the end of each group of the writer's, and by nobody else.
    private final class GroupClock: Clock {
        private let readings = Atomic<Int>(0)

        var groups: Int { readings.load(ordering: .relaxed) / 2 }

        func now() -> Timestamp { Timestamp(milliseconds: 1_000_000) }

        func monotonicNanoseconds() -> UInt64 {
            UInt64(readings.wrappingAdd(1, ordering: .relaxed).newValue)
        }
    }

    /// A store that knows two tenants, of whom each has so many entries in the change log and tokens.
    private struct Scene {
        let folder: TemporaryFolder
        let clock = GroupClock()
        let store: LocalStore
        let tenant = TenantID(random: SeededRandom(seed: 7))
        let neighbour = TenantID(random: SeededRandom(seed: 8))

        init(changes: Int, tokens: Int) throws {
            folder = try TemporaryFolder()
            store = try LocalStore(
                id: try #require(StoreID("store")), path: folder.path(of: "store.sqlite"),
                surroundings: StoreSurroundings(clock: clock))
            for owner in [tenant, neighbour] {
                try store.setResident(owner, to: Resident(epoch: 1, state: .active))
                try store.writer.perform { session throws(TableError) in
                    try session.execute(
                        """
                        WITH RECURSIVE numbers (n) AS
                            (SELECT 1 WHERE \(changes) > 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(changes))
                        INSERT INTO changes (tenant, number, pk, sk) SELECT '\(owner.text)', 1, x'01', x'' FROM numbers
                        """)
                    try session.execute(
                        """
                        WITH RECURSIVE numbers (n) AS
                            (SELECT 1 WHERE \(tokens) > 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(tokens))
                        INSERT INTO tokens SELECT '\(owner.text)', n, x'01', 1000000 FROM numbers
                        """)
                }
            }
        }

        /// How many groups the writer commits for it.
        func groups(_ body: () throws -> Void) throws -> Int {
            let before = clock.groups
            try body()
            return clock.groups - before
        }
    }

    private static let partMax = Limits.forgottenEntriesMax

    @Test(arguments: [
        (0, 1), (1, 1), (partMax - 1, 1), (partMax, 2), (partMax + 1, 2), (3 * partMax + 1, 4),
    ])
    func aLongChangeLogGoesInPartsAndNobodyElsesDoes(changes: Int, groups: Int) throws {
        let scene = try Scene(changes: changes, tokens: 0)
        #expect(
            try scene.groups { try scene.store.discardChanges(of: scene.tenant, through: .max) } == groups)
        #expect(try scene.store.changeCount(of: scene.tenant, after: 0) == 0)
        #expect(try scene.store.changeCount(of: scene.neighbour, after: 0) == changes)
    }

    @Test func thePartsEndWhereTheCallSaid() throws {
        let scene = try Scene(changes: 2 * Self.partMax + 10, tokens: 0)
        let last = Int64(2 * Self.partMax + 3)
        #expect(try scene.groups { try scene.store.discardChanges(of: scene.tenant, through: last) } == 3)
        let left = try scene.store.writer.perform { session throws(TableError) -> [Int64] in
            do {
                let select = try session.connection.prepare(
                    "SELECT min(sequence), count(*) FROM changes WHERE tenant = '\(scene.tenant.text)'")
                defer { select.reset() }
                _ = try select.step()
                return [select.integer(0), select.integer(1)]
            } catch { throw .storage("\(error)") }
        }
        #expect(left == [last + 1, 7])
    }

    /// What is written while the parts go is not theirs.
    @Test func aPartSaysHowFarTheNextGoes() throws {
        let scene = try Scene(changes: 10, tokens: 0)
        let (tenant, store) = (scene.tenant, scene.store)
        let through = try store.writer.perform { session throws(TableError) in
            try session.discardChanges(of: tenant, through: .max, entriesMax: 4)
        }
        #expect(through == 10)
        try store.writer.perform { session throws(TableError) in
            try session.execute(
                "INSERT INTO changes (tenant, number, pk, sk) VALUES ('\(tenant.text)', 1, x'02', x'')")
        }
        try store.discardChanges(of: tenant, through: try #require(through))
        #expect(try store.changeCount(of: tenant, after: 0) == 1)
    }

    @Test(arguments: [
        (0, 0, 1), (10, 10, 1), (partMax, 0, 2), (2 * partMax + 1, 2 * partMax + 1, 5), (0, partMax, 1),
        (0, partMax + 1, 2),
    ])
    func aTenantIsForgottenInParts(changes: Int, tokens: Int, groups: Int) throws {
        let scene = try Scene(changes: changes, tokens: tokens)
        #expect(try scene.groups { try scene.store.removeResident(scene.tenant) } == groups)
        #expect(try scene.store.resident(scene.tenant) == nil)
        #expect(try scene.store.traces(of: scene.tenant).isEmpty)
        let kept = try scene.store.traces(of: scene.neighbour)
        #expect(kept.isResident && kept.changes == changes && kept.tokens == tokens)
    }

    @Test func aTenantOfWhomAnythingIsLeftIsStillKnownAfterACrash() throws {
        let scene = try Scene(changes: 7, tokens: 7)
        let tenant = scene.tenant
        var parts: [TenantTraces] = []
        var isForgotten = false
        while !isForgotten {
            isForgotten = try scene.store.writer.perform { session throws(TableError) in
                try session.removeResident(tenant, entriesMax: 4)
            }
            parts.append(try scene.store.traces(of: tenant))
        }
        #expect(parts.map(\.changes) == [3, 0, 0])
        #expect(parts.map(\.tokens) == [7, 3, 0])
        #expect(parts.map(\.isResident) == [true, true, false])
    }
}
