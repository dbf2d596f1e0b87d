import Base
import Registry
import Synchronization

/// Holds back those who try one password after the other: longer after each failure, never for good.
///
/// Three things are counted: failures of an account from an address, of an account from anywhere, of an address for anything. An
/// account that has signed in from an address before is held back there by its own failures at that address alone: so a stranger
/// elsewhere, who fails on purpose, locks nobody out where they work. Neither does a neighbour at the same address, where a device
/// shows that its owner has signed in on it: its failures alone count there. What is asked for while somebody is held back is not looked
/// at, and does not make it longer. Names that are nobody's count as those that are, so that nobody learns which there are. All of
/// it is forgotten by a restart.
final class SignInGuard: Sendable {
    /// What is counted.
    enum Subject: Hashable, Sendable {
        case pair(String, address: String)
        case account(String)
        case address(String)
        case device(String, id: String)

        /// Failures that hold nobody back.
        fileprivate var freeFailures: Int {
            switch self {
            case .pair, .device: 5
            case .account: 20
            case .address: 50
            }
        }

        /// Whether it counts what one account has failed at one place.
        fileprivate var isOwn: Bool {
            switch self {
            case .pair, .device: true
            case .account, .address: false
            }
        }

        /// The longest that somebody is held back, in seconds.
        fileprivate var secondsMax: Int {
            switch self {
            case .account: 300
            case .pair, .address, .device: 900
            }
        }
    }

    private struct Count {
        var failures = 0
        var lastNanoseconds: UInt64
        var heldUntilNanoseconds: UInt64 = 0

        var rank: (UInt64, UInt64) { (heldUntilNanoseconds, lastNanoseconds) }
    }

    /// Failures that are older are forgotten.
    private static let memoryNanoseconds: UInt64 = 86_400_000_000_000
    private static let second: UInt64 = 1_000_000_000
    private static let signInNanoseconds = Limits.signInSeconds * second

    private let clock: any Clock
    private let counts = Mutex<[Subject: Count]>([:])
    /// Until when the sign-ins of an account from a network use up what is theirs, in monotonic nanoseconds.
    private let signIns = Mutex<[Subject: UInt64]>([:])

    init(clock: any Clock) { self.clock = clock }

    /// What an attempt counts for.
    /// - Parameters:
    ///   - account: its name, whether there is such an account or not; nil where it cannot be one's: then the address alone.
    ///   - isKnown: whether the account has signed in from there before.
    static func subjects(_ account: String?, from address: String, isKnown: Bool) -> [Subject] {
        let address = network(of: address)
        guard let account else { return [.address(address)] }
        if isKnown { return [.pair(account, address: address)] }
        return [.pair(account, address: address), .account(account), .address(address)]
    }

    /// What an attempt counts for of somebody who has shown that they have signed in before, by a device or by a session.
    static func subjects(_ account: String, with device: String) -> [Subject] {
        [.device(account, id: device)]
    }

    /// Refuses an attempt that comes too early.
    /// - Throws: `.heldBack`.
    func check(_ subjects: [Subject]) throws(AccountError) {
        let now = clock.monotonicNanoseconds()
        let until = counts.withLock { counts in subjects.compactMap { counts[$0]?.heldUntilNanoseconds }.max()
        }
        guard let until, until > now else { return }
        throw .heldBack(seconds: Self.seconds(until - now))
    }

    /// Refuses somebody who signs in over and over: each time costs what a wrong password does.
    /// - Throws: `.tooOften`.
    func check(signInsOf account: String, from address: String) throws(AccountError) {
        let now = clock.monotonicNanoseconds()
        let until = signIns.withLock { $0[.pair(account, address: Self.network(of: address))] ?? 0 }
        let room = UInt64(Limits.signInsAtOnce - 1) * Self.signInNanoseconds
        let used = Self.elapsed(from: now, to: until)
        guard used > room else { return }
        throw .tooOften(seconds: Self.seconds(used - room))
    }

    /// Notes a failure; the longest that somebody is now held back, in seconds: 0 where nobody is.
    func fail(_ subjects: [Subject]) -> Int {
        counts.withLock { counts in
            // In the lock, so that no other thread's failure is later than this.
            let now = clock.monotonicNanoseconds()
            return subjects.map { subject in
                Self.makeRoom(in: &counts, at: now)
                var count = counts[subject] ?? Count(lastNanoseconds: now)
                if Self.elapsed(from: count.lastNanoseconds, to: now) >= Self.memoryNanoseconds {
                    count = Count(lastNanoseconds: now)
                }
                count.failures += 1
                count.lastNanoseconds = now
                let excess = count.failures - subject.freeFailures
                // One second, two, four, …
                let seconds = excess < 0 ? 0 : min(subject.secondsMax, 1 << min(excess, 20))
                count.heldUntilNanoseconds = now + UInt64(seconds) * Self.second
                counts[subject] = count
                return seconds
            }.max() ?? 0
        }
    }

    /// Forgets the failures of an account at an address or with a device, where it has now signed in; what it counts for beyond
    /// that stays. Counts the sign-in.
    func succeed(_ subjects: [Subject], _ account: String, from address: String) {
        let pair = Subject.pair(account, address: Self.network(of: address))
        counts.withLock { counts in
            for subject in subjects where subject.isOwn { counts[subject] = nil }
        }
        signIns.withLock { signIns in
            let now = clock.monotonicNanoseconds()
            if signIns.count >= Limits.heldBackMax { signIns = signIns.filter { $0.value > now } }
            guard signIns[pair] != nil || signIns.count < Limits.heldBackMax else { return }
            signIns[pair] = max(signIns[pair] ?? 0, now) + Self.signInNanoseconds
        }
    }

    /// Forgets all failures of an account: an administrator has said that it is right.
    func forget(_ account: String) {
        counts.withLock { counts in
            counts = counts.filter { subject, _ in
                switch subject {
                case .pair(let other, _), .account(let other), .device(let other, _): other != account
                case .address: true
                }
            }
        }
    }

    /// How many are remembered.
    var count: Int { counts.withLock { $0.count } }

    /// Of an IPv6 address the first 64 bits, which one holder has as a whole.
    static func network(of address: String) -> String { ClientNetwork.of(address) }

    /// None where the one is not before the other: threads come to a lock in any order.
    private static func elapsed(from earlier: UInt64, to later: UInt64) -> UInt64 {
        later > earlier ? later - earlier : 0
    }

    /// Whole ones, rounded up.
    private static func seconds(_ nanoseconds: UInt64) -> Int { Int((nanoseconds + second - 1) / second) }

    private static func makeRoom(in counts: inout [Subject: Count], at now: UInt64) {
        guard counts.count >= Limits.heldBackMax else { return }
        counts = counts.filter { elapsed(from: $0.value.lastNanoseconds, to: now) < memoryNanoseconds }
        // Who is held back longest is the last to be forgotten: many names that are tried once do not help them.
        guard counts.count >= Limits.heldBackMax,
            let least = counts.min(by: { $0.value.rank < $1.value.rank })?.key
        else { return }
        counts[least] = nil
    }
}
