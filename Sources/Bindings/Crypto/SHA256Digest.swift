/// The 32 bytes of a SHA-256 hash or of an HMAC made with it, held in place.
public struct SHA256Digest: Hashable, Sendable {
    /// How many bytes a digest has.
    public static let byteCount = 32

    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// 32 zero bytes, to be filled.
    init() { words = (0, 0, 0, 0) }

    /// The digest with these bytes; nil unless there are 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == SHA256Digest.byteCount else { return nil }
        self.init()
        Swift.withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// The bytes, for as long as `body` runs.
    @inline(__always)
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: words, body)
    }

    /// Lets `body` fill the 32 bytes.
    @inline(__always)
    mutating func withUnsafeMutableBytes(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        Swift.withUnsafeMutableBytes(of: &words) { buffer in
            guard let base = buffer.baseAddress else { return }
            body(base.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// The bytes in an array.
    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// 64 hexadecimal digits in lower case.
    public var hex: String { Hex.encode(bytes) }

    /// Appends the 64 hexadecimal digits, in lower case, without making a string.
    @inline(__always)
    public func appendHex(to buffer: inout [UInt8]) {
        withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { digits in
                for index in 0..<32 {
                    digits[2 * index] = Hex.digit(bytes[index] >> 4)
                    digits[2 * index + 1] = Hex.digit(bytes[index] & 15)
                }
                buffer.append(contentsOf: digits)
            }
        }
    }

    /// Whether both have the same bytes, in a time that does not depend on where they differ.
    public static func == (left: SHA256Digest, right: SHA256Digest) -> Bool {
        (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
            | (left.words.3 ^ right.words.3) == 0
    }

    /// Feeds the first 16 bytes, which are as good as random.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
