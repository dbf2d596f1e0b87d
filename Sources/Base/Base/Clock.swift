import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A moment in milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds since the epoch.
    public let milliseconds: Int64

    /// The moment that many milliseconds after the epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whole seconds since the epoch, rounded down.
    public var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }

    /// Earlier before later.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment so many milliseconds later (earlier where negative).
    public func advanced(byMilliseconds count: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds + count)
    }

    /// The moment so many seconds later (earlier where negative).
    public func advanced(bySeconds count: Int64) -> Timestamp { advanced(byMilliseconds: count * 1000) }

    /// Milliseconds from `earlier` to this moment; negative where `earlier` is the later one.
    public func milliseconds(since earlier: Timestamp) -> Int64 { milliseconds - earlier.milliseconds }

    /// Reads a number of milliseconds.
    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the number of milliseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

/// Where the time comes from. Handed in everywhere, so that a test or a simulation decides what time it is.
public protocol Clock: Sendable {
    /// The wall clock.
    func now() -> Timestamp
    /// Nanoseconds of a clock that never goes back, from an arbitrary start: for durations only.
    func monotonicNanoseconds() -> UInt64
    /// Holds the calling thread for so long.
    func sleep(nanoseconds: UInt64)
}

extension Clock {
    /// A clock that is set by hand keeps nobody waiting.
    public func sleep(nanoseconds: UInt64) {}
}

/// The machine's clocks.
public struct SystemClock: Clock {
    /// The machine's clocks.
    public init() {}

    /// The machine's wall clock.
    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The machine's monotonic clock.
    public func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Holds the calling thread for so long, or until a signal comes.
    public func sleep(nanoseconds: UInt64) {
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        nanosleep(&time, nil)
    }
}

/// A clock that stands still until it is told to move: for tests and simulations.
public final class ManualClock: Clock {
    private struct State {
        var wall: Int64
        var monotonic: Int64
    }

    private let state: Mutex<State>

    /// A clock that stands at `start`.
    public init(_ start: Timestamp = Timestamp(milliseconds: 1_767_225_600_000)) {
        state = Mutex(State(wall: start.milliseconds, monotonic: start.milliseconds))
    }

    /// The time it was last moved to.
    public func now() -> Timestamp { Timestamp(milliseconds: state.withLock { $0.wall }) }

    /// The same time in nanoseconds, unless somebody has set the wall clock since.
    public func monotonicNanoseconds() -> UInt64 { state.withLock { UInt64($0.monotonic) * 1_000_000 } }

    /// Moves the clock on by so many milliseconds, never back: `setWall` is for that.
    public func advance(byMilliseconds count: Int64) {
        precondition(count >= 0, "time does not go back")
        state.withLock { state in
            state.wall += count
            state.monotonic += count
        }
    }

    /// Sets the wall clock forth (back where negative) by so many milliseconds, while no time passes.
    public func setWall(byMilliseconds count: Int64) { state.withLock { $0.wall += count } }
}
