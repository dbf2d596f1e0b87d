import Base
import CZstd

/// Compresses to one zstd frame with a checksum of its contents (RFC 8878), piece by piece in bounded memory.
public final class ZstdCompressor {
    private let context: OpaquePointer
    private var isFinished = false

    /// A compressor that has compressed nothing yet. `level` is zstd's: 1 is fast, 19 is small.
    public init(level: Int32 = 3) {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory for zstd") }
        self.context = context
        set(ZSTD_c_compressionLevel, level)
        set(ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Adds `bytes` to the frame, and to `output` what is ready of it: not much more than `bytes` at any time.
    public func compress(_ bytes: [UInt8], into output: inout [UInt8]) {
        run(bytes, into: &output, ZSTD_e_continue)
    }

    /// Ends the frame. Nothing may be added afterwards.
    public func finish(into output: inout [UInt8]) {
        run([], into: &output, ZSTD_e_end)
        isFinished = true
    }

    private func run(_ bytes: [UInt8], into output: inout [UInt8], _ directive: ZSTD_EndDirective) {
        precondition(!isFinished, "a frame is ended once")
        bytes.withUnsafeBytes { bytes in
            var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            withUnsafeTemporaryAllocation(byteCount: ZSTD_CStreamOutSize(), alignment: 1) { piece in
                var isMore = true
                while isMore {
                    var room = ZSTD_outBuffer(dst: piece.baseAddress, size: piece.count, pos: 0)
                    let left = ZSTD_compressStream2(context, &room, &input, directive)
                    // Only memory can fail it: the parameters were checked when they were set.
                    precondition(ZSTD_isError(left) == 0, "zstd: \(String(cString: ZSTD_getErrorName(left)))")
                    output.append(contentsOf: piece.prefix(room.pos))
                    isMore = directive == ZSTD_e_end ? left > 0 : input.pos < input.size
                }
            }
        }
    }

    private func set(_ parameter: ZSTD_cParameter, _ value: Int32) {
        let code = ZSTD_CCtx_setParameter(context, parameter, value)
        precondition(ZSTD_isError(code) == 0, "zstd: \(String(cString: ZSTD_getErrorName(code)))")
    }
}
