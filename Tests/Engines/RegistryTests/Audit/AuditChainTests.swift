import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Testing

/// Entries have their numbers and predecessors by the commit that stores them.
@Suite struct AuditChainTests {
    let folder: RegistryFolder

    init() throws { folder = try RegistryFolder() }

    private func note(_ action: String, _ kind: AuditKind = .activity) -> AuditNote {
        AuditNote(actor: .system, action: action, subject: "s", kind: kind)
    }

    private func numbers(_ registry: Registry, _ kind: AuditKind) throws -> [Int64?] {
        var query = AuditQuery()
        query.kind = kind
        query.isNewestFirst = false
        query.limit = 1000
        return try registry.audit(query).entries.map(\.number)
    }

    @Test func eachKindHasAChain() throws {
        let registry = try folder.open()
        for kind in [AuditKind.activity, .denial, .activity, .access, .activity] {
            try registry.transact(RegistryTransaction([], audit: [note("a.b", kind)]))
        }
        #expect(try numbers(registry, .activity) == [1, 2, 3])
        #expect(try numbers(registry, .access) == [1])
        #expect(try numbers(registry, .denial) == [1])
        var all = AuditQuery()
        all.isNewestFirst = false
        let entries = try registry.audit(all).entries
        #expect(entries.map(\.id.sequence) == [1, 2, 3, 4, 5])
        #expect(entries.first?.previous == "")
        #expect(try registry.verifyAudit().isSound)
    }

    @Test func whatIsRefusedLeavesNoGapWithManyThreads() throws {
        let registries = [try folder.open(), try folder.open()]
        let record = try tenantRecord(0)
        try registries[0].transact(RegistryTransaction([.insert(record)]))
        let refused = Atomic<Int>(0)
        let failures = Mutex<[String]>([])
        concurrently(8) { thread in
            for round in 0..<25 {
                do {
                    // Every third one asks for what cannot be.
                    let changes: [RegistryChange] = round % 3 == 0 ? [.checkAbsent(record.key)] : []
                    let kind: AuditKind = round % 2 == 0 ? .activity : .denial
                    try registries[thread % 2].transact(
                        RegistryTransaction(
                            changes, audit: [note("a.b", kind), note("a.c", kind)],
                            events: [Announcement(type: "e.\(thread)", payload: "{\"round\":\(round)}")]))
                } catch {
                    if case .conflict(record.key) = error as? RegistryError {
                        refused.wrappingAdd(1, ordering: .relaxed)
                    } else {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(refused.load(ordering: .relaxed) == 8 * 9)
        let registry = registries[0]
        for kind in [AuditKind.activity, .denial] {
            let found = try numbers(registry, kind)
            #expect(found == (1...Int64(found.count)).map { $0 })
        }
        #expect(try numbers(registry, .activity).count + numbers(registry, .denial).count == 2 * 8 * 16)
        #expect(try registry.verifyAudit().isSound)
        let events = try registry.events(after: 0, limit: 1000).events
        #expect(events.map(\.id.sequence) == (1...Int64(8 * 16)).map { $0 })
    }

    @Test(arguments: MortalEngine.Death.allCases)
    func chainAndHeadAreOneWhereverItDies(death: MortalEngine.Death) throws {
        for write in 1...6 {
            let engine = MortalEngine(folder.store, dyingAt: write, death)
            let dying = try folder.open(through: engine)
            var acknowledged = 0
            do {
                for _ in 0..<6 {
                    try dying.transact(
                        RegistryTransaction([], audit: [note("a.b"), note("a.c", .access)]))
                    acknowledged += 1
                }
            } catch {
                guard case .table = error else { throw error }
                #expect(acknowledged == write - 1)
            }
            let registry = try folder.open()
            try registry.transact(RegistryTransaction([], audit: [note("a.d")]))
            #expect(try registry.verifyAudit().isSound)
        }
    }

    @Test func aFullDiskLeavesNoGap() throws {
        let registry = try folder.open()
        try registry.transact(RegistryTransaction([], audit: [note("a.b")]))
        try folder.store.limitFile(pages: 40)
        var count = 1
        do {
            while count < 1000 {
                try registry.transact(
                    RegistryTransaction([], audit: [note("a." + String(repeating: "x", count: 900))]))
                count += 1
            }
        } catch {
            guard case .table = error else { throw error }
        }
        #expect(count < 1000)
        try folder.store.limitFile(pages: 1_000_000)
        try registry.transact(RegistryTransaction([], audit: [note("a.c")]))
        #expect(try numbers(registry, .activity).count == count + 1)
        #expect(try registry.verifyAudit().isSound)
    }

    @Test func aTransactionIsLimitedWithAllThatFollows() throws {
        let registry = try folder.open()
        let notes = (0..<98).map { _ in note("a.b") }
        try registry.transact(RegistryTransaction([], audit: notes))
        #expect(throws: RegistryError.tooManyItems(count: 101, max: 100)) {
            try registry.transact(RegistryTransaction([], audit: notes + [note("a.b")]))
        }
        #expect(try numbers(registry, .activity).count == 98)
    }

    @Test func aLedgerThatCannotBeReadRefusesWhatWouldSaySomething() throws {
        let registry = try folder.open()
        try registry.transact(RegistryTransaction([], audit: [note("a.b")]))
        let key = EncodedKey(partition: Array("ledger".utf8), sort: Array("ledger".utf8))
        try folder.store.write(
            WriteRequest(
                ItemWrite(
                    table: Registry.tableName, key: key,
                    action: .put(["pk": .string("ledger"), "sk": .string("ledger")]))))
        #expect(throws: RegistryError.self) {
            try registry.transact(
                RegistryTransaction([.insert(try tenantRecord(1))], audit: [note("a.b")]))
        }
        #expect(try registry.read(TenantRecord.self, try tenantID(1)) == nil)
        try registry.transact(RegistryTransaction([.insert(try tenantRecord(1))]))
    }

    @Test func longAndStrangeTextsAreKept() throws {
        let registry = try folder.open()
        var odd = note("a.b")
        odd.subject = "\"\\\u{0}\u{2028}é/"
        odd.detail = ["\"}": "},{\n"]
        odd.actor = AuditActor("person:\"x\"", origin: .init(signIn: "key", address: "::1", request: "q"))
        try registry.transact(RegistryTransaction([], audit: [odd]))
        let entry = try #require(try registry.audit(AuditQuery()).entries.first)
        #expect((entry.subject, entry.detail) == (odd.subject, odd.detail))
        #expect((entry.actor, entry.actor.origin) == (odd.actor, odd.actor.origin))
        #expect(try registry.verifyAudit().isSound)
        #expect(throws: RegistryError.self) {
            var long = note("a.b")
            long.subject = String(repeating: "x", count: 400_000)
            try registry.transact(RegistryTransaction([], audit: [long]))
        }
        #expect(try numbers(registry, .activity) == [1])
    }
}
