import Base
import CZlib

/// Decompresses gzip (RFC 1952): one member or several, and nothing after them. Checksums and lengths are checked.
public final class GZipDecompressor: StreamDecompressor {
    // On the heap at one place: zlib's state points back at it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let bytesMax: Int
    private var input: [UInt8] = []
    private var position = 0
    private var made = 0
    private var isAtEnd = false
    private var isPending = false

    /// A decompressor that hands out at most so many bytes.
    public init(bytesMax: Int) {
        self.bytesMax = bytesMax
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard homeroom_gzip_inflate_start(stream) == Z_OK else {
            preconditionFailure("out of memory for zlib")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Hands over the next bytes.
    public func feed(_ bytes: [UInt8]) {
        precondition(position == input.count, "bytes are fed when those before are used")
        precondition(bytes.count <= Int(UInt32.max), "zlib counts in 32 bits")
        input = bytes
        position = 0
    }

    /// The next piece.
    public func next() throws(DecompressionError) -> [UInt8]? {
        while position < input.count || isPending {
            if isAtEnd {
                guard inflateReset(stream) == Z_OK else { throw .damaged }
                isAtEnd = false
            }
            let (piece, code) = step()
            // Z_BUF_ERROR: nothing more could be made of what there is, which is no damage. Source: zlib.h, inflate.
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw .damaged }
            isAtEnd = code == Z_STREAM_END
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

    private func step() -> (piece: [UInt8], code: Int32) {
        var code: Int32 = Z_OK
        let piece = [UInt8](unsafeUninitializedCapacity: Limits.decompressedPieceBytes) { room, count in
            input.withUnsafeBufferPointer { bytes in
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: bytes.baseAddress.map { $0 + position })
                stream.pointee.avail_in = UInt32(bytes.count - position)
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = UInt32(Limits.decompressedPieceBytes)
                code = inflate(stream, Z_NO_FLUSH)
                position = bytes.count - Int(stream.pointee.avail_in)
                count = Limits.decompressedPieceBytes - Int(stream.pointee.avail_out)
            }
        }
        return (piece, code)
    }
}
