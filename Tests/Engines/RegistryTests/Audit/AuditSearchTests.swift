import Base
import Items
import Registry
import RunTestKit
import Tables
import TestKit
import Testing

/// Entries are found by what they say, page by page, in either order.
@Suite struct AuditSearchTests {
    let folder: RegistryFolder
    let registry: Registry

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
    }

    private static let actions = ["tenant.created", "tenant.renamed", "run.started", "policy.activated"]

    /// So many entries of all kinds, tenants, actors, actions and outcomes, one a second.
    private func fill(_ count: Int) throws {
        for number in 0..<count {
            folder.clock.advance(byMilliseconds: 1000)
            try registry.transact(
                RegistryTransaction(
                    [],
                    audit: [
                        AuditNote(
                            actor: number % 3 == 0 ? .system : .credential("k\(number % 3)"),
                            action: Self.actions[number % 4], subject: "s\(number)",
                            tenant: number % 7 == 0 ? nil : try tenantID(number % 5),
                            kind: AuditKind.allCases[number % 3], outcome: AuditOutcome.allCases[number % 2])
                    ]))
        }
    }

    /// All entries that a query finds, in pages of `limit`.
    private func all(_ query: AuditQuery, limit: Int = 7) throws -> [AuditEntry] {
        var query = query
        query.limit = limit
        var entries: [AuditEntry] = []
        repeat {
            let page = try registry.audit(query)
            #expect(page.entries.count <= limit)
            entries += page.entries
            query.after = page.next
        } while query.after != nil
        return entries
    }

    @Test(arguments: [true, false]) func findsWhatALookAtEveryEntryFinds(isNewestFirst: Bool) throws {
        try fill(120)
        var everything = AuditQuery()
        everything.isNewestFirst = isNewestFirst
        let known = try all(everything, limit: 1000)
        #expect(known.count == 120)
        #expect(
            known.map(\.id)
                == (isNewestFirst ? known.map(\.id).sorted().reversed() : known.map(\.id).sorted()))
        let random = SeededRandom(seed: 11)
        for _ in 0..<150 {
            var query = everything
            if random.below(2) == 0 { query.tenant = try tenantID(random.below(6)) }
            if random.below(3) == 0 {
                query.actor = random.below(3) == 0 ? .system : .credential("k\(random.below(4))")
            }
            switch random.below(4) {
            case 0: query.action = .named(Self.actions[random.below(4)])
            case 1: query.action = .beginning(["tenant.", "t", "", "none."][random.below(4)])
            default: break
            }
            if random.below(3) == 0 { query.kind = AuditKind.allCases[random.below(3)] }
            if random.below(4) == 0 { query.outcome = AuditOutcome.allCases[random.below(3)] }
            if random.below(3) == 0 { query.from = known[random.below(120)].id.time }
            if random.below(3) == 0 { query.to = known[random.below(120)].id.time }
            #expect(try all(query, limit: 1 + random.below(20)) == known.filter(query.matches))
        }
    }

    @Test func aTenantsEntriesAreFoundWithoutLookingAtTheOthers() throws {
        try fill(100)
        var query = AuditQuery()
        query.tenant = try tenantID(2)
        let page = try registry.audit(query)
        #expect(page.entries.count == page.lookedAt)
        query.tenant = try tenantID(6)
        #expect(try registry.audit(query).lookedAt == 0)
    }

    @Test func ofTwoIndexesTheOneWithFewerEntriesIsWalked() throws {
        try fill(100)
        try registry.transact(
            RegistryTransaction(
                [],
                audit: [
                    AuditNote(
                        actor: .credential("k1"), action: "rare.thing", subject: "s", tenant: try tenantID(1))
                ]))
        var query = AuditQuery()
        query.actor = .credential("k1")
        query.action = .beginning("rare.")
        let page = try registry.audit(query)
        #expect(page.entries.map(\.action) == ["rare.thing"])
        #expect(page.lookedAt == 1)
    }

    @Test func aPageThatLooksAtTooMuchIsShortAndGoesOn() throws {
        let notes = (0..<90).map { number in
            AuditNote(actor: .system, action: number == 0 ? "a.first" : "a.b", subject: "s", outcome: .done)
        }
        for _ in 0..<120 { try registry.transact(RegistryTransaction([], audit: notes)) }
        var query = AuditQuery()
        query.outcome = .failed
        let page = try registry.audit(query)
        #expect((page.entries.count, page.lookedAt) == (0, Limits.auditLookedAtMax))
        #expect(page.next != nil)
        query.after = page.next
        let rest = try registry.audit(query)
        #expect((rest.lookedAt, rest.next) == (120 * 90 - Limits.auditLookedAtMax, nil))
    }

    @Test func entriesOfTheVersionBeforeAreListedAndSearched() throws {
        let store = folder.store
        let old =
            #"{"action":"tenant.created","actor":"credential:k9","detail":{"name":"X"},"id":{"sequence":#,"time":@},"outcome":"done","subject":"s","version":1}"#
        let begun = folder.clock.now()
        for number in 1...3 {
            let sort = RecordStamp(time: begun, sequence: Int64(number))
                .sortText
            let item: Item = [
                "pk": .string("audit"), "sk": .string(sort), "version": .number(Number(1)),
                "body": .string(
                    old.replacing("#", with: "\(number)").replacing("@", with: "\(begun.milliseconds)")),
            ]
            try store.write(
                WriteRequest(
                    ItemWrite(
                        table: Registry.tableName,
                        key: EncodedKey(partition: Array("audit".utf8), sort: Array(sort.utf8)),
                        action: .put(item))))
        }
        let registry = try folder.open()
        try registry.transact(
            RegistryTransaction(
                [], audit: [AuditNote(actor: .credential("k9"), action: "tenant.created", subject: "new")]))
        var query = AuditQuery()
        #expect(try registry.audit(query).entries.map(\.number) == [1, nil, nil, nil])
        #expect(try registry.audit(query).entries.map(\.id.sequence) == [4, 3, 2, 1])
        #expect(try registry.audit(query).entries.allSatisfy { $0.id.time >= begun })
        #expect(try registry.audit(query).entries.first?.previous == "")
        query.actor = .credential("k9")
        query.action = .beginning("tenant.")
        query.isNewestFirst = false
        query.limit = 2
        let first = try registry.audit(query)
        #expect(first.entries.map(\.id.sequence) == [1, 2])
        query.after = first.next
        #expect(try registry.audit(query).entries.map(\.id.sequence) == [3, 4])
        let verdict = try registry.verifyAudit()
        #expect((verdict.isSound, verdict.unchained) == (true, 3))
        #expect(try registry.trimAudit(AuditRetention()) == [:])
        folder.clock.advance(byMilliseconds: 3000 * 86_400_000)
        #expect(try registry.trimAudit(AuditRetention()) == [.activity: 4])
        #expect(try registry.verifyAudit().isSound)
    }

    @Test func stampsAndTheirTextsAreOfOneOrder() throws {
        let random = SeededRandom(seed: 3)
        var stamps: [RecordStamp] = []
        var (time, sequence): (Int64, Int64) = (0, 0)
        for _ in 0..<500 {
            time += Int64(random.below(3)) * Int64(random.below(1_000_000_000))
            sequence += 1 + Int64(random.below(100_000))
            stamps.append(RecordStamp(time: Timestamp(milliseconds: time), sequence: sequence))
        }
        #expect(stamps.map(\.shortText) == stamps.map(\.shortText).sorted())
        for stamp in stamps {
            #expect(RecordStamp(shortText: stamp.shortText) == stamp)
            #expect(stamp.sortText < stamp.shortText)
        }
        for text in [
            "", "a", "b" + String(repeating: "0", count: 17), "a" + String(repeating: "w", count: 17),
        ] {
            #expect(RecordStamp(shortText: text) == nil)
        }
    }
}
