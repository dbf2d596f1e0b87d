import Base
import Items
import LocalTables
import Tables
import TestKit
import Testing

/// A transaction happens once for each token, for ten minutes, over restarts and moves.
struct TransactionTokenTests {
    private let clock = ManualClock()
    private let folder: TemporaryFolder
    private let fixture: StoreFixture
    private let store: LocalStore

    init() throws {
        folder = try TemporaryFolder()
        fixture = try StoreFixture()
        store = try Self.open(folder, clock)
        try store.create(fixture.schema)
    }

    private static func open(_ folder: TemporaryFolder, _ clock: ManualClock) throws -> LocalStore {
        try LocalStore(
            id: try #require(StoreID("store")), path: folder.path(of: "tokens.sqlite"),
            surroundings: StoreSurroundings(clock: clock))
    }

    private func add(
        _ store: LocalStore, token: String, digest: [UInt8] = [1], if condition: String? = nil
    ) throws(TableError) -> [WriteOutcome] {
        let write: ItemWrite
        do {
            var attributes = ExpressionAttributes(values: [":one": .number(Number(1))])
            write = ItemWrite(
                table: fixture.table, key: try fixture.key("a", 1),
                action: .update(try UpdateExpression.parse("ADD n :one", &attributes)),
                condition: try condition.map(fixture.condition))
        } catch { throw .storage("\(error)") }
        var request = WriteRequest(.transaction, [write])
        request.token = WriteToken(text: token, digest: digest)
        return try store.write(request)
    }

    private func count(_ store: LocalStore) throws -> AttributeValue? {
        try store.get(GetItem(table: fixture.table, key: try fixture.key("a", 1)))?.image.item()["n"]
    }

    @Test func tokensGoWithTheirTenant() throws {
        let (tenant, other) = (fixture.tenant, TenantID(random: SeededRandom(seed: 8)))
        let spent = SpentToken(token: WriteToken(text: "x", digest: [1]), at: clock.now())
        for owner in [tenant, other] {
            try store.setResident(owner, to: Resident(epoch: 1, state: .active))
            try store.adopt([spent], of: owner)
        }
        try store.removeResident(tenant)
        #expect(try store.tokens(of: tenant, since: nil, itemsMax: 10) == [])
        #expect(try store.tokens(of: other, since: nil, itemsMax: 10) == [spent])
    }

    @Test func happensOnceForEachTokenAlsoAfterARestart() throws {
        #expect(try add(store, token: "x").map(\.isReplay) == [false])
        let again = try add(store, token: "x")
        #expect(again.map(\.isReplay) == [true])
        #expect(try again[0].new?.item()["n"] == .number(Number(1)))
        store.close()
        let reopened = try Self.open(folder, clock)
        defer { reopened.close() }
        #expect(try add(reopened, token: "x").map(\.isReplay) == [true])
        #expect(try add(reopened, token: "y").map(\.isReplay) == [false])
        #expect(try count(reopened) == .number(Number(2)))
    }

    @Test func refusesATokenThatWasSpentOnAnotherTransaction() throws {
        _ = try add(store, token: "x")
        #expect(throws: TableError.tokenMismatch) { try add(store, token: "x", digest: [2]) }
        #expect(try count(store) == .number(Number(1)))
    }

    @Test func aCancelledTransactionSpendsNothing() throws {
        #expect(throws: TableError.self) { try add(store, token: "x", if: "attribute_exists(nothing)") }
        #expect(try add(store, token: "x").map(\.isReplay) == [false])
    }

    @Test(arguments: [(599, true), (600, false)])
    func forgetsATokenAfterTenMinutes(_ seconds: Int, _ isKnown: Bool) throws {
        _ = try add(store, token: "x")
        clock.advance(byMilliseconds: Int64(seconds) * 1000)
        #expect(try add(store, token: "x", digest: isKnown ? [1] : [2]).map(\.isReplay) == [isKnown])
    }

    @Test func aStoreTakesOverTheTokensOfATenant() throws {
        let tenant = fixture.tenant
        let spent = SpentToken(token: WriteToken(text: "x", digest: [1]), at: clock.now())
        try store.adopt([spent], of: tenant)
        #expect(try store.tokens(of: tenant, since: nil, itemsMax: 10) == [spent])
        clock.advance(byMilliseconds: 600_000)
        #expect(try store.tokens(of: tenant, since: nil, itemsMax: 10) == [])
    }
}
