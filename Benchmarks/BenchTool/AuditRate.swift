import Base
import Dispatch
import LocalTables
import Registry
import Synchronization
import Tables

#if canImport(Glibc)
    import Glibc
#endif

/// What the audit costs and how it is found again: a registry is filled through its own transactions, as they chain and index
/// the entries, then appended to, searched and verified.
struct AuditRate {
    private static let tenants = 10_000
    private static let actors = 500
    private static let areas = ["tenant", "run", "credential", "policy", "school", "move", "token", "backup"]
    private static let verbs = [
        "created", "changed", "removed", "started", "finished", "refused", "shown", "undone",
    ]
    private static let notesPerTransaction = 90
    private static let threads = 8
    private static let appendSeconds = 3.0
    private static let millisecondsApart: Int64 = 6

    private let folder: String
    private let count: Int
    private let clock = SystemClock()

    init(_ arguments: inout Arguments) throws {
        count = try arguments.nextNumber("number of entries")
        folder = try arguments.option("folder")
    }

    func measure() throws {
        guard let id = StoreID("registry") else { throw UsageError(text: "the store's id has another form") }
        let stores = try LocalStores(folder: folder)
        let store = try Registry.store(id, in: stores)
        let steps = SteppedClock()
        let registry = try Registry(engine: store, clock: steps)
        try fill(registry, steps)
        try reportSize()
        try append(registry, store)
        try search(registry, steps)
        try export(registry)
        try verify(registry)
        stores.close()
    }

    // MARK: Writing

    private func note(_ number: Int) -> AuditNote {
        // Of a transaction's notes few are of different actions, as the limit of its items wants it.
        let group = number / Self.notesPerTransaction
        let place = number &* 7919
        let verb = Self.verbs[(group / Self.areas.count + number % 2) % Self.verbs.count]
        return AuditNote(
            actor: number % 3 == 0
                ? .system
                : AuditActor(
                    "credential:k\(place % Self.actors)",
                    origin: .init(signIn: "key", address: "192.0.2.17", request: "q0123456789abcdef")),
            action: "\(Self.areas[group % Self.areas.count]).\(verb)", subject: "s\(place % 1_000_000)",
            tenant: tenant(place % Self.tenants), detail: ["run": "r\(number)"],
            kind: number % 20 == 0 ? .access : number % 20 == 10 ? .denial : .activity,
            outcome: number % 97 == 0 ? .refused : .done, before: ["state": "active"],
            after: ["state": "suspended"])
    }

    private func tenant(_ number: Int) -> TenantID {
        TenantID(random: MixedBytes(seed: UInt64(number)))
    }

    private func fill(_ registry: Registry, _ steps: SteppedClock) throws {
        let next = Mutex(0)
        let failure = Mutex<String?>(nil)
        let started = clock.monotonicNanoseconds()
        DispatchQueue.concurrentPerform(iterations: Self.threads) { _ in
            while failure.withLock({ $0 == nil }) {
                let start = next.withLock { next in
                    defer { next += Self.notesPerTransaction }
                    return next
                }
                guard start < count else { return }
                let end = min(start + Self.notesPerTransaction, count)
                steps.advance(byMilliseconds: Int64(end - start) * Self.millisecondsApart)
                do {
                    try registry.transact(RegistryTransaction([], audit: (start..<end).map(note)))
                } catch { failure.withLock { $0 = "\(error)" } }
                if start / 900_000 != end / 900_000 { progress(end, since: started) }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw UsageError(text: failure) }
        print("fill_entries_per_second", Double(count) / seconds(since: started))
    }

    private func progress(_ done: Int, since started: UInt64) {
        let text = "bench-tool: \(done) entries, \(Int(Double(done) / seconds(since: started))) a second\n"
        write(STDERR_FILENO, text, text.utf8.count)
    }

    private func reportSize() throws {
        var status = stat()
        guard stat("\(folder)/registry.sqlite", &status) == 0 else {
            throw UsageError(text: "the registry's file is not in `\(folder)`")
        }
        print("bytes_per_entry", Double(status.st_size) / Double(count))
    }

    /// Transactions that store one record, without a word and with an entry of the audit, in turn: by one thread and by many.
    private func append(_ registry: Registry, _ engine: any TableEngine) throws {
        for threads in [1, 16] {
            var rates: [Bool: [Double]] = [:]
            for round in 0..<3 {
                for isSaid in [false, true] {
                    let rate = try appendRate(registry, threads, isSaid: isSaid)
                    if round > 0 { rates[isSaid, default: []].append(rate) }
                }
            }
            for (isSaid, name) in [(false, "plain"), (true, "audited")] {
                print("transactions_\(name)_\(threads)_threads_per_second", (rates[isSaid] ?? []).max() ?? 0)
            }
        }
    }

    private func appendRate(_ registry: Registry, _ threads: Int, isSaid: Bool) throws -> Double {
        let done = Atomic<Int>(0)
        let failure = Mutex<String?>(nil)
        let started = clock.monotonicNanoseconds()
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            var random = Mixer(state: UInt64(thread) &+ started)
            while seconds(since: started) < Self.appendSeconds {
                let reservation = NameReservation(
                    name: "District \(random.next())", tenant: tenant(thread))
                do {
                    try registry.transact(
                        RegistryTransaction([.insert(reservation)], audit: isSaid ? [note(thread + 1)] : []))
                } catch { failure.withLock { $0 = "\(error)" } }
                done.wrappingAdd(1, ordering: .relaxed)
            }
        }
        if let failure = failure.withLock({ $0 }) { throw UsageError(text: failure) }
        return Double(done.load(ordering: .relaxed)) / seconds(since: started)
    }

