import Base
import LocalTables
import Tables
import TestKit
import Testing

@testable import Registry

struct DecisionStoreTests {
    private let clock = ManualClock()
    private let folder: TemporaryFolder
    private let stores: LocalStores
    private let tenants = [1, 2, 3].map { TenantID(random: SeededRandom(seed: $0)) }

    init() throws {
        folder = try TemporaryFolder()
        stores = try LocalStores(folder: folder.path, surroundings: StoreSurroundings(clock: clock))
    }

    private func open(_ retention: DecisionStore.Retention = .init()) -> DecisionStore {
        DecisionStore(clock: clock, retention: retention) { [stores] () throws(TableError) in
            try stores.create(DecisionStore.storeID, tables: [DecisionStore.schema])
        }
    }

    private func entry(
        _ number: Int, of tenant: TenantID?, _ outcome: DecisionEntry.Outcome = .denied,
        action: String = "dynamodb:GetItem", role: String = "teacher"
    ) -> DecisionEntry {
        DecisionEntry(
            time: clock.now(), tenant: tenant, role: role, principal: "p", action: action, resource: "r",
            outcome: outcome, judge: .policy, summary: "\(number)", requestID: "q\(number)")
    }

    /// So many decisions, a second apart, of the tenants in turn.
    private func fill(_ store: DecisionStore, _ count: Int) throws {
        for number in 0..<count {
            try store.append([
                entry(number, of: tenants[number % tenants.count], number % 2 == 0 ? .denied : .allowed)
            ])
            clock.advance(byMilliseconds: 1000)
        }
    }

    private func numbers(_ page: DecisionPage) -> [Int] { page.entries.compactMap { Int($0.summary) } }

    private func query(_ change: (inout DecisionQuery) -> Void = { _ in }) -> DecisionQuery {
        var query = DecisionQuery()
        change(&query)
        return query
    }

