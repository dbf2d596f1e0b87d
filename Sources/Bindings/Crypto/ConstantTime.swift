import COpenSSL

/// Comparison of secrets.
public enum ConstantTime {
    /// Whether both hold the same bytes, in a time that depends on their length alone.
    public static func equals(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        // OpenSSL compares byte by byte, which a session token of a KB makes felt: words first, all of them.
        var difference: UInt64 = 0
        var index = 0
        while index &+ 8 <= left.count {
            difference |=
                left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                ^ right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        guard let leftRest = left.baseAddress, let rightRest = right.baseAddress else { return true }
        let rest = CRYPTO_memcmp(leftRest + index, rightRest + index, left.count - index)
        return difference | UInt64(UInt32(bitPattern: rest)) == 0
    }

    /// Whether both hold the same bytes, in a time that depends on their length alone.
    public static func equals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { equals(left, $0) } }
    }
}
