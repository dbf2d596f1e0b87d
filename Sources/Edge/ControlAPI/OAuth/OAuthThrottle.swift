import Base
import Synchronization

/// How often clients may ask, and how often somebody may be wrong about one.
///
/// Wrong secrets count by client and address together, so that nobody locks a client out from elsewhere; asking counts by
/// address before anybody is known, and by client once it is.
final class OAuthThrottle: Sendable {
    /// So many at once, and then so many a second.
    struct Rate: Sendable {
        let burst: Double
        let perSecond: Double

        /// One client's requests.
        static let client = Rate(burst: 200, perSecond: 50)
        /// Requests from one address.
        static let address = Rate(burst: 1000, perSecond: 200)
        /// Refused tokens of one identity provider that the audit has an entry each of.
        static let refusals = Rate(burst: 60, perSecond: 1)
        /// Wrong secrets for one client from one address.
        static let failures = Rate(burst: 10, perSecond: 1.0 / 6)
    }

    private struct Bucket {
        var tokens: Double
        var at: UInt64
    }

    /// More are not kept: what was not asked for longest is the fullest, and is forgotten.
    private static let bucketsMax = 20_000

    private let clock: any Clock
    private let buckets = Mutex<[String: Bucket]>([:])

    init(clock: any Clock) { self.clock = clock }

    /// Takes one of the name's; nil where there is one, else in how many seconds there will be.
    func take(_ name: String, _ rate: Rate) -> Int? {
        change(name, rate) { bucket in
            guard bucket.tokens >= 1 else { return Int(((1 - bucket.tokens) / rate.perSecond).rounded(.up)) }
            bucket.tokens -= 1
            return nil
        }
    }

    /// The same without taking it.
    func look(_ name: String, _ rate: Rate) -> Int? {
        change(name, rate) { bucket in
            bucket.tokens >= 1 ? nil : Int(((1 - bucket.tokens) / rate.perSecond).rounded(.up))
        }
    }

    private func change(_ name: String, _ rate: Rate, _ body: (inout Bucket) -> Int?) -> Int? {
        let now = clock.monotonicNanoseconds()
        return buckets.withLock { buckets in
            if buckets.count >= Self.bucketsMax, buckets[name] == nil { Self.thin(&buckets) }
            var bucket = buckets[name] ?? Bucket(tokens: rate.burst, at: now)
            let seconds = Double(now - min(now, bucket.at)) / 1e9
            bucket.tokens = min(rate.burst, bucket.tokens + seconds * rate.perSecond)
            bucket.at = now
            let answer = body(&bucket)
            buckets[name] = bucket
            return answer
        }
    }

    /// Forgets the half that was not asked for longest.
    private static func thin(_ buckets: inout [String: Bucket]) {
        let middle = buckets.values.map(\.at).sorted()[buckets.count / 2]
        buckets = buckets.filter { $0.value.at > middle }
    }
}
