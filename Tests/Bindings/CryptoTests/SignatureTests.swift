import Base
import Crypto
import Testing

@Suite struct SignatureTests {
    private let message = Array("GET /".utf8)

    @Test func verifiesWhatItSignedAndNothingElse() {
        let key = ES256PrivateKey.generate()
        let signature = key.sign(message)
        #expect(signature.count == 64)
        #expect(key.publicKey.isValid(signature, for: message))
        #expect(!key.publicKey.isValid(signature, for: message + [0]))
        #expect(!ES256PrivateKey.generate().publicKey.isValid(signature, for: message))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!key.publicKey.isValid(changed, for: message))
        }
        for wrong in [[], Array(signature.dropLast()), signature + [0], [UInt8](repeating: 0, count: 64)] {
            #expect(!key.publicKey.isValid(wrong, for: message))
        }
        #expect(!key.publicKey.isValid([UInt8](repeating: 0xFF, count: 64), for: message))
    }

    @Test func signaturesKeepLeadingZeros() {
        // One signature in 128 has an r or s that starts with a zero byte; each must still be 64 bytes and
        // valid.
        let key = ES256PrivateKey.generate()
        for index in 0..<400 {
            let text = Array("\(index)".utf8)
            let signature = key.sign(text)
            #expect(signature.count == 64 && key.publicKey.isValid(signature, for: text))
        }
    }

    @Test func keepsAKeyAsPEM() throws {
        let key = ES256PrivateKey.generate()
        #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(key.pem.hasSuffix("-----END PRIVATE KEY-----\n"))
        let copy = try ES256PrivateKey(pem: key.pem)
        #expect(copy.publicKey == key.publicKey)
        #expect(key.publicKey.isValid(copy.sign(message), for: message))
    }

    // Made with `openssl genpkey`: an Ed25519 key and one on P-384.
    @Test(arguments: [
        "", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIFu85AIew+KgvoX30aCjw4dMaxWczWzXO6ssLpLHCnN+
        -----END PRIVATE KEY-----

        """,
        """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBcqmXCHnXz7R/z+BL3
        yDUMZgMBk0U4vLhWoSOd4S+VpUj83nFN0UMkTNEX3JpI/BGhZANiAAQumDEsc47d
        h+8bwd4pL3iMX8j9CKTCq79ZKVq9FC07g8/8CXgJmFqcsAY3cZe1fpYVBXbvfqdb
        Bl/nLnDaokhGpGBnKGqAtKm7Zs9jFYeZYV/163q9oTm788o99NdRCdE=
        -----END PRIVATE KEY-----

        """,
    ])
    func refusesOtherKeys(pem: String) {
        #expect(throws: CryptoError.unreadablePrivateKey) { try ES256PrivateKey(pem: pem) }
    }

    @Test func refusesChangedPEM() {
        let pem = Array(ES256PrivateKey.generate().pem.utf8)
        for count in stride(from: 0, to: pem.count - 26, by: 7) {
            let cut = String(decoding: pem.prefix(count), as: UTF8.self)
            #expect(throws: CryptoError.unreadablePrivateKey) { try ES256PrivateKey(pem: cut) }
        }
    }

    @Test func refusesPointsOffTheCurve() throws {
        let key = ES256PrivateKey.generate().publicKey
        #expect(try ES256PublicKey(x: key.x, y: key.y) == key)
        var y = key.y
        y[31] ^= 1
        #expect(throws: CryptoError.invalidPublicKey(kind: "ES256")) { try ES256PublicKey(x: key.x, y: y) }
        #expect(throws: CryptoError.invalidPublicKey(kind: "ES256")) {
            try ES256PublicKey(x: Array(key.x.dropLast()), y: key.y)
        }
        #expect(throws: CryptoError.invalidPublicKey(kind: "ES256")) {
            try ES256PublicKey(x: [UInt8](repeating: 0, count: 32), y: [UInt8](repeating: 0, count: 32))
        }
    }

    @Test func refusesWeakOrMalformedRSAKeys() throws {
        let modulus = [0x80] + [UInt8](repeating: 1, count: 255)
        _ = try RS256PublicKey(modulus: modulus, exponent: [1, 0, 1])
        let kind = CryptoError.invalidPublicKey(kind: "RS256")
        #expect(throws: kind) { try RS256PublicKey(modulus: Array(modulus.dropLast()), exponent: [1, 0, 1]) }
        #expect(throws: kind) { try RS256PublicKey(modulus: [0] + modulus.dropLast(), exponent: [1, 0, 1]) }
        #expect(throws: kind) { try RS256PublicKey(modulus: modulus, exponent: [1]) }
        #expect(throws: kind) { try RS256PublicKey(modulus: modulus, exponent: [2]) }
        #expect(throws: kind) { try RS256PublicKey(modulus: modulus, exponent: []) }
        #expect(throws: kind) { try RS256PublicKey(modulus: [], exponent: [3]) }
    }

    // Source: RFC 8032, section 7.1, test 2.
    @Test func verifiesEd25519AsPublished() throws {
        let key = try Ed25519PublicKey(
            try #require(Hex.decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")))
        let signature = try #require(
            Hex.decode(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"))
        #expect(key.isValid(signature, for: [0x72]))
        #expect(!key.isValid(signature, for: [0x73]))
        #expect(!key.isValid(Array(signature.dropLast()), for: [0x72]))
        #expect(!key.isValid([], for: [0x72]))
        #expect(throws: CryptoError.invalidPublicKey(kind: "Ed25519")) { try Ed25519PublicKey([1]) }
    }

    @Test func signsAndVerifiesRS256() throws {
        let key = RS256PrivateKey.generate()
        let signature = key.sign(message)
        #expect(signature.count == 256 && key.publicKey.isValid(signature, for: message))
        #expect(!key.publicKey.isValid(signature, for: message + [0]))
        #expect(!RS256PrivateKey.generate().publicKey.isValid(signature, for: message))
        let copy = try RS256PrivateKey(pem: key.pem)
        #expect(copy.publicKey.modulus == key.publicKey.modulus && copy.publicKey.exponent == [1, 0, 1])
        #expect(key.publicKey.isValid(copy.sign(message), for: message))
        #expect(throws: CryptoError.unreadableRSAKey) {
            try RS256PrivateKey(pem: ES256PrivateKey.generate().pem)
        }
        #expect(throws: CryptoError.unreadablePrivateKey) { try ES256PrivateKey(pem: key.pem) }
    }

    @Test func manyThreadsSignWithOneKey() async {
        let key = ES256PrivateKey.generate()
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { round in
                        let text = Array("\(task) \(round)".utf8)
                        return key.publicKey.isValid(key.sign(text), for: text)
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
