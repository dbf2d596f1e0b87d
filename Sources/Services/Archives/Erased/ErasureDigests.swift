import Crypto

/// Digests of erased keys that nobody can test guesses with who does not hold this deployment's secret: student numbers are few.
public struct ErasureDigests: Sendable {
    private let key: HMACKey

    /// Digests under a secret that the deployment keeps, of 32 bytes.
    public init(secret: [UInt8]) { key = HMACKey(secret) }

    /// HMAC-SHA256 of the parts, each with its length before it, so that no two lists of parts are alike; in base 16.
    /// - Parameter purpose: what the digest is for: those of one purpose are not those of another.
    public func digest(_ purpose: String, _ parts: [ArraySlice<UInt8>]) -> String {
        var message: [UInt8] = []
        for part in [Array(purpose.utf8)[...]] + parts {
            withUnsafeBytes(of: UInt64(part.count).littleEndian) { message.append(contentsOf: $0) }
            message.append(contentsOf: part)
        }
        return Hex.encode(key.authenticate(message).bytes)
    }

    /// The digest of a pattern, or of the key that it would have to be: the fixed bytes of partition and sort key.
    public func digest(
        of shape: ErasureMark.Shape, partition: ArraySlice<UInt8>, sort: ArraySlice<UInt8>
    ) -> String {
        let form: [UInt8] = [
            shape.partition.isOpen ? 1 : 0, shape.sort == nil ? 2 : shape.sort?.isOpen == true ? 1 : 0,
        ]
        return digest("erased", [Array(shape.table.utf8)[...], form[...], partition, sort])
    }
}
