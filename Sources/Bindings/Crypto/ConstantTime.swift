import COpenSSL

/// Comparison of secrets.
public enum ConstantTime {
    /// Whether both hold the same bytes, in a time that depends on their length alone.
    public static func equals(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard left.count > 0 else { return true }
        return CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
    }

    /// Whether both hold the same bytes, in a time that depends on their length alone.
    public static func equals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { equals(left, $0) } }
    }
}
