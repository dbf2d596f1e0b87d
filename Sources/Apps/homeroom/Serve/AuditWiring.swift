import Audits
import Base
import ControlAPI
import Gateway
import Issuing
import Registry
import Synchronization
import Upkeep

/// What is done for the audit while nobody asks: denials become entries, chains are sealed and their heads carried outside, what
/// is too old goes.
///
/// It has a thread of its own, so that no other chore that takes long keeps a chain from being sealed.
final class AuditWiring: Sendable {
    /// Seconds between two entries of what was denied: so much of the counts a crash can lose.
    private static let countsSeconds = 60
    /// Seconds between two looks at what is too old.
    private static let trimSeconds = 3600

    private let registry: Registry
    private let controlAPI: ControlAPI
    private let decisions: DecisionRecorder
    private let sessions: SessionLedger
    private let clock: any Clock
    private let log: Log
    private let posts: [HeadPost]
    private let sealer: HeadSealer
    private let countedSince: Mutex<Timestamp>
    private let chores = Mutex<Chores?>(nil)

    /// Begins with a first round of each.
    init(
        _ options: AuditOptions, _ services: ControlServices, _ controlAPI: ControlAPI,
        _ decisions: DecisionRecorder, _ sessions: SessionLedger, _ keyring: KeyringWiring
    ) {
        let (clock, log) = (services.clock, services.log)
        registry = services.registry
        self.controlAPI = controlAPI
        self.decisions = decisions
        self.sessions = sessions
        self.clock = clock
        self.log = log
        countedSince = Mutex(clock.now())
        let posts = options.sinks.map { address in
            HeadPost(address.sink) { sink, trouble in
                if let trouble {
                    log.error(
                        "sealed heads of the audit do not get to a place outside",
                        ["sink": sink, "trouble": trouble])
                } else {
                    log.info("sealed heads of the audit get to a place outside again", ["sink": sink])
                }
            }
        }
        self.posts = posts
        sealer = HeadSealer(registry: services.registry, sign: keyring.signing.signStatement, clock: clock) {
            head in
            for post in posts { post.offer(head) }
        }
        start(options.retention)
    }

    private func start(_ retention: AuditRetention) {
        let chores = Chores([
            Chore(name: "audit-counts", everySeconds: Self.countsSeconds) { [self] _ in try noteCounts() },
            Chore(name: "audit-seal", everySeconds: Limits.auditSealSeconds) { [self] _ in
                try sealer.round()
            },
            Chore(name: "audit-trim", everySeconds: Self.trimSeconds) { [self] isStopping in
                let removed = try registry.trimAudit(retention, isStopping: isStopping)
                for (kind, count) in removed {
                    log.info("old entries of the audit went", ["kind": kind.rawValue, "entries": "\(count)"])
                }
            },
        ]) { [log] name, error in
            log.error("a chore of the audit failed", ["chore": name, "error": "\(error)"])
        }
        self.chores.withLock { $0 = chores }
    }

    /// Ends it: what was counted is written, the chains are sealed once more, and places outside get a last chance. Call it when
    /// nobody is served any more.
    func stop() {
        // Taken out, since the chores hold this.
        let running = chores.withLock { chores in
            defer { chores = nil }
            return chores
        }
        running?.stop()
        do {
            try noteCounts()
            try sealer.round()
        } catch { log.error("the audit's last entries cannot be written", ["error": "\(error)"]) }
        for post in posts { post.stop() }
    }

    /// Writes which sessions were handed out since the last time.
    private func noteSessions() throws(RegistryError) {
        var waiting = sessions.take()[...]
        while !waiting.isEmpty {
            let part = waiting.prefix(Self.notesMax)
            do throws(RegistryError) {
                try registry.transact(RegistryTransaction([], audit: part.map(\.note)))
            } catch {
                sessions.putBack(Array(waiting))
                throw error
            }
            waiting = waiting.dropFirst(part.count)
        }
    }

    /// Writes what was denied since the last time, and which sessions were handed out.
    private func noteCounts() throws {
        try noteSessions()
        try controlAPI.noteCounts()
        try controlAPI.noteUses()
        let denials = decisions.takeDenials()
        guard !denials.isEmpty else { return }
        let now = clock.now()
        let since = countedSince.withLock { since in
            defer { since = now }
            return since
        }
        let notes = denials.auditNotes(from: since, to: now)
        var written: Set<TenantID?> = []
        do throws(RegistryError) {
            for first in stride(from: 0, to: notes.count, by: Self.notesMax) {
                let part = Array(notes[first..<min(notes.count, first + Self.notesMax)])
                try registry.transact(RegistryTransaction([], audit: part))
                for note in part { written.insert(note.tenant) }
            }
        } catch {
            decisions.putBack(denials.filter { !written.contains($0.tenant) })
            countedSince.withLock { $0 = since }
            throw error
        }
    }

    /// Entries of one commit.
    private static let notesMax = 20
}
