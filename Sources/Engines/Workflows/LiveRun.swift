import Base
import Registry
import Synchronization

/// A run while a thread carries it out: what others may see of it, and what they may say to it.
final class LiveRun: Sendable {
    private let record: Mutex<RunRecord>
    private let interruption = Mutex(false)

    init(_ record: RunRecord) { self.record = Mutex(record) }

    /// The run as it is now: never older than what is stored.
    var snapshot: RunRecord { record.withLock { $0 } }

    /// Shows the run as it is now.
    func show(_ record: RunRecord) { self.record.withLock { $0 = record } }

    /// Whether the step should end early.
    var isInterrupted: Bool { interruption.withLock { $0 } }

    /// Asks the step to end early.
    func interrupt() { interruption.withLock { $0 = true } }
}
