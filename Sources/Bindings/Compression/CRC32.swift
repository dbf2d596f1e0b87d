import CDeflate

/// The checksum of gzip and of DynamoDB's `x-amz-crc32` header (ISO 3309), by the processor's own instructions where it has
/// them: zlib's takes ten times as long.
public enum CRC32 {
    /// The checksum of all of `bytes`.
    public static func checksum(of bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { checksum($0) }
    }

    /// The checksum of all of `bytes`.
    public static func checksum(of bytes: Span<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { checksum($0) }
    }

    /// The checksum of all of `bytes`.
    public static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        checksum(bytes.bindMemory(to: UInt8.self))
    }

    private static func checksum(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        // No address means the checksum's first value, which is that of no bytes.
        libdeflate_crc32(0, bytes.baseAddress, bytes.count)
    }
}
