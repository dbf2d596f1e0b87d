import Base
import Synchronization
import Tables

/// The read connections of a store. Each is lent to one thread at a time; a few are kept while nobody reads.
///
/// While nobody writes, a reader keeps its read transaction open from one read to the next, which spares SQLite two locks of
/// the file and a look at its size each time: a third of a point read.
final class ReaderPool: Sendable {
    /// A reader that can be handed from thread to thread.
    private final class Slot: Sendable {
        let reader: Mutex<Reader>
        let generation: Int

        init(_ reader: sending Reader, generation: Int) {
            self.reader = Mutex(reader)
            self.generation = generation
        }
    }

    private struct Idle {
        var slots: [Slot] = []
        var isClosed = false
    }

    private let id: StoreID
    private let path: String
    private let files: any StoreFiles
    private let health: StoreHealth
    private let commits = CommitCount()
    /// Changed under the lock of `idle`: which opening of the file the kept readers are of.
    private let generation = Atomic<Int>(0)
    private let idle = Mutex(Idle())

    init(id: StoreID, path: String, files: any StoreFiles, health: StoreHealth) {
        self.id = id
        self.path = path
        self.files = files
        self.health = health
    }

    func withReader<Value: Sendable>(
        _ body: (Reader) throws(TableError) -> Value
    ) throws(TableError) -> Value {
        do { return try lend(body) } catch { throw health.described(error, by: .reader) }
    }

    private func lend<Value: Sendable>(
        _ body: (Reader) throws(TableError) -> Value
    ) throws(TableError) -> Value {
        let slot = try slot()
        defer { giveBack(slot) }
        return try slot.reader.withLock { (reader) throws(TableError) -> Value in
            try reader.beginRead(commits.quiet)
            return try body(reader)
        }
    }

    private func slot() throws(TableError) -> Slot {
        let kept = try idle.withLock { idle throws(TableError) -> Slot? in
            guard !idle.isClosed else { throw .noSuchStore(id) }
            return idle.slots.popLast()
        }
        if let kept { return kept }
        let generation = generation.load(ordering: .relaxed)
        return Slot(try Reader(path: path, files: files, health: health), generation: generation)
    }

    private func giveBack(_ slot: Slot) {
        idle.withLock { idle in
            // Relies on INVARIANT (no idle reader under a writer): whoever writes counts first and then takes this lock.
            let isFit = slot.reader.withLock { $0.endRead(commits.quiet) }
            let isCurrent = slot.generation == generation.load(ordering: .relaxed)
            let isWanted = !idle.isClosed && idle.slots.count < Limits.idleReadersMax
            if isFit, isCurrent, isWanted { idle.slots.append(slot) }
        }
    }

    /// The commit count, or nil while somebody writes: what was read between two looks at the same one is still true.
    var quietCommit: UInt64? { commits.quiet }

    /// Lends nothing any more, and lets go of every reader; of those that are lent, when they come back.
    func close() { idle.withLock { $0 = Idle(isClosed: true) } }

    /// Lets go of every reader there is, those that are lent when they come back: the file has been opened anew.
    func discard() {
        idle.withLock { idle in
            idle.slots = []
            generation.add(1, ordering: .relaxed)
        }
    }

    // MARK: For the writer

    /// To be called before a group of writes begins.
    ///
    /// INVARIANT (no idle reader under a writer): from here until `writingEnds` no reader that nobody uses has a transaction
    /// open, which would keep the log from being emptied. A read that begins after `writingEnds` sees what was written.
    func writingBegins() {
        commits.begin()
        idle.withLock { idle in
            idle.slots = idle.slots.filter { slot in slot.reader.withLock { $0.endRead(nil) } }
        }
    }

    /// To be called when the group is durable, before anybody is told.
    func writingEnds() { commits.end() }
}
