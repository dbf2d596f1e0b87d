import Base
import Registry
import Synchronization

/// What a tenant may still read and write by its tier's rates: two token buckets, in half units.
///
/// A request goes through while its bucket is not empty and is charged afterwards with what it took, so a
/// bucket can go below zero and then has to fill up first. Unused units are kept for `Limits.burstSeconds`.
/// Source: DynamoDB Developer Guide, "Burst and adaptive capacity": up to 300 seconds of unused capacity.
public final class TenantBudget: Sendable {
    /// Units a second; nil for no limit.
    public struct Rates: Hashable, Sendable {
        /// Read units a second.
        public var readUnits: Int?
        /// Write units a second.
        public var writeUnits: Int?

        /// These rates.
        public init(readUnits: Int?, writeUnits: Int?) {
            self.readUnits = readUnits
            self.writeUnits = writeUnits
        }
    }

    enum Kind { case read, write }

    private struct Bucket {
        /// Half units a second; nil for no limit.
        var rate: Double?
        var level = 0.0
        var filledAt: UInt64 = 0

        init(unitsPerSecond: Int?, now: UInt64) {
            rate = unitsPerSecond.map { Double($0) * 2 }
            level = (rate ?? 0) * Double(Limits.burstSeconds)
            filledAt = now
        }

        mutating func fill(now: UInt64) {
            guard let rate, now > filledAt else { return }
            level = min(level + rate * Double(now - filledAt) / 1e9, rate * Double(Limits.burstSeconds))
            filledAt = now
        }

        mutating func adopt(unitsPerSecond: Int?, now: UInt64) {
            fill(now: now)
            let new = unitsPerSecond.map { Double($0) * 2 }
            guard new != rate else { return }
            // A tenant that comes to a faster tier brings its debt along in seconds, not in units.
            let seconds = rate.map { level / $0 } ?? Double(Limits.burstSeconds)
            rate = new
            level = (new ?? 0) * seconds
        }
    }

    private struct State {
        var rates: Rates
        var read: Bucket
        var write: Bucket
        var usage = TenantUsage()
    }

    private let state: Mutex<State>
    private let countsUsage: Bool

    init(_ rates: Rates, now: UInt64, countsUsage: Bool = true) {
        self.countsUsage = countsUsage
        state = Mutex(
            State(
                rates: rates, read: Bucket(unitsPerSecond: rates.readUnits, now: now),
                write: Bucket(unitsPerSecond: rates.writeUnits, now: now)))
    }

    /// Goes by other rates from now on.
    func adopt(_ rates: Rates, now: UInt64) {
        state.withLock { state in
            guard state.rates != rates else { return }
            state.rates = rates
            state.read.adopt(unitsPerSecond: rates.readUnits, now: now)
            state.write.adopt(unitsPerSecond: rates.writeUnits, now: now)
        }
    }

    /// Whether another request of this kind may go through. One that may not is not counted: whoever asks here asks `wait` next.
    func admits(_ kind: Kind, now: UInt64) -> Bool {
        state.withLock { Self.wait(kind, &$0, now) == nil }
    }

    /// How long until another request of this kind may go through, in milliseconds, at most
    /// `Limits.retryMillisecondsMax`; nil where it may now. One that may not is counted as throttled.
    func wait(_ kind: Kind, now: UInt64) -> Int? {
        state.withLock { state in
            let wait = Self.wait(kind, &state, now)
            if wait != nil, countsUsage { state.usage.throttled += 1 }
            return wait
        }
    }

    /// Takes off what one request has used.
    func charge(_ kind: Kind, halfUnits: Int) {
        state.withLock { state in
            switch kind {
            case .read: state.read.level -= Double(halfUnits)
            case .write: state.write.level -= Double(halfUnits)
            }
            guard countsUsage else { return }
            state.usage.requests += 1
            switch kind {
            case .read: state.usage.readHalfUnits += halfUnits
            case .write: state.usage.writeHalfUnits += halfUnits
            }
        }
    }

    /// What was used since this was asked last.
    func takeUsage() -> TenantUsage {
        state.withLock { state in
            defer { state.usage = TenantUsage() }
            return state.usage
        }
    }

    private static func wait(_ kind: Kind, _ state: inout State, _ now: UInt64) -> Int? {
        switch kind {
        case .read: wait(&state.read, now)
        case .write: wait(&state.write, now)
        }
    }

    private static func wait(_ bucket: inout Bucket, _ now: UInt64) -> Int? {
        guard let rate = bucket.rate else { return nil }
        bucket.fill(now: now)
        guard bucket.level <= 0 else { return nil }
        // One more than it takes to come to nothing: there has to be something in it.
        let milliseconds = -bucket.level * 1000 / rate + 1
        // A rate of nothing has no such time.
        return milliseconds < Double(Limits.retryMillisecondsMax)
            ? Int(milliseconds) : Limits.retryMillisecondsMax
    }
}
