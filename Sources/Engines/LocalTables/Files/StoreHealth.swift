import Base
import SQLite
import Synchronization
import Tables

/// Learns when a store's file cannot be written any more (a sentence that says why and what to do), and when it can again (nil).
/// Called on the store's threads, so it must not wait.
public typealias StoreReport = @Sendable (_ store: StoreID, _ trouble: String?) -> Void

/// What is known of a store's file from the calls that failed on it.
///
/// INVARIANT (nothing overwritten): once a call has met damage, nothing is written to the file any more by this process: what
/// is left of it is for whoever repairs it. Reads go on as far as they do not meet the damage themselves.
final class StoreHealth: Sendable {
    /// Whose call failed.
    enum Side { case reader, writer }

    /// What the writer may do.
    enum Writing { case allowed, afterReopening, refused }

    private struct State {
        var reader: StoreFault?
        var writer: StoreFault?
        var isDamaged = false
        var isLogKept = false
        /// What the report was last told of; nil where it was last told that all is well.
        var reported: StoreFault?
    }

    private let id: StoreID
    private let path: String
    private let report: StoreReport
    private let state = Mutex(State())

    init(id: StoreID, path: String, report: @escaping StoreReport) {
        self.id = id
        self.path = path
        self.report = report
    }

    /// Notes a call that failed.
    func note(_ error: SQLiteError, by side: Side) {
        guard let fault = StoreFault(error) else { return }
        let isNews = state.withLock { state -> Bool in
            switch side {
            case .reader: state.reader = fault
            case .writer: state.writer = fault
            }
            state.isDamaged = state.isDamaged || fault == .damaged
            // A read that fails is told to whoever reads: the store may still be written.
            guard side == .writer || fault == .damaged, state.reported != fault else { return false }
            state.reported = fault
            return true
        }
        if isNews { report(id, "\(fault.remedy(id: id.text, path: path)); \(error)") }
    }

    /// Notes a copy of the log into the file that failed.
    ///
    /// INVARIANT (kept log): once a sync of such a copy has failed, nothing is copied until all connections to the file have gone. What is
    /// written and not synced the system may drop and yet call the next sync a success, and SQLite takes what a copy has written for
    /// copied before it is synced, where commits come meanwhile: it would not write that again, but would write over the log. Writes go
    /// on, into a log that grows. Who opens the file next begins at the log's first page.
    func noteFailedCopy(_ error: SQLiteError) {
        // Source: sqlite.org/rescode.html, SQLITE_IOERR_FSYNC.
        guard error.code == 10 | 4 << 8 else { return }
        let isNews = state.withLock { state -> Bool in
            defer { (state.isLogKept, state.reported) = (true, .unsynced) }
            return !state.isLogKept
        }
        if isNews { report(id, "\(StoreFault.unsynced.remedy(id: id.text, path: path)); \(error)") }
    }

    /// Notes a call that failed which nobody's write or read depends on: only damage is of interest.
    func noteDamage(_ error: SQLiteError) {
        if StoreFault(error) == .damaged { note(error, by: .writer) }
    }

    /// Whether it stays as it is (INVARIANT (kept log)).
    var isLogKept: Bool { state.withLock { $0.isLogKept } }

    /// Whether the log may be copied into the file.
    var mayCopyLog: Bool { writing == .allowed && !isLogKept }

    /// The file is no more, nor its log.
    func noteRemoval() { state.withLock { $0.isLogKept = false } }

    /// What somebody is told who needs the log copied when it may not be.
    var keptLog: TableError {
        .storage("store `\(id)`: \(StoreFault.unsynced.remedy(id: id.text, path: path))")
    }

    /// The file is about to be opened: whatever was wrong with it may have been put right.
    func expectTheBest() {
        state.withLock { state in
            state.isDamaged = false
            state.writer = nil
        }
    }

    /// Notes that a group was committed.
    func noteCommit() {
        let news = state.withLock { state -> StoreFault?? in
            guard state.reported != nil, !state.isDamaged else { return nil }
            state.writer = nil
            let rest: StoreFault? = state.isLogKept ? .unsynced : nil
            guard state.reported != rest else { return nil }
            state.reported = rest
            return .some(rest)
        }
        if let news { report(id, news?.remedy(id: id.text, path: path)) }
    }

    /// What the writer may do now.
    var writing: Writing {
        state.withLock { state in
            if state.isDamaged { return .refused }
            switch state.writer {
            case .readOnly, .filesExhausted, .unreachable: return .afterReopening
            case .diskFull, .fileTooLarge, .memoryExhausted, .damaged, .unsynced, nil: return .allowed
            }
        }
    }

    /// A failure of the file with the store's name, the cause and what to do; any other error as it is.
    func described(_ error: TableError, by side: Side) -> TableError {
        guard case .storage(let details) = error else { return error }
        let fault = state.withLock { state -> StoreFault? in
            if state.isDamaged { return .damaged }
            switch side {
            case .writer: return state.writer
            case .reader:
                defer { state.reader = nil }
                return state.reader
            }
        }
        let remedy =
            fault?.remedy(id: id.text, path: path)
            ?? "its file does not read as it should; `homeroom store check --store \(id)` looks it over"
        return .storage("store `\(id)`: \(remedy); \(details)")
    }
}
