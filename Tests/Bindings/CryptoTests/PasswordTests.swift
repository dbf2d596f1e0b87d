import Crypto
import Foundation
import Testing

@Suite struct PasswordTests {
    private struct Vector {
        let password: String
        let salt: String
        let size: UInt64
        let blocks: UInt32
        let parallel: UInt32
        let digest: String
    }

    /// Source: RFC 7914 section 12. The fourth takes a gigabyte.
    private static let vectors = [
        Vector(
            password: "", salt: "", size: 16, blocks: 1, parallel: 1,
            digest: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"),
        Vector(
            password: "password", salt: "NaCl", size: 1024, blocks: 8, parallel: 16,
            digest: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"),
        Vector(
            password: "pleaseletmein", salt: "SodiumChloride", size: 16384, blocks: 8, parallel: 1,
            digest: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"),
    ]

    @Test func scryptIsThatOfTheRFC() throws {
        for vector in Self.vectors {
            let cost = try #require(
                Scrypt.Cost(size: vector.size, blocks: vector.blocks, parallel: vector.parallel))
            let bytes = try Scrypt.derive(
                password: Array(vector.password.utf8), salt: Array(vector.salt.utf8), cost: cost, count: 64)
            #expect(Hex.encode(bytes) == vector.digest)
        }
    }

    @Test func whatScryptDoesNotTakeIsNoCost() {
        let refused: [(UInt64, UInt32, UInt32)] = [
            (0, 8, 1), (1, 8, 1), (3, 8, 1), (1 << 15, 0, 1), (1 << 15, 8, 0), (1 << 15, 65, 1),
            (1 << 18, 64, 1), (1 << 25, 1, 1),
        ]
        for (size, blocks, parallel) in refused {
            #expect(Scrypt.Cost(size: size, blocks: blocks, parallel: parallel) == nil)
        }
        #expect(Scrypt.Cost(size: 1 << 17, blocks: 8, parallel: 1) != nil)
        #expect(throws: CryptoError.tooManyBytes(maximum: 1024, asked: 0)) {
            try Scrypt.derive(password: [], salt: [], cost: .passwords, count: 0)
        }
    }

    @Test func aStoredCostThatWouldTakeAllMemoryIsNotRead() throws {
        let good = try JSONEncoder().encode(Scrypt.Cost.passwords)
        #expect(try JSONDecoder().decode(Scrypt.Cost.self, from: good) == .passwords)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                Scrypt.Cost.self, from: Data(#"{"size":16777216,"blocks":64,"parallel":1}"#.utf8))
        }
    }

    /// Source: RFC 2202 section 3.
    @Test(arguments: [
        ([UInt8](repeating: 0x0B, count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
        (Array("Jefe".utf8), "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            [UInt8](repeating: 0xAA, count: 80), "Test Using Larger Than Block-Size Key - Hash Key First",
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        ),
    ]) func hmacIsThatOfTheRFC(key: [UInt8], message: String, expected: String) {
        #expect(Hex.encode(HMACSHA1.authenticate(Array(message.utf8), key: key)) == expected)
    }

    /// Source: RFC 4648 section 10, without the padding.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ]) func base32IsThatOfTheRFC(plain: String, expected: String) {
        #expect(Base32.encode(plain.utf8) == expected)
    }
}
