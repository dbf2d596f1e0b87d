import Base
import Synchronization

/// How fast each caller may ask: a bucket of requests that fills again at a steady rate.
final class CallerRates: Sendable {
    private struct Bucket {
        var left: Double
        var nanoseconds: UInt64
    }

    /// Who is beyond those that are counted one by one.
    private static let others = ""

    private let perSecond: Double
    private let burst: Double
    private let buckets = Mutex<[String: Bucket]>([:])

    /// - Parameter perSecond: how many requests a second; four seconds' worth may come at once.
    init(perSecond: Int) {
        self.perSecond = Double(perSecond)
        burst = Double(perSecond * Limits.callerBurstSeconds)
    }

    /// What those without a valid key are counted by.
    static func name(ofAddress address: String) -> String { "address:" + ClientNetwork.of(address) }

    /// Takes one request of this caller; how many seconds to wait where there is none left, else nil.
    func wait(of caller: String, at nanoseconds: UInt64) -> Int? {
        buckets.withLock { buckets in
            if buckets[caller] == nil, buckets.count >= Limits.callersMax { forget(&buckets, nanoseconds) }
            let name = buckets[caller] != nil || buckets.count < Limits.callersMax ? caller : Self.others
            var left = filled(buckets[name], nanoseconds)
            defer { buckets[name] = Bucket(left: left, nanoseconds: nanoseconds) }
            guard left >= 1 else { return max(1, Int(((1 - left) / perSecond).rounded(.up))) }
            left -= 1
            return nil
        }
    }

    private func filled(_ bucket: Bucket?, _ now: UInt64) -> Double {
        guard let bucket else { return burst }
        let passed = now > bucket.nanoseconds ? Double(now - bucket.nanoseconds) / 1e9 : 0
        return min(burst, bucket.left + passed * perSecond)
    }

    /// Those whose bucket is full are as good as new.
    private func forget(_ buckets: inout [String: Bucket], _ now: UInt64) {
        buckets = buckets.filter { filled($0.value, now) < burst }
    }
}
