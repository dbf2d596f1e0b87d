import Base

/// The public half of a credential: what a signed request names so that the secret can be looked up.
///
/// Held in place, so that looking one up does not allocate.
public struct AccessKeyID: Hashable, Sendable, CustomStringConvertible {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var count = 0

    /// Nil unless `bytes` are 1 to 32 letters and digits.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard (1...Limits.accessKeyIDBytesMax).contains(bytes.count), bytes.allSatisfy(\.isLetterOrDigit)
        else {
            return nil
        }
        count = bytes.count
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// Nil unless `text` is 1 to 32 letters and digits.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let value = bytes.withUnsafeBytes({ AccessKeyID($0) }) else { return nil }
        self = value
    }

    /// The letters and digits.
    public var description: String {
        withUnsafeBytes(of: words) { String(decoding: $0[..<count], as: UTF8.self) }
    }

    /// Whether both are the same text.
    public static func == (left: AccessKeyID, right: AccessKeyID) -> Bool {
        left.count == right.count && left.words.0 == right.words.0 && left.words.1 == right.words.1
            && left.words.2 == right.words.2 && left.words.3 == right.words.3
    }

    /// Feeds all bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
