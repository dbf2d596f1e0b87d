import Synchronization

/// How a request ended.
public enum GatewayOutcome: Int, CaseIterable, Sendable {
    case ok, invalid, unauthenticated, denied, walled, conditionFailed, throttled, fault

    /// The label in metrics and logs.
    public var name: String {
        switch self {
        case .ok: "ok"
        case .invalid: "invalid"
        case .unauthenticated: "unauthenticated"
        case .denied: "denied"
        case .walled: "walled"
        case .conditionFailed: "condition_failed"
        case .throttled: "throttled"
        case .fault: "fault"
        }
    }
}

/// What the gateway has done since its start. Counting takes no lock; reading gives each counter as it is,
/// not one moment.
public final class GatewayMetrics: Sendable {
    /// A number that only grows (or, for `parkedNow`, goes up and down).
    public final class Counter: Sendable {
        private let count = Atomic<Int>(0)

        /// What it stands at.
        public var value: Int { count.load(ordering: .relaxed) }

        func add(_ amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
    }

    /// The upper ends of the latency buckets, in microseconds; a last bucket takes the rest.
    public static let bucketMicroseconds = [
        50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 10_000_000,
    ]

    private let requests: [Counter]
    private let latencySums: [Counter]
    private let buckets: [Counter]
    /// Writes that had to wait for a move, each counted once.
    public let parked = Counter()
    /// Writes that wait now.
    public let parkedNow = Counter()
    /// Requests routed anew after they met an outdated placement.
    public let rerouted = Counter()
    /// How often the second wall had to stop what the policies had let through: any number but 0 is an alarm.
    public let wallAlarms = Counter()

    /// All at zero.
    public init() {
        let operations = GatewayOperation.allCases.count
        requests = (0..<operations * GatewayOutcome.allCases.count).map { _ in Counter() }
        latencySums = (0..<operations).map { _ in Counter() }
        buckets = (0..<operations * (Self.bucketMicroseconds.count + 1)).map { _ in Counter() }
    }

    /// Counts a request that has been answered.
    public func finish(_ operation: GatewayOperation, _ outcome: GatewayOutcome, nanoseconds: UInt64) {
        let number = operation.rawValue
        requests[number * GatewayOutcome.allCases.count + outcome.rawValue].add()
        let microseconds = Int(nanoseconds / 1000)
        latencySums[number].add(microseconds)
        let bucket =
            Self.bucketMicroseconds.firstIndex { microseconds <= $0 } ?? Self.bucketMicroseconds.count
        buckets[number * (Self.bucketMicroseconds.count + 1) + bucket].add()
    }

    /// How many requests for an operation ended so.
    public func requestCount(_ operation: GatewayOperation, _ outcome: GatewayOutcome) -> Int {
        requests[operation.rawValue * GatewayOutcome.allCases.count + outcome.rawValue].value
    }

    /// How many microseconds all requests for an operation took together.
    public func latencyMicroseconds(_ operation: GatewayOperation) -> Int {
        latencySums[operation.rawValue].value
    }

    /// How many requests for an operation fell into each bucket; the last one has no upper end. Not
    /// cumulative.
    public func latencyBuckets(_ operation: GatewayOperation) -> [Int] {
        let width = Self.bucketMicroseconds.count + 1
        return buckets[operation.rawValue * width..<(operation.rawValue + 1) * width].map(\.value)
    }
}
