import Base

/// What names a request in its answer, in the log and among the decisions: unique, but no secret.
public struct RequestID: Hashable, Sendable {
    /// The first half.
    public let high: UInt64
    /// The second half.
    public let low: UInt64

    /// An id of these halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// How long DynamoDB's form is.
    public static let dynamoBytes = 52

    /// As DynamoDB writes it: 52 letters and digits.
    public var dynamoText: String {
        String(unsafeUninitializedCapacity: Self.dynamoBytes) { writeDynamoText(to: $0) }
    }

    /// Writes DynamoDB's form into a buffer that has room for it; answers its length.
    public func writeDynamoText(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
        let letters = alphabet.utf8Start
        var state = high ^ (low &* 0x9E37_79B9_7F4A_7C15)
        var word = high
        for index in 0..<Self.dynamoBytes {
            // Twelve characters of five bits each word.
            if index % 12 == 0, index > 0 {
                state &+= low | 1
                word = RequestID.mix(state)
            }
            buffer[index] = letters[Int(truncatingIfNeeded: word & 31)]
            word >>= 5
        }
        return Self.dynamoBytes
    }

    /// As STS writes it: a UUID.
    public var uuidText: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, shift) in (0..<32).map({ ($0, UInt64(60 - $0 % 16 * 4)) }) {
            if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int((index < 16 ? high : low) >> shift & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The finalizer of SplitMix64.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Makes request ids for one connection: a random start, then a step each.
public struct RequestIDSource {
    private var state: UInt64
    private let stream: UInt64

    /// A source that begins somewhere.
    public init(random: any RandomSource) {
        state = random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
        stream = random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The next id.
    public mutating func next() -> RequestID {
        state &+= 0x9E37_79B9_7F4A_7C15
        return RequestID(high: RequestID.mix(state), low: RequestID.mix(state ^ stream))
    }
}
