import Base
import CZstd

/// Decompresses zstd (RFC 8878): one frame or several, and nothing after them. Checksums of contents are checked.
public final class ZstdDecompressor: StreamDecompressor {
    private let context: OpaquePointer
    private let bytesMax: Int
    private var input: [UInt8] = []
    private var position = 0
    private var made = 0
    /// Whether the bytes so far end where a frame does.
    private var isAtEnd = false
    /// Whether more may come out without more going in.
    private var isPending = false

    /// A decompressor that hands out at most so many bytes.
    public init(bytesMax: Int) {
        guard let context = ZSTD_createDCtx() else { preconditionFailure("out of memory for zstd") }
        self.context = context
        self.bytesMax = bytesMax
        let code = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Limits.zstdWindowLogMax)
        precondition(ZSTD_isError(code) == 0, "zstd: \(String(cString: ZSTD_getErrorName(code)))")
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Hands over the next bytes.
    public func feed(_ bytes: [UInt8]) {
        precondition(position == input.count, "bytes are fed when those before are used")
        input = bytes
        position = 0
    }

    /// The next piece.
    public func next() throws(DecompressionError) -> [UInt8]? {
        while position < input.count || isPending {
            let (piece, code) = step()
            guard ZSTD_isError(code) == 0 else { throw .damaged }
            isAtEnd = code == 0
            isPending = piece.count == Limits.decompressedPieceBytes && !isAtEnd
            made += piece.count
            guard made <= bytesMax else { throw .tooLarge(limitBytes: bytesMax) }
            if !piece.isEmpty { return piece }
        }
        return nil
    }

    /// Says that there are no more bytes.
    public func finish() throws(DecompressionError) {
        guard isAtEnd, position == input.count else { throw .damaged }
    }

    private func step() -> (piece: [UInt8], code: Int) {
        var code = 0
        let piece = [UInt8](unsafeUninitializedCapacity: Limits.decompressedPieceBytes) { room, count in
            input.withUnsafeBytes { bytes in
                var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: position)
                var target = ZSTD_outBuffer(
                    dst: room.baseAddress, size: Limits.decompressedPieceBytes, pos: 0)
                code = ZSTD_decompressStream(context, &target, &source)
                position = source.pos
                count = target.pos
            }
        }
        return (piece, code)
    }
}
