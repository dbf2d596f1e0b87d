import Base
import Synchronization
import Tables

/// The read connections of a store. Each is lent to one thread at a time; a few are kept while nobody reads.
final class ReaderPool: Sendable {
    /// A reader that can be handed from thread to thread.
    private final class Slot: Sendable {
        let reader: Mutex<Reader>

        init(_ reader: sending Reader) { self.reader = Mutex(reader) }
    }

    private let path: String
    private let idle = Mutex<[Slot]>([])

    init(path: String) { self.path = path }

    func withReader<Value: Sendable>(
        _ body: (Reader) throws(TableError) -> Value
    ) throws(TableError) -> Value {
        let slot: Slot
        if let kept = idle.withLock({ $0.popLast() }) {
            slot = kept
        } else {
            slot = Slot(try Reader(path: path))
        }
        defer {
            idle.withLock { idle in
                if idle.count < Limits.idleReadersMax { idle.append(slot) }
            }
        }
        return try slot.reader.withLock { (reader) throws(TableError) -> Value in try body(reader) }
    }

    func closeIdle() { idle.withLock { $0 = [] } }
}
