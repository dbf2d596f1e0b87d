import COpenSSL

/// Derives bytes from a password so that guessing it costs time and memory (scrypt, RFC 7914).
public enum Scrypt {
    /// What a derivation costs: `128 * blocks * size` bytes of memory, `parallel` times.
    public struct Cost: Hashable, Sendable, Codable {
        /// N: a power of two above 1.
        public let size: UInt64
        /// r.
        public let blocks: UInt32
        /// p.
        public let parallel: UInt32

        /// Nil where the numbers are none that scrypt takes, or ask for more than `memoryBytesMax`.
        public init?(size: UInt64, blocks: UInt32, parallel: UInt32) {
            guard size > 1, size <= 1 << 24, size & (size - 1) == 0, (1...64).contains(blocks),
                (1...64).contains(parallel), 128 * size * UInt64(blocks) <= Scrypt.memoryBytesMax
            else { return nil }
            self.size = size
            self.blocks = blocks
            self.parallel = parallel
        }

        private enum CodingKeys: String, CodingKey { case size, blocks, parallel }

        /// Reads the numbers; throws `DecodingError.dataCorrupted` where they make no cost.
        public init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            guard
                let cost = Cost(
                    size: try members.decode(UInt64.self, forKey: .size),
                    blocks: try members.decode(UInt32.self, forKey: .blocks),
                    parallel: try members.decode(UInt32.self, forKey: .parallel))
            else {
                throw DecodingError.dataCorruptedError(
                    forKey: .size, in: members, debugDescription: "no cost of scrypt")
            }
            self = cost
        }

        /// For passwords of people: 32 MiB, three times, about a third of a second on one core.
        /// Source: OWASP Password Storage Cheat Sheet, "scrypt": N=2^15, r=8, p=3, which it holds for as good as N=2^17, p=1.
        public static let passwords: Cost = {
            guard let cost = Cost(size: 1 << 15, blocks: 8, parallel: 3) else {
                preconditionFailure("a cost that scrypt takes")
            }
            return cost
        }()
    }

    /// The most memory that a derivation may take, in bytes.
    public static let memoryBytesMax: UInt64 = 256 * 1024 * 1024
    /// The most bytes that one derivation gives.
    static let outputBytesMax = 1024

    /// `count` bytes that depend on the password, the salt and the cost; takes as long as that says.
    /// - Throws: `CryptoError.tooManyBytes` where more than 1024 bytes are asked for, or none.
    public static func derive(
        password: [UInt8], salt: [UInt8], cost: Cost, count: Int
    ) throws(CryptoError) -> [UInt8] {
        guard (1...outputBytesMax).contains(count) else {
            throw .tooManyBytes(maximum: outputBytesMax, asked: count)
        }
        let context = mustExist(EVP_KDF_CTX_new(Algorithms.scrypt), "EVP_KDF_CTX_new")
        defer { EVP_KDF_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: count)
        // The limit is OpenSSL's own reckoning, which adds some for each of the parallel parts.
        mustSucceed(
            homeroom_scrypt(
                context, password.isEmpty ? [0] : password, password.count, salt.isEmpty ? [0] : salt,
                salt.count, cost.size, cost.blocks, cost.parallel, 2 * memoryBytesMax, &output, count),
            "EVP_KDF_derive")
        return output
    }
}
