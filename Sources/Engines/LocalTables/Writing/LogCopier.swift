import Base
import SQLite
import Synchronization

/// Copies a store's log into its file beside the writer, so that no group of writes waits for it: what the last commits have added
/// meanwhile is all that is left to the writer, between two groups, before the log begins anew.
///
/// On a connection of its own, which SQLite lets copy while another one writes. Source: sqlite.org/wal.html, "Avoiding Excessively
/// Large WAL Files"; what it spares the writes: Benchmarks/PROFILE.md.
///
/// INVARIANT (no copy of a copied log): beside the writer a copy begins only where a group that began after the end of the last copy, by
/// whomever, has committed and has added to the log. Before 3.51.3 SQLite loses commits where the log begins anew between a copy's look
/// at the log's header and its lock on the file (sqlite.org/wal.html#walresetbug). A log begins anew by a transaction that found all of it
/// copied when it began, and there is one writer: whichever transaction is under way when such a copy looks began behind that commit, so
/// it found something that was not copied. Or by `Connection.checkpoint`, which excludes copies.
final class LogCopier: Sendable {
    private struct Copying {
        var connection: Connection?
        var isClosed = false
    }

    private let path: String
    private let files: any StoreFiles
    private let health: StoreHealth
    private let pagesMin: Int
    private let thread: TaskQueue
    private let turnstile = Turnstile()
    /// Held by whoever copies.
    private let copying = Mutex(Copying())
    private let mustReopen = Atomic<Bool>(false)
    private let isQueued = Atomic<Bool>(false)
    private let endedCopies = Atomic<Int>(0)
    /// How many copies had ended before the newest group began that has added to the log.
    private let copiesBeforeGrowth = Atomic<Int>(-1)
    /// How long the log was behind the newest group that has added to it, and when a copy was last asked for, in pages.
    private let pages = Atomic<Int>(0)
    private let pagesAsked = Atomic<Int>(0)
    private let askedAt = Atomic<UInt64>(0)

    init(id: StoreID, path: String, files: any StoreFiles, health: StoreHealth, pagesMin: Int) {
        self.path = path
        self.files = files
        self.health = health
        self.pagesMin = pagesMin
        thread = TaskQueue(label: "homeroom.store.\(id).log")
    }

    // MARK: For the writer

    /// How many copies have ended: what `logHasGrown` is told of a group, asked before the group's transaction begins.
    var copies: Int { endedCopies.load(ordering: .sequentiallyConsistent) }

    /// A group has committed, and with it the log has so many pages.
    /// - Parameters:
    ///   - copies: how many copies had ended before the group's transaction began.
    ///   - now: nanoseconds of the monotonic clock.
    /// - Returns: whether a copy is due. So many pages at a time disturb the writes beside them little; where they come fast it is more
    ///   pages at a time, each of which is copied once however often it was written; and where readers have kept a long log from
    ///   beginning anew, fewer.
    func logHasGrown(to pages: Int, since copies: Int, now: UInt64) -> Bool {
        copiesBeforeGrowth.store(copies, ordering: .sequentiallyConsistent)
        let isSameLog = pages > self.pages.exchange(pages, ordering: .relaxed)
        let asked = isSameLog ? pagesAsked.load(ordering: .relaxed) : 0
        let grown = pages - asked
        let isCalm = now - min(now, askedAt.load(ordering: .relaxed)) >= Limits.logCopyNanoseconds
        let isDue =
            grown / 8 >= pagesMin || grown >= pagesMin && isCalm
            || pages / 16 > pagesMin && grown >= max(1, pagesMin / 8)
        pagesAsked.store(isDue ? pages : asked, ordering: .relaxed)
        if isDue { askedAt.store(now, ordering: .relaxed) }
        return isDue
    }

    /// Copies on another thread, unless that is about to be done; `done` is called behind it.
    func copyBeside(then done: @escaping @Sendable () -> Void) {
        guard !isQueued.exchange(true, ordering: .acquiringAndReleasing) else { return }
        thread.async {
            self.isQueued.store(false, ordering: .releasing)
            self.turnstile.pass { self.copying.withLock { self.copyNow(&$0) } }
            done()
        }
    }

    /// Runs `body`, in which the writer copies the log, unless it is copied here just now.
    func unlessCopying<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
        try turnstile.passIfFree { () throws(Failure) in
            _ = try copying.withLockIfAvailable { (_) throws(Failure) in
                defer { noteEnd() }
                try body()
            }
        }
    }

    /// The file has been opened anew: the next copy is of that.
    func reopen() { mustReopen.store(true, ordering: .relaxed) }

    // MARK: For others

    /// Copies what has been committed until now, and then runs `rest`, in which the writer copies what has been since. Waits for a copy
    /// that is under way.
    func copy<Failure: Error>(rest: () throws(Failure) -> Void) throws(Failure) {
        try turnstile.pass { () throws(Failure) in
            try copying.withLock { (copying) throws(Failure) in
                copyNow(&copying)
                defer { noteEnd() }
                try rest()
            }
        }
    }

    /// Runs `body`, in which the writer empties the log, while nothing is copied here; waits for that. Not with the writer's session, for
    /// which others would wait as long.
    func excluding<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        try turnstile.pass { () throws(Failure) in
            try copying.withLock { (_) throws(Failure) in
                defer { noteEnd() }
                return try body()
            }
        }
    }

    /// Finishes what is under way and lets the file go. Nothing is copied here behind this.
    func close() {
        thread.sync {}
        turnstile.pass { copying.withLock { $0 = Copying(isClosed: true) } }
    }

    // MARK: The copy

    private func noteEnd() { endedCopies.add(1, ordering: .sequentiallyConsistent) }

    /// Whether a group has added to the log that began behind the last copy. For who holds `copying`.
    private var hasGrown: Bool {
        #if MUTANTS
            if Mutant.isOn(.copiedLogCopied) { return true }
        #endif
        return copies == copiesBeforeGrowth.load(ordering: .sequentiallyConsistent)
    }

    private func copyNow(_ copying: inout Copying) {
        guard hasGrown, health.mayCopyLog, !copying.isClosed else { return }
        defer { noteEnd() }
        if mustReopen.exchange(false, ordering: .relaxed) { copying.connection = nil }
        do throws(SQLiteError) {
            if copying.connection == nil {
                copying.connection = try StoreFile.openCopier(path: path, on: files, health: health)
            }
            try copying.connection?.copyLog()
            // SQLite syncs the file where it comes to the log's end, which it hardly does beside a writer: the writer would have to wait
            // for all of that.
            try copying.connection?.syncFile()
        } catch {
            // The log keeps everything, and the writer copies it between two groups where it can be.
            copying.connection = nil
            health.noteFailedCopy(error)
        }
    }
}
