import Base
import Crypto
import Items
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Testing

@Suite struct RegistryTests {
    let folder: RegistryFolder
    let registry: Registry

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
    }

    @Test func readsBackWhatItStored() throws {
        let tenant = try tenantRecord(1, schools: 2)
        let commit = try registry.transact(RegistryTransaction([.insert(tenant)]))
        var expected = tenant
        expected.version = 1
        #expect(commit.record(TenantRecord.self) == expected)
        #expect(try registry.read(TenantRecord.self, tenant.id) == expected)
        #expect(try registry.read(TenantRecord.self, try tenantID(2)) == nil)
        #expect(throws: RegistryError.notFound(TenantRecord.key(of: try tenantID(2)))) {
            try registry.require(TenantRecord.self, try tenantID(2))
        }
    }

    @Test func readsBackEachKindOfRecord() throws {
        let tenant = try tenantID(1)
        let table = try #require(TableName("school-table-basic"))
        let store = try #require(StoreID("pool-basic-1"))
        let tier = try #require(TierName("basic"))
        let run = try #require(RunID("r00000000000000a"))
        try check(
            PlacementRecord(
                tenant: tenant, store: store, epoch: 3, tables: ["school-table": table],
                isDedicated: false))
        try check(StoreRecord(id: store, tier: tier, kind: .pooled(number: 1), occupants: 7, capacity: 100))
        try check(
            StoreRecord(id: store, tier: tier, kind: .dedicated(tenant: tenant), capacity: 1), isNew: false)
        try check(
            CredentialRecord(
                id: "k1", kind: .tenant(tenant), role: "admin", secretDigest: "00ff",
                createdAt: folder.clock.now(),
                label: "first"))
        try check(
            CredentialRecord(
                id: "k2", kind: .reviewer, role: "reviewer", secretDigest: "00ff",
                createdAt: folder.clock.now(), label: ""))
        try check(ActivePolicyRecord(number: 7, digest: "00ff"))
        try check(PolicyPart(number: 7, index: 0, bytes: [0, 255, 10]))
        for (number, origin) in [
            PolicyVersionRecord.Origin.firstStart, .activation, .rollback(of: 1),
        ].enumerated() {
            try check(
                PolicyVersionRecord(
                    id: number + 1, digest: "00ff", bytes: 3, parts: 1, origin: origin,
                    activatedAt: folder.clock.now(), actor: .credential("k1"), note: number == 0 ? nil : "n",
                    gate: PolicyGateRecord(
                        findings: ["warning": 2], cases: 3,
                        roles: [.init(name: "r", verdict: "proved", milliseconds: 0.5)], milliseconds: 1.5),
                    acceptedRisk: number == 0 ? nil : .init(reason: "r", actor: .credential("k2")),
                    changes: PolicyFileChanges(added: ["a"], changed: ["b"], removed: ["c"])))
        }
        try check(NameReservation(name: "Springfield  USD", tenant: tenant))
        try check(IdempotencyRecord(key: "a/b#c", run: run))
        try check(RunLock(id: RunLock.ID(tenant: tenant, name: "life"), run: run))
        try check(OpenRun(run: run))
        try check(TenantRun(tenant: tenant, run: run))
        for state in [
            RunState.pending, .running, .waiting(until: folder.clock.now()), .paused, .failed(reason: "r"),
            .undoing,
            .undone, .completed,
        ] {
            var record = RunRecord(
                id: run, kind: "k", tenant: tenant, actor: .credential("k1"), idempotencyKey: "key",
                lock: "l",
                input: "{\"a\":\"\\u0000\"}", steps: ["one", "two"], createdAt: folder.clock.now())
            record.state = state
            record.direction = .backward(reason: "r")
            record.values = ["v": "[1]"]
            record.progress = RunProgress(phase: "p", done: 1, total: 2, ratePerSecond: 0.5, text: "t")
            record.notes = [RunNote(time: folder.clock.now(), step: "one", text: "n")]
            try check(record, isNew: state == .pending)
        }
    }

    @Test func readsBackWhoRunsThePlatform() throws {
        let ada = try #require(AccountID("Ada@vendor.example"))
        var account = AccountRecord(id: ada, name: "Ada", roles: [.admin], createdAt: folder.clock.now())
        try check(account)
        account.invitation = .init(digest: "00ff", expiresAt: folder.clock.now())
        account.password = .init(cost: .passwords, salt: "00", digest: "ff", setAt: folder.clock.now())
        account.secondFactor = .init(sealedSecret: "s")
        account.knownAddresses = [.init(address: "::1", lastAt: folder.clock.now())]
        try check(account, isNew: false)
        try check(
            SessionRecord(
                id: "session-1", account: ada, secretDigest: "00ff", createdAt: folder.clock.now(),
                address: "::1"))
    }

    private func check<Record: RegistryRecord>(_ record: Record, isNew: Bool = true) throws {
        if !isNew, let old = try registry.read(Record.self, record.id) {
            try registry.transact(RegistryTransaction([.delete(old)]))
        }
        try registry.transact(RegistryTransaction([.insert(record)]))
        var expected = record
        expected.version = 1
        #expect(try registry.read(Record.self, record.id) == expected)
    }

    @Test func writesNothingWhereOneConditionFails() throws {
        let first = try tenantRecord(1)
        try registry.transact(RegistryTransaction([.insert(first)]))
        let second = try tenantRecord(2)
        for change in [
            RegistryChange.insert(first), .replace(first), .delete(first), .check(first),
            .checkAbsent(first.key),
        ] {
            #expect(throws: RegistryError.conflict(first.key)) {
                try registry.transact(
                    RegistryTransaction(
                        [.insert(second), change],
                        audit: [AuditNote(actor: .system, action: "a", subject: "s")],
                        events: [Announcement(type: "e")]))
            }
        }
        #expect(try registry.read(TenantRecord.self, second.id) == nil)
        #expect(try registry.list(AuditEntry.self).records.isEmpty)
        #expect(try registry.list(OutboxEvent.self).records.isEmpty)
    }

    @Test func replacesAndDeletesTheVersionItWasRead() throws {
        var record = try stored(tenantRecord(1))
        record.state = .active
        let active = try #require(
            try registry.transact(RegistryTransaction([.replace(record)])).record(TenantRecord.self))
        #expect(active.version == 2)
        #expect(throws: RegistryError.conflict(record.key)) {
            try registry.transact(RegistryTransaction([.delete(record)]))
        }
        try registry.transact(RegistryTransaction([.check(active), .checkAbsent(try tenantRecord(2).key)]))
        try registry.transact(RegistryTransaction([.delete(active)]))
        #expect(try registry.read(TenantRecord.self, record.id) == nil)
    }

    @Test func commitsWhatWasPreparedInPartsTogetherOrNotAtAll() throws {
        let (first, second) = (try tenantRecord(1), try tenantRecord(2))
        func part(_ change: RegistryChange, _ name: String) throws -> PreparedTransaction {
            try registry.prepared(
                RegistryTransaction(
                    [change], audit: [AuditNote(actor: .system, action: name, subject: "s")],
                    events: [Announcement(type: name)]))
        }
        var vain = try part(.insert(first), "a")
        vain.append(try part(.replace(second), "b"))
        #expect(throws: RegistryError.conflict(second.key)) { try registry.transact(vain) }
        #expect(try registry.read(TenantRecord.self, first.id) == nil)

        var whole = try part(.insert(first), "a")
        whole.append(try part(.insert(second), "b"))
        #expect(try registry.transact(whole).records.count == 2)
        #expect(try registry.read(TenantRecord.self, second.id)?.version == 1)
        #expect(try registry.list(AuditEntry.self).records.map(\.action) == ["a", "b"])
        #expect(try registry.list(OutboxEvent.self).records.map(\.type) == ["a", "b"])
    }

    @Test func takesAsManyItemsAsATransactionMayHaveAndNoMore() throws {
        let most = Limits.registryTransactionItemsMax
        let changes = try (0..<most).map { RegistryChange.insert(try tenantRecord($0)) }
        // An event brings the ledger's item along.
        #expect(throws: RegistryError.tooManyItems(count: most + 2, max: most)) {
            try registry.transact(RegistryTransaction(changes, events: [Announcement(type: "e")]))
        }
        try registry.transact(RegistryTransaction(changes))
        #expect(try registry.list(TenantRecord.self, limit: 1000).records.count == most)
    }

    @Test func refusesARecordLargerThanAnItem() throws {
        var record = try tenantRecord(1)
        record.name = String(repeating: "n", count: Limits.registryRecordBytesMax)
        #expect {
            try registry.transact(RegistryTransaction([.insert(record)]))
        } throws: { error in
            guard case RegistryError.tooLarge(record.key, let bytes) = error else { return false }
            return bytes > Limits.registryRecordBytesMax
        }
    }

    @Test(arguments: [true, false]) func listsInOrderPageByPage(isForward: Bool) throws {
        let ids = try (0..<25).map { try tenantID($0) }.sorted()
        for index in 0..<25 { try registry.transact(RegistryTransaction([.insert(try tenantRecord(index))])) }
        var found: [TenantID] = []
        var after: String?
        var pages = 0
        repeat {
            let page = try registry.list(TenantRecord.self, after: after, limit: 10, isForward: isForward)
            #expect(page.records.count <= 10)
            found += page.records.map(\.id)
            after = page.next
            pages += 1
        } while after != nil
        #expect(found == (isForward ? ids : ids.reversed()))
        #expect(pages == 3)
    }

    @Test func listsByPrefix() throws {
        let run = try #require(RunID("r00000000000000a"))
        for index in 0..<3 {
            try registry.transact(
                RegistryTransaction([.insert(TenantRun(tenant: try tenantID(index), run: run))]))
        }
        let second = try tenantID(1)
        let page = try registry.list(TenantRun.self, prefix: TenantRun.prefix(of: second))
        #expect(page.records.map(\.id.tenant) == [second])
    }

    @Test func countsOnBehindWhatWasRecordedThoughTheClockGoesBack() throws {
        let note = AuditNote(actor: .system, action: "one", subject: "s")
        try registry.transact(
            RegistryTransaction([], audit: [note, note], events: [Announcement(type: "e")]))
        folder.clock.setWall(byMilliseconds: -3_600_000)
        let next = try folder.open()
        try next.transact(RegistryTransaction([], audit: [note], events: [Announcement(type: "f")]))
        let entries = try next.list(AuditEntry.self).records
        #expect(entries.map(\.id.sequence) == [1, 2, 3])
        #expect(entries.map(\.id) == entries.map(\.id).sorted())
        #expect(try next.list(OutboxEvent.self).records.map(\.type) == ["e", "f"])
    }

    @Test func updatesOfManyThreadsAllCount() throws {
        let store = try #require(StoreID("pool-basic-1"))
        let tier = try #require(TierName("basic"))
        try registry.transact(
            RegistryTransaction([
                .insert(StoreRecord(id: store, tier: tier, kind: .pooled(number: 1), capacity: 100))
            ]))
        let others = [registry, try folder.open()]
        let failures = Mutex<[String]>([])
        concurrently(4) { thread in
            for _ in 0..<10 {
                do {
                    try others[thread % 2].update(StoreRecord.self, store) { record, _ in
                        record.occupants += 1
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try registry.require(StoreRecord.self, store).occupants == 40)
    }

    @Test func updateGivesUpAfterItsAttempts() throws {
        let record = try stored(tenantRecord(1))
        let other = try folder.open()
        var attempts = 0
        #expect(throws: RegistryError.conflict(record.key)) {
            try registry.update(TenantRecord.self, record.id) { mine, _ in
                attempts += 1
                mine.name = "mine"
                try other.update(TenantRecord.self, record.id) { theirs, _ in
                    theirs.name = "theirs \(attempts)"
                }
            }
        }
        #expect(attempts == Limits.registryUpdateAttemptsMax)
    }

    @Test func updateThatChangesNothingWritesNothing() throws {
        let record = try stored(tenantRecord(1))
        #expect(try registry.update(TenantRecord.self, record.id) { _, _ in } == record)
        #expect(try registry.require(TenantRecord.self, record.id).version == 1)
    }

    @Test func saysWhichRecordIsDamaged() throws {
        let record = try stored(tenantRecord(1))
        let key = EncodedKey(partition: Array("tenant".utf8), sort: Array(record.id.text.utf8))
        try folder.store.write(
            WriteRequest(
                ItemWrite(
                    table: Registry.tableName, key: key,
                    action: .put(["pk": .string("tenant"), "sk": .string(record.id.text)]))))
        #expect(throws: RegistryError.damaged(record.key, reason: "`body` or `version` is missing")) {
            try registry.read(TenantRecord.self, record.id)
        }
    }

    @Test(arguments: [
        ("Springfield USD", "springfield usd"), (" springfield\t  usd ", "springfield usd"),
        ("ÉCOLE", "école"),
        ("Springfield-USD", "springfield-usd"),
    ])
    func foldsNames(name: String, folded: String) { #expect(NameReservation.folded(name) == folded) }

    private func stored(_ record: TenantRecord) throws -> TenantRecord {
        try #require(try registry.transact(RegistryTransaction([.insert(record)])).record(TenantRecord.self))
    }
}
