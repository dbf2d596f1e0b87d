import CZlib

/// The checksum of gzip and of DynamoDB's `x-amz-crc32` header (ISO 3309).
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
        UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress, bytes.count))
    }
}
