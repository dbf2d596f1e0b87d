import CZstd

/// Why a frame could not be decompressed.
public enum ZstdFrameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are no frame, are damaged, or end too early.
    case damaged(String)
    /// The frame says that it holds another number of bytes.
    case wrongSize(expected: Int)

    /// What is wrong.
    public var description: String {
        switch self {
        case .damaged(let reason): "the bytes are no whole frame of zstd: \(reason)"
        case .wrongSize(let expected): "the frame does not hold \(expected) bytes"
        }
    }
}

/// Compression of a block of bytes that is in memory as one frame of zstd (RFC 8878), with a checksum.
public enum ZstdFrame {
    /// `bytes` as one frame. `level` is zstd's: 1 is fast, 19 is small; 3 is its own choice.
    public static func compress(_ bytes: [UInt8], level: Int = 3) -> [UInt8] {
        precondition((1...19).contains(level), "zstd's level")
        guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory for zstd") }
        defer { ZSTD_freeCCtx(context) }
        for (parameter, value) in [(ZSTD_c_compressionLevel, Int32(level)), (ZSTD_c_checksumFlag, 1)] {
            precondition(
                ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) == 0, "a known parameter")
        }
        let room = ZSTD_compressBound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: room) { output, count in
            let size = bytes.withUnsafeBytes {
                ZSTD_compress2(context, output.baseAddress, room, $0.baseAddress, $0.count)
            }
            precondition(ZSTD_isError(size) == 0, "ZSTD_compressBound leaves room for everything")
            count = size
        }
    }

    /// The contents of the one frame in `bytes`, of which it is known how many there are.
    /// - Throws: `damaged`, also by the frame's checksum; `wrongSize`. No more than `expectedBytes` are ever written.
    public static func decompress(_ bytes: [UInt8], expectedBytes: Int) throws(ZstdFrameError) -> [UInt8] {
        var failure: ZstdFrameError?
        let contents = [UInt8](unsafeUninitializedCapacity: expectedBytes) { output, count in
            let size = bytes.withUnsafeBytes {
                ZSTD_decompress(output.baseAddress, expectedBytes, $0.baseAddress, $0.count)
            }
            guard ZSTD_isError(size) == 0 else {
                failure = .damaged(String(cString: ZSTD_getErrorName(size)))
                return
            }
            count = size
        }
        if let failure { throw failure }
        guard contents.count == expectedBytes else { throw .wrongSize(expected: expectedBytes) }
        return contents
    }
}
