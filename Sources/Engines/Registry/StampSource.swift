import Base
import Synchronization

/// Gives out stamps, each behind all before it.
final class StampSource: Sendable {
    private let clock: any Clock
    private let last: Mutex<RecordStamp>

    /// Goes on behind `newest`, the newest stamp that is stored.
    init(clock: any Clock, after newest: RecordStamp?) {
        self.clock = clock
        last = Mutex(newest ?? RecordStamp(time: Timestamp(milliseconds: 0), sequence: 0))
    }

    /// The next stamp: now, or the last one's time where the clock was set back.
    func next() -> RecordStamp {
        last.withLock { last in
            last = RecordStamp(time: max(last.time, clock.now()), sequence: last.sequence + 1)
            return last
        }
    }
}
