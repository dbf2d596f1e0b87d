import Base
import Issuing
import Synchronization

/// How often clients may ask, and how often somebody may be wrong about one.
///
/// Wrong secrets count by client and address together, so that nobody locks a client out from elsewhere; asking counts by
/// address before anybody is known, and by client once it is. Addresses count by network, and names have at most some hundred
/// bytes, whatever was sent.
final class OAuthThrottle: Sendable {
    /// So many at once, and then so many a second.
    struct Rate: Sendable {
        let burst: Double
        let perSecond: Double

        /// One client's requests.
        static let client = Rate(burst: 200, perSecond: 50)
        /// Requests from one address.
        static let address = Rate(burst: 1000, perSecond: 200)
        /// Refused tokens that one identity provider has signed, and that the audit has an entry each of.
        static let refusals = Rate(burst: 60, perSecond: 1)
        /// The same of tokens that nobody could look at, since the provider did not answer.
        static let outages = Rate(burst: 1, perSecond: 1.0 / 600)
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

    /// What requests from an address count by.
    static func requests(from address: String) -> String { "a " + ClientNetwork.of(address) }

    /// What wrong secrets for a client count by: all that cannot be a client's id together, since anybody can think of more.
    static func failures(of client: String, from address: String) -> String {
        "f \(ClientNetwork.of(address)) \(ServiceAccounts.isID(client) ? client : "-")"
    }

    /// How many names are remembered.
    var count: Int { buckets.withLock { $0.count } }

    /// Takes one of the name's; nil where there is one, else in how many seconds there will be.
    func take(_ name: String, _ rate: Rate) -> Int? {
        let now = clock.monotonicNanoseconds()
        return buckets.withLock { buckets in
            if buckets.count >= Self.bucketsMax, buckets[name] == nil { Self.thin(&buckets) }
            let tokens = Self.filled(buckets[name], rate, now)
            let wait = Self.wait(tokens, rate)
            buckets[name] = Bucket(tokens: wait == nil ? tokens - 1 : tokens, at: now)
            return wait
        }
    }

    /// The same without taking it; nothing is remembered of the name.
    func look(_ name: String, _ rate: Rate) -> Int? {
        let now = clock.monotonicNanoseconds()
        return buckets.withLock { Self.wait(Self.filled($0[name], rate, now), rate) }
    }

    private static func filled(_ bucket: Bucket?, _ rate: Rate, _ now: UInt64) -> Double {
        guard let bucket else { return rate.burst }
        let seconds = Double(now - min(now, bucket.at)) / 1e9
        return min(rate.burst, bucket.tokens + seconds * rate.perSecond)
    }

    private static func wait(_ tokens: Double, _ rate: Rate) -> Int? {
        tokens >= 1 ? nil : Int(((1 - tokens) / rate.perSecond).rounded(.up))
    }

    /// Forgets the half that was not asked for longest.
    private static func thin(_ buckets: inout [String: Bucket]) {
        let middle = buckets.values.map(\.at).sorted()[buckets.count / 2]
        buckets = buckets.filter { $0.value.at > middle }
    }
}
