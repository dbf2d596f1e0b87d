import Base
import COpenSSL

/// OpenSSL's generator, seeded by the operating system; fit for keys and secrets.
public struct OpenSSLRandom: RandomSource {
    /// OpenSSL's generator.
    public init() {}

    /// That many random bytes.
    public func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0 && count <= Int(Int32.max), "no generator gives \(count) bytes")
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            mustSucceed(RAND_bytes(buffer.baseAddress, Int32(count)), "RAND_bytes")
            written = count
        }
    }
}
