import Base
import Registry
import Synchronization

/// Holds back those who try one password after the other: longer after each failure, never for good.
///
/// Three things are counted: failures of an account from an address, of an account from anywhere, of an address for anything. An
/// account that has signed in from an address before is held back there by its own failures at that address alone: so a stranger
/// elsewhere, who fails on purpose, locks nobody out where they work. What is asked for while somebody is held back is not looked
/// at, and does not make it longer. All of it is forgotten by a restart.
final class SignInGuard: Sendable {
    /// What is counted.
    enum Subject: Hashable, Sendable {
        case pair(String, address: String)
        case account(String)
        case address(String)

        /// Failures that hold nobody back.
        fileprivate var freeFailures: Int {
            switch self {
            case .pair: 5
            case .account: 20
            case .address: 50
            }
        }

        /// The longest that somebody is held back, in seconds.
        fileprivate var secondsMax: Int {
            switch self {
            case .account: 300
            case .pair, .address: 900
            }
        }
    }

    private struct Count {
        var failures = 0
        var lastNanoseconds: UInt64
        var heldUntilNanoseconds: UInt64 = 0
    }

    /// Failures that are older are forgotten.
    private static let memoryNanoseconds: UInt64 = 86_400_000_000_000
    private static let second: UInt64 = 1_000_000_000

    private let clock: any Clock
    private let counts = Mutex<[Subject: Count]>([:])

    init(clock: any Clock) { self.clock = clock }

    /// What an attempt counts for.
    /// - Parameters:
    ///   - account: its id; nil where there is no such account: of that nothing but the address is counted.
    ///   - isKnown: whether the account has signed in from there before.
    static func subjects(_ account: String?, from address: String, isKnown: Bool) -> [Subject] {
        let address = network(of: address)
        guard let account else { return [.address(address)] }
        if isKnown { return [.pair(account, address: address)] }
        return [.pair(account, address: address), .account(account), .address(address)]
    }

    /// Refuses an attempt that comes too early.
    /// - Throws: `.heldBack`.
    func check(_ subjects: [Subject]) throws(AccountError) {
        let now = clock.monotonicNanoseconds()
        let until = counts.withLock { counts in subjects.compactMap { counts[$0]?.heldUntilNanoseconds }.max()
        }
        guard let until, until > now else { return }
        throw .heldBack(seconds: Int((until - now + Self.second - 1) / Self.second))
    }

    /// Notes a failure; the longest that somebody is now held back, in seconds: 0 where nobody is.
    func fail(_ subjects: [Subject]) -> Int {
        let now = clock.monotonicNanoseconds()
        return counts.withLock { counts in
            subjects.map { subject in
                Self.makeRoom(in: &counts, at: now)
                var count = counts[subject] ?? Count(lastNanoseconds: now)
                if now - count.lastNanoseconds >= Self.memoryNanoseconds {
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

    /// Forgets an account's failures at an address, where it has now signed in; what others count for stays.
    func succeed(_ account: String, from address: String) {
        counts.withLock { $0[.pair(account, address: Self.network(of: address))] = nil }
    }

    /// Forgets all failures of an account: an administrator has said that it is right.
    func forget(_ account: String) {
        counts.withLock { counts in
            counts = counts.filter { subject, _ in
                switch subject {
                case .pair(let other, _), .account(let other): other != account
                case .address: true
                }
            }
        }
    }

    /// How many are remembered.
    var count: Int { counts.withLock { $0.count } }

    /// Of an IPv6 address the first 64 bits, which one holder has as a whole.
    static func network(of address: String) -> String { ClientNetwork.of(address) }

    private static func makeRoom(in counts: inout [Subject: Count], at now: UInt64) {
        guard counts.count >= Limits.heldBackMax else { return }
        counts = counts.filter { now - $0.value.lastNanoseconds < memoryNanoseconds }
        guard counts.count >= Limits.heldBackMax,
            let oldest = counts.min(by: { $0.value.lastNanoseconds < $1.value.lastNanoseconds })?.key
        else { return }
        counts[oldest] = nil
    }
}
