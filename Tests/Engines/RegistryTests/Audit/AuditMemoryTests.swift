import Base
import Synchronization
import Tables
import TestKit
import Testing

@testable import Registry

/// Whoever reads the audit holds a page of it, however many entries there are.
@Suite struct AuditMemoryTests {
    private static let count = 21_000
    private static let kinds: [AuditKind] = [.activity, .access]

    /// A store that measures what it is asked for at once.
    private final class MeteredEngine: TableEngine {
        private struct State {
            var reads = 0
            var rows = 0
            var mostRows = 0
        }

        private let base: any TableEngine
        private let state = Mutex(State())

        init(_ base: any TableEngine) { self.base = base }

        /// What was read since the last time: how many calls, how many rows, and the most of one call.
        func take() -> (reads: Int, rows: Int, mostRows: Int) {
            state.withLock { state in
                defer { state = State() }
                return (state.reads, state.rows, state.mostRows)
            }
        }

        var id: StoreID { base.id }
        func schema(of table: TableName) -> TableSchema? { base.schema(of: table) }
        func schemas() -> [TableSchema] { base.schemas() }

        func get(
            _ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void
        ) { base.get(operation, completion: completion) }

        func getTogether(
            _ operations: [GetItem],
            completion: @escaping @Sendable (Result<[ItemRow?], TableError>) -> Void
        ) { base.getTogether(operations, completion: completion) }

        func read(
            _ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void
        ) {
            base.read(operation) { result in
                if case .success(let page) = result {
                    self.state.withLock { state in
                        state.reads += 1
                        state.rows += page.rows.count
                        state.mostRows = max(state.mostRows, page.rows.count)
                    }
                }
                completion(result)
            }
        }

        func write(
            _ request: WriteRequest,
            completion: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void
        ) { base.write(request, completion: completion) }
    }

    @Test func aSearchAnExportAndAVerificationHoldAPage() throws {
        let world = try AuditWorld()
        let engine = MeteredEngine(world.store)
        let registry = try Registry(engine: engine, clock: world.clock)
        try fill(registry, world.clock)
        _ = engine.take()
        let verdict = try registry.verifyAudit()
        #expect(verdict.isSound && verdict.chains.reduce(0) { $0 + $1.entries } == Int64(Self.count))
        let used = engine.take()
        #expect(used.mostRows <= Limits.registryPageRecordsMax && used.rows >= Self.count)
        try export(registry, engine)
        try search(registry, engine)
    }

    private func fill(_ registry: Registry, _ clock: ManualClock) throws {
        let perCommit = 45
        for first in stride(from: 0, to: Self.count, by: perCommit) {
            clock.advance(byMilliseconds: 10)
            let notes = try (first..<min(Self.count, first + perCommit)).map { number in
                AuditNote(
                    actor: .credential("k\(number % 7)"), action: "a.\(number / 10_000)",
                    subject: "s\(number)", tenant: try tenantID(number % 5), kind: Self.kinds[number % 2])
            }
            try registry.transact(RegistryTransaction([], audit: notes))
        }
    }

    private func export(_ registry: Registry, _ engine: MeteredEngine) throws {
        var verifier = AuditChainVerifier()
        var entries = 0
        var heldMost = 0
        for kind in Self.kinds {
            var after: String?
            repeat {
                let page = try registry.exportAuditPage(kind, after: after)
                #expect(page.lines.count <= Limits.auditPageEntriesMax + 2)
                for line in page.lines {
                    verifier.take(line)
                    if case .entry = line { entries += 1 }
                }
                heldMost = max(heldMost, verifier.heldEntries)
                after = page.next
            } while after != nil
        }
        #expect(entries == Self.count && verifier.finish().isSound)
        // Of a chain that is sound it remembers the entry whose successor is still to come.
        #expect(heldMost <= Self.kinds.count)
        #expect(engine.take().mostRows <= Limits.auditPageEntriesMax)
    }

    private func search(_ registry: Registry, _ engine: MeteredEngine) throws {
        var query = AuditQuery()
        query.tenant = try tenantID(3)
        query.actor = .credential("k2")
        query.limit = Limits.auditPageEntriesMax
        var found = 0
        repeat {
            let page = try registry.audit(query)
            #expect(page.entries.count <= query.limit && page.lookedAt <= Limits.auditLookedAtMax)
            found += page.entries.count
            query.after = page.next
            #expect(engine.take().mostRows <= Limits.auditReadMax)
        } while query.after != nil
        #expect(found == (0..<Self.count).count { $0 % 5 == 3 && $0 % 7 == 2 })
        // What nothing matches costs no more either: a page is short and says where to go on.
        query.outcome = .failed
        query.tenant = nil
        query.actor = nil
        let empty = try registry.audit(query)
        #expect(empty.entries.isEmpty && empty.lookedAt == Limits.auditLookedAtMax && empty.next != nil)
        let used = engine.take()
        #expect(used.mostRows <= Limits.auditReadMax)
        #expect(used.rows <= Limits.auditLookedAtMax + 3 * Limits.auditReadMax)
    }

    /// What is not as it must be is remembered up to a limit: an export made to be hard to verify does not fill the memory.
    @Test(arguments: ["backwards", "every other", "all the same", "jumping"])
    func whatIsBrokenIsHeldUpToALimit(how: String) {
        let count: Int64 = 20_000
        var verifier = AuditChainVerifier()
        for place in 0..<count {
            let number: Int64 =
                switch how {
                case "backwards": count - place
                case "every other": 2 * place + 1
                case "all the same": 7
                default: place * 7919 % count + 1
                }
            verifier.take(
                AuditText.Place(
                    kind: .activity, number: number, previous: "p\(place)",
                    stamp: RecordStamp(time: Timestamp(milliseconds: place), sequence: place)),
                digest: "d\(place)")
        }
        #expect(verifier.heldEntries <= 4 * Limits.auditFaultsMax)
        let verdict = verifier.finish()
        #expect(!verdict.isSound && verdict.faults.count <= Limits.auditFaultsMax)
    }
}