    @Test func listsTheNewestFirstOverAllTenants() throws {
        let store = open()
        #expect(try store.list(DecisionQuery()).entries.isEmpty)
        try fill(store, 20)
        let page = try store.list(DecisionQuery())
        #expect(numbers(page) == Array((0..<20).reversed()))
        #expect(page.next == nil)
        #expect(
            try store.list(query { $0.tenant = tenants[1] }).entries.allSatisfy { $0.tenant == tenants[1] })
        #expect(numbers(try store.list(query { $0.tenant = tenants[1] })) == [19, 16, 13, 10, 7, 4, 1])
    }

    @Test(arguments: [1, 2, 3, 7, 20, 21]) func pagesFitTogether(_ limit: Int) throws {
        let store = open()
        try fill(store, 20)
        var found: [Int] = []
        var wanted = query { $0.limit = limit }
        repeat {
            let page = try store.list(wanted)
            #expect(page.entries.count <= limit)
            found += numbers(page)
            wanted.after = page.next
        } while wanted.after != nil
        #expect(found == Array((0..<20).reversed()))
    }

    @Test func keepsTheWholeEntry() throws {
        let store = open()
        var full = entry(7, of: tenants[0])
        full.statement = .init(file: "policies/p.json", line: 3, sid: "Own")
        full.findings = [
            .init(
                statement: .init(file: "policies/p.json", line: 9, sid: nil), effect: "Allow",
                text: "because",
                key: "dynamodb:LeadingKeys", found: ["a", "b"])
        ]
        let operators = entry(8, of: nil, .allowed)
        try store.append([full, operators])
        #expect(try store.list(DecisionQuery()).entries == [operators, full])
    }

    @Test func findsByDecisionTimeActionAndRole() throws {
        let store = open()
        let start = clock.now()
        try fill(store, 6)
        try store.append([entry(6, of: tenants[0], action: "dynamodb:PutItem", role: "student")])
        let cases: [((inout DecisionQuery) -> Void, [Int])] = [
            ({ $0.outcome = .denied }, [6, 4, 2, 0]), ({ $0.outcome = .allowed }, [5, 3, 1]),
            ({ $0.since = start.advanced(bySeconds: 4) }, [6, 5, 4]),
            ({ $0.until = start.advanced(bySeconds: 2) }, [1, 0]),
            (
                {
                    $0.since = start.advanced(bySeconds: 1)
                    $0.until = start.advanced(bySeconds: 3)
                }, [2, 1]
            ),
            ({ $0.action = "DYNAMODB:putitem" }, [6]), ({ $0.action = "dynamodb:PutIte" }, []),
            ({ $0.role = "student" }, [6]), ({ $0.role = "Student" }, []),
            (
                {
                    $0.tenant = tenants[0]
                    $0.role = "teacher"
                }, [3, 0]
            ),
        ]
        for (number, (change, expected)) in cases.enumerated() {
            #expect(numbers(try store.list(query(change))) == expected, "case \(number)")
        }
    }

    /// Those left out are listed with the denials whose places they could not have.
    @Test func countsOfThoseLeftOutStandWithTheDenials() throws {
        let store = open()
        let counted = DecisionEntry(leftOut: 400, of: tenants[0], at: clock.now())
        try store.append([counted])
        #expect(try store.list(query { $0.outcome = .denied }).entries == [counted])
        #expect(try store.list(query { $0.outcome = .allowed }).entries.isEmpty)
        #expect(counted.summary == "400 more denials came too fast and were only counted")
    }

    @Test func oneTenantsFloodLeavesTheOthersTheirs() throws {
        var retention = DecisionStore.Retention()
        retention.deniedPerTenant = 10
        retention.allowedPerTenant = 3
        let store = open(retention)
        try store.append([entry(-1, of: tenants[1])])
        for number in 0..<50 {
            try store.append([entry(number, of: tenants[0]), entry(number, of: tenants[0], .allowed)])
        }
        try store.append((50..<500).map { entry($0, of: tenants[0]) })
        let denied = try store.list(query { $0.outcome = .denied })
        #expect(numbers(denied) == Array((490..<500).reversed()) + [-1])
        #expect(numbers(try store.list(query { $0.outcome = .allowed })) == [49, 48, 47])
    }

    @Test func whoHasTheMostGivesWay() throws {
        var retention = DecisionStore.Retention()
        retention.total = 20
        let store = open(retention)
        try store.append((0..<4).map { entry($0, of: tenants[1]) })
        try store.append((4..<60).map { entry($0, of: tenants[0]) })
        let all = try store.list(DecisionQuery())
        #expect(all.entries.count == 20)
        #expect(numbers(all).suffix(4) == [3, 2, 1, 0])
    }

    @Test func whatIsTooOldIsNeitherShownNorKept() throws {
        var retention = DecisionStore.Retention()
        retention.days = 2
        let store = open(retention)
        try fill(store, 3)
        clock.advance(byMilliseconds: 2 * 86_400_000 - 2000)
        #expect(numbers(try store.list(DecisionQuery())) == [2, 1])
        // Even where somebody asks for more.
        #expect(
            numbers(try store.list(query { $0.since = Timestamp(milliseconds: 0) })) == [2, 1])
        try store.append([entry(3, of: tenants[0])])
        let kept = try stores.store(DecisionStore.storeID).read(ReadRange(table: DecisionStore.table))
        #expect(kept.rows.count == 3)
    }

    @Test func goesOnAfterARestart() throws {
        var retention = DecisionStore.Retention()
        retention.deniedPerTenant = 5
        try open(retention).append((0..<4).map { entry($0, of: tenants[0]) })
        // The clock stands still: only the count tells the new ones from the old ones.
        let restarted = open(retention)
        try restarted.append((4..<8).map { entry($0, of: tenants[0]) })
        #expect(numbers(try restarted.list(DecisionQuery())) == [7, 6, 5, 4, 3])
    }

    @Test func saysSoWhereTheStoreCannotBeHad() throws {
        let store = DecisionStore(clock: clock) { () throws(TableError) in throw .storage("away") }
        #expect(throws: TableError.storage("away")) { try store.append([entry(0, of: nil)]) }
        #expect(throws: TableError.storage("away")) { try store.list(DecisionQuery()) }
    }
}
