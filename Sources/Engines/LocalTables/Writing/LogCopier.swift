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
/// whomever, has committed and has added to the log. Before 3.51.3 SQLite loses commits where the log begins anew between a copy's first
/// look at it and its first lock (sqlite.org/wal.html#walresetbug). A log begins anew only by a transaction that found all of it copied
/// when it began, and there is one writer: whichever transaction is under way when such a copy looks began behind that commit, so it
/// found something that was not copied.
final class LogCopier: Sendable {
    private struct Open {
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
    private let copying = Mutex(())
    private let open = Mutex(Open())
    private let mustReopen = Atomic<Bool>(false)
    private let endedCopies = Atomic<Int>(0)
    /// How many copies had ended before the newest group began that has added to the log.
    private let copiesBeforeGrowth = Atomic<Int>(-1)
    /// How long the log was when a copy was last asked for, in pages.
    private let pagesAsked = Atomic<Int>(0)

    init(id: StoreID, path: String, files: any StoreFiles, health: StoreHealth, pagesMin: Int) {
        self.path = path
        self.files = files
        self.health = health
        self.pagesMin = pagesMin
        thread = TaskQueue(label: "homeroom.store.\(id).log")
    }

    /// How many copies have ended: what `logHasGrown` is told of a group, asked before the group's transaction begins.
    var copies: Int { endedCopies.load(ordering: .sequentiallyConsistent) }

    /// A group has committed, and with it the log has so many pages. For the writer's thread.
    /// - Parameter copies: how many copies had ended before the group's transaction began.
    /// - Returns: whether the log has grown by as much as is to be copied at a time.
    func logHasGrown(to pages: Int, since copies: Int) -> Bool {
        copiesBeforeGrowth.store(copies, ordering: .sequentiallyConsistent)
        let asked = pagesAsked.load(ordering: .relaxed)
        let begins = pages < asked ? 0 : asked
        let isLong = pages - begins >= pagesMin
        pagesAsked.store(isLong ? pages : begins, ordering: .relaxed)
        return isLong
    }

    /// Whether a group has added to the log that began behind the last copy. Not to be trusted but by who copies.
    private var hasGrown: Bool {
        #if MUTANTS
            if Mutant.isOn(.copiedLogCopied) { return true }
        #endif
        return copies == copiesBeforeGrowth.load(ordering: .sequentiallyConsistent)
    }

    /// Copies on another thread; `done` is called behind it.
    func copyBeside(then done: @escaping @Sendable () -> Void) {
        thread.async {
            self.copy()
            done()
        }
    }

    /// Copies what has been committed until now, where anything has been since the last copy. Waits for a copy that is under way.
    func copy() {
        excluding {
            guard hasGrown else { return }
            open.withLock { open in
                if mustReopen.exchange(false, ordering: .relaxed) { open.connection = nil }
                guard health.writing == .allowed, !open.isClosed else { return }
                // Where it fails the health has been told, and the log keeps everything: the writer copies it between two groups.
                do throws(SQLiteError) {
                    if open.connection == nil {
                        open.connection = try StoreFile.openCopier(path: path, on: files, health: health)
                    }
                    try open.connection?.copyLog()
                    try open.connection?.syncFile()
                } catch { open.connection = nil }
            }
        }
    }

    /// Runs `body`, in which the writer copies the log or changes the file, while nothing is copied here; waits for that. Not with the
    /// writer's session, for which others would wait as long.
    func excluding<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        try turnstile.pass { () throws(Failure) in
            try copying.withLock { (_) throws(Failure) in
                defer { noteEnd() }
                return try body()
            }
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

    private func noteEnd() { endedCopies.add(1, ordering: .sequentiallyConsistent) }

    /// The file has been opened anew: the next copy is of that.
    func reopen() { mustReopen.store(true, ordering: .relaxed) }

    /// Finishes what is under way and lets the file go. Nothing is copied here behind this.
    func close() {
        thread.sync {}
        excluding { open.withLock { $0 = Open(isClosed: true) } }
    }
}
