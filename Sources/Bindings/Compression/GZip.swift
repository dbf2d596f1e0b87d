import CZlib

/// Why bytes could not be decompressed.
public enum GZipError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are no gzip, are damaged, or end too early.
    case damaged
    /// They would decompress to more than the limit.
    case tooLarge(limitBytes: Int)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .damaged: "the body is not complete, undamaged gzip: send it again or without `Content-Encoding`"
        case .tooLarge(let limit): "the body decompresses to more than \(limit) bytes: send less at once"
        }
    }
}

/// Compression in gzip's format (RFC 1952).
public enum GZip {
    /// The contents of `bytes`: one gzip member or several, and nothing after them.
    /// - Throws: `damaged`, or `tooLarge` as soon as there is more than `bytesMax`, so that a small bomb costs little.
    public static func decompress(_ bytes: [UInt8], bytesMax: Int) throws(GZipError) -> [UInt8] {
        guard bytes.count <= Int(UInt32.max), !bytes.isEmpty else { throw .damaged }
        var stream = z_stream()
        guard homeroom_gzip_inflate_start(&stream) == Z_OK else {
            preconditionFailure("out of memory for zlib")
        }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        let outcome = bytes.withUnsafeBufferPointer { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            return inflateAll(&stream, into: &output, bytesMax: bytesMax)
        }
        if let outcome { throw outcome }
        return output
    }

    /// `bytes` as one gzip member. `level` is zlib's: 1 is fast, 9 is small.
    public static func compress(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
        precondition((0...9).contains(level) && bytes.count <= Int(UInt32.max) / 2, "zlib's level and size")
        var stream = z_stream()
        guard homeroom_gzip_deflate_start(&stream, Int32(level)) == Z_OK else {
            preconditionFailure("out of memory for zlib")
        }
        defer { deflateEnd(&stream) }
        let room = Int(deflateBound(&stream, UInt(bytes.count)))
        return bytes.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: room) { output, count in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(room)
                let code = deflate(&stream, Z_FINISH)
                precondition(code == Z_STREAM_END, "deflateBound leaves room for everything")
                count = room - Int(stream.avail_out)
            }
        }
    }

    /// Nil where all input was used and was sound.
    private static func inflateAll(
        _ stream: inout z_stream, into output: inout [UInt8], bytesMax: Int
    ) -> GZipError? {
        let pieceBytes = 64 * 1024
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pieceBytes) { piece in
            while true {
                stream.next_out = piece.baseAddress
                stream.avail_out = UInt32(pieceBytes)
                let code = inflate(&stream, Z_NO_FLUSH)
                guard code == Z_OK || code == Z_STREAM_END else { return .damaged }
                let made = pieceBytes - Int(stream.avail_out)
                guard output.count + made <= bytesMax else { return .tooLarge(limitBytes: bytesMax) }
                output.append(contentsOf: piece.prefix(made))
                if code == Z_STREAM_END {
                    if stream.avail_in == 0 { return nil }
                    guard inflateReset(&stream) == Z_OK else { return .damaged }
                } else if stream.avail_in == 0, made < pieceBytes {
                    return .damaged
                }
            }
        }
    }
}