    // MARK: Reading

    private func search(_ registry: Registry, _ steps: SteppedClock) throws {
        let memory = PeakMemory()
        var queries: [(String, AuditQuery)] = []
        func add(_ name: String, _ change: (inout AuditQuery) -> Void) {
            var query = AuditQuery()
            query.limit = 50
            change(&query)
            queries.append((name, query))
        }
        let middle = steps.start.advanced(byMilliseconds: Int64(count) * Self.millisecondsApart / 2)
        add("newest") { _ in }
        add("tenant") { $0.tenant = tenant(77) }
        add("actor") { $0.actor = .credential("k77") }
        add("action") { $0.action = .named("tenant.created") }
        add("prefix") { $0.action = .beginning("tenant.") }
        add("time") { ($0.from, $0.to) = (middle, middle.advanced(bySeconds: 3600)) }
        add("tenant_and_time") { ($0.tenant, $0.to, $0.isNewestFirst) = (tenant(77), middle, false) }
        add("tenant_and_actor") { ($0.tenant, $0.actor) = (tenant(77), .credential("k77")) }
        add("refused") { $0.outcome = .refused }
        add("nothing_matches") { ($0.actor, $0.outcome) = (.system, .failed) }
        for (name, query) in queries {
            var best = Double.infinity
            for _ in 0..<5 {
                let started = clock.monotonicNanoseconds()
                _ = try registry.audit(query)
                best = min(best, seconds(since: started))
            }
            print("search_\(name)_ms", best * 1000)
        }
        var all = AuditQuery()
        all.tenant = tenant(77)
        all.limit = Limits.auditPageEntriesMax
        var found = 0
        repeat {
            let page = try registry.audit(all)
            found += page.entries.count
            all.after = page.next
        } while all.after != nil
        print("search_tenant_entries", found)
        print("search_memory_mb", memory.megabytes())
    }

    /// As `audit export` fetches it: page by page, and verified on the way.
    private func export(_ registry: Registry) throws {
        let memory = PeakMemory()
        let started = clock.monotonicNanoseconds()
        var verifier = AuditChainVerifier()
        var bytes = 0
        for kind in AuditKind.allCases {
            var after: String?
            repeat {
                let page = try registry.exportAuditPage(kind, after: after)
                for line in page.lines {
                    bytes += line.bytes.count
                    verifier.take(line)
                }
                after = page.next
            } while after != nil
        }
        let verdict = verifier.finish()
        guard verdict.isSound else { throw UsageError(text: "\(verdict.faults)") }
        let entries = verdict.chains.reduce(0) { $0 + $1.entries }
        print("export_entries", entries)
        print("export_bytes", bytes)
        print("export_entries_per_second", Double(entries) / seconds(since: started))
        print("export_memory_mb", memory.megabytes())
    }

    private func verify(_ registry: Registry) throws {
        let memory = PeakMemory()
        let started = clock.monotonicNanoseconds()
        let verdict = try registry.verifyAudit()
        guard verdict.isSound else { throw UsageError(text: "\(verdict.faults)") }
        let entries = verdict.chains.reduce(0) { $0 + $1.entries }
        print("verify_entries", entries)
        print("verify_entries_per_second", Double(entries) / seconds(since: started))
        print("verify_memory_mb", memory.megabytes())
    }

    private func seconds(since started: UInt64) -> Double {
        Double(clock.monotonicNanoseconds() - started) / 1e9
    }
}

/// A clock that goes on by what it is told, so that entries are spread over months.
private final class SteppedClock: Clock {
    let start = Timestamp(milliseconds: 1_700_000_000_000)
    private let passed = Atomic<Int>(0)

    func advance(byMilliseconds count: Int64) { passed.wrappingAdd(Int(count), ordering: .relaxed) }

    func now() -> Timestamp { start.advanced(byMilliseconds: Int64(passed.load(ordering: .relaxed))) }

    func monotonicNanoseconds() -> UInt64 { SystemClock().monotonicNanoseconds() }
}

/// Bytes by a number: the same for the same.
private struct MixedBytes: RandomSource {
    let seed: UInt64

    func bytes(_ count: Int) -> [UInt8] {
        var mixer = Mixer(state: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: mixer.next() >> 32) }
    }
}

/// The most memory that the process has of its own while something goes on: looked at again and again. Pages of the store's
/// file, which the system maps and takes back as it likes, do not count.
private final class PeakMemory: Sendable {
    private let peak = Atomic<Int>(0)
    private let isDone = Atomic<Bool>(false)
    private let thread = DispatchQueue(label: "memory")

    init() {
        thread.async { [self] in
            while !isDone.load(ordering: .relaxed) {
                peak.store(max(peak.load(ordering: .relaxed), Self.now()), ordering: .relaxed)
                usleep(5000)
            }
        }
    }

    /// Ends looking.
    func megabytes() -> Double {
        isDone.store(true, ordering: .relaxed)
        thread.sync {}
        return Double(peak.load(ordering: .relaxed)) / 1024
    }

    /// Kilobytes. Source: proc_pid_status(5), `RssAnon`.
    private static func now() -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("RssAnon:") else { continue }
            return Int(text.filter(\.isNumber)) ?? 0
        }
        return 0
    }
}
