import Base
import Synchronization

/// Notes how long it was asked to hold whoever works, and holds nobody.
final class RestingClock: Clock {
    private let base: any Clock
    private let asked = Mutex<[UInt64]>([])
    var rests: [UInt64] { asked.withLock { $0 } }

    init(_ base: any Clock) { self.base = base }

    func now() -> Timestamp { base.now() }
    func monotonicNanoseconds() -> UInt64 { base.monotonicNanoseconds() }
    func sleep(nanoseconds: UInt64) { asked.withLock { $0.append(nanoseconds) } }
}
