/// Decompresses a file piece by piece: feed it some bytes, take pieces until there are none, feed it more; at the end `finish`.
/// Memory does not grow with the file, and not with what a bomb would become.
public protocol StreamDecompressor: AnyObject {
    /// Hands over the next bytes of the file. Only when `next` has answered nil.
    func feed(_ bytes: [UInt8])

    /// The next piece, of at most `Limits.decompressedPieceBytes`; nil where it needs more bytes to go on.
    /// - Throws: `damaged`, or `tooLarge` before more than the limit has been handed out. It is of no use afterwards.
    func next() throws(DecompressionError) -> [UInt8]?

    /// Says that there are no more bytes.
    /// - Throws: `damaged` where the file ends too early, and where it is empty.
    func finish() throws(DecompressionError)
}

/// Why a file could not be decompressed.
public enum DecompressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are of another format, are damaged, or end too early.
    case damaged
    /// They decompress to more than the limit.
    case tooLarge(limitBytes: Int)

    /// What is wrong.
    public var description: String {
        switch self {
        case .damaged: "it is damaged, not complete, or of another format"
        case .tooLarge(let limit): "it decompresses to more than \(limit) bytes"
        }
    }
}
