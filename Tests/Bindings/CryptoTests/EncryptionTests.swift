import Base
import Crypto
import Testing

/// Gives always the same bytes, for vectors that fix the nonce.
private struct FixedRandom: RandomSource {
    let byte: UInt8
    func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
}

@Suite struct EncryptionTests {
    // Source: McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 and 14.
    @Test(arguments: [
        (0, "530f8afbc74536b9a963b4f1c4cb738b"),
        (16, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
    ])
    func sealsAsPublished(plainBytes: Int, expected: String) throws {
        let cipher = try AES256GCM(key: [UInt8](repeating: 0, count: 32))
        let sealed = cipher.seal([UInt8](repeating: 0, count: plainBytes), random: FixedRandom(byte: 0))
        #expect(Hex.encode(sealed) == String(repeating: "00", count: 12) + expected)
    }

    @Test func opensWhatItSealedAndRefusesEveryChange() throws {
        let random = SeededRandom(seed: 3)
        let cipher = try AES256GCM(key: random.bytes(32))
        let plain = Array("an administrator's key".utf8)
        let sealed = cipher.seal(plain, associated: [1, 2], random: random)
        #expect(sealed.count == plain.count + AES256GCM.overheadBytes)
        #expect(try cipher.open(sealed, associated: [1, 2]) == plain)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: CryptoError.sealBroken) { try cipher.open(changed, associated: [1, 2]) }
        }
        for count in 0..<sealed.count {
            #expect(throws: CryptoError.sealBroken) {
                try cipher.open(Array(sealed.prefix(count)), associated: [1, 2])
            }
        }
        #expect(throws: CryptoError.sealBroken) { try cipher.open(sealed, associated: [1, 3]) }
        #expect(throws: CryptoError.sealBroken) { try cipher.open(sealed) }
        let other = try AES256GCM(key: random.bytes(32))
        #expect(throws: CryptoError.sealBroken) { try other.open(sealed, associated: [1, 2]) }
    }

    @Test(arguments: [0, 16, 31, 33])
    func refusesKeysOfOtherLengths(count: Int) {
        #expect(throws: CryptoError.wrongKeyBytes(expected: 32, found: count)) {
            try AES256GCM(key: [UInt8](repeating: 0, count: count))
        }
    }

    // Source: RFC 5869, appendix A.1 and A.3.
    @Test func derivesAsPublished() throws {
        let secret = [UInt8](repeating: 0x0b, count: 22)
        let first = try HKDF.derive(
            secret: secret, salt: Array(0...0x0c), info: Array(0xf0...0xf9), count: 42)
        #expect(
            Hex.encode(first)
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        let third = try HKDF.derive(secret: secret, info: [], count: 42)
        #expect(
            Hex.encode(third)
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    @Test(arguments: [0, 255 * 32 + 1])
    func refusesToDeriveTooMuchOrNothing(count: Int) {
        #expect(throws: CryptoError.tooManyBytes(maximum: 255 * 32, asked: count)) {
            try HKDF.derive(secret: [1], info: [], count: count)
        }
    }
}
