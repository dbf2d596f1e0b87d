import Base
import SQLite
import Synchronization

/// Copies a store's log into its file beside the writer, so that no group of writes waits for it: what the last commits have added
/// meanwhile is all that is left to the writer, between two groups, before the log begins anew.
///
/// On a connection of its own, which SQLite lets copy while another one writes. Source: sqlite.org/wal.html, "Avoiding Excessively
/// Large WAL Files"; what it spares the writes: Benchmarks/PROFILE.md.
final class LogCopier: Sendable {
    private let path: String
    private let files: any StoreFiles
    private let health: StoreHealth
    private let thread: TaskQueue
    private let turnstile = Turnstile()
    private let copying = Mutex(())
    private let connection = Mutex<Connection?>(nil)
    private let isUnderWay = Atomic<Bool>(false)
    private let mustReopen = Atomic<Bool>(false)

    init(id: StoreID, path: String, files: any StoreFiles, health: StoreHealth) {
        self.path = path
        self.files = files
        self.health = health
        thread = TaskQueue(label: "homeroom.store.\(id).log")
    }

    /// Copies, unless that is under way; `done` is called behind it, on another thread.
    func copy(then done: @escaping @Sendable () -> Void) {
        guard !isUnderWay.exchange(true, ordering: .relaxed) else { return }
        thread.async { [self] in
            copyNow()
            isUnderWay.store(false, ordering: .relaxed)
            done()
        }
    }

    private func copyNow() {
        pausing {
            connection.withLock { connection in
                if mustReopen.exchange(false, ordering: .relaxed) { connection = nil }
                guard health.writing == .allowed else { return }
                // Where it fails the health has been told, and the log keeps everything: the writer copies it at its own limit.
                do throws(SQLiteError) {
                    if connection == nil {
                        connection = try StoreFile.openCopier(path: path, on: files, health: health)
                    }
                    try connection?.copyLog()
                } catch { connection = nil }
            }
        }
    }

    /// Does something while nothing is copied here. Not with the writer's session, for which others would wait as long.
    func pausing<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        try turnstile.pass { () throws(Failure) in
            try copying.withLock { (_) throws(Failure) in try body() }
        }
    }

    /// The file has been opened anew: the next copy is of that.
    func reopen() { mustReopen.store(true, ordering: .relaxed) }

    /// Finishes what is under way and lets the file go. Nothing is asked of it behind this.
    func close() {
        thread.sync { connection.withLock { $0 = nil } }
    }
}
