import Base
import Crypto
import Testing

@Suite struct HashTests {
    // Source: FIPS 180-2, appendix B; the third is one million letters a.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func hashesAsPublished(text: String, expected: String) {
        let hasher = SHA256Hasher()
        #expect(hasher.hash(Array(text.utf8)).hex == expected)
        #expect(hasher.hash(Array(text.utf8)).hex == expected, "the second use of a hasher starts anew")
        #expect(SHA256.hash(text).hex == expected)
        var digits: [UInt8] = []
        hasher.hash(Array(text.utf8)).appendHex(to: &digits)
        #expect(String(decoding: digits, as: UTF8.self) == expected)
    }

    @Test func hashesInPiecesAsInOne() {
        let random = SeededRandom(seed: 1)
        let hasher = SHA256Hasher()
        for _ in 0..<200 {
            let bytes = random.bytes(Int(random.next() % 300))
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int(random.next() % 70)
                hasher.update(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(hasher.finish() == SHA256.hash(bytes))
        }
    }

    @Test func comparesDigestsByEveryByte() throws {
        let bytes = [UInt8](repeating: 7, count: 32)
        let digest = try #require(SHA256Digest(bytes))
        #expect(digest == SHA256Digest(bytes))
        #expect(digest.bytes == bytes)
        for index in 0..<32 {
            var other = bytes
            other[index] ^= 0x80
            #expect(digest != SHA256Digest(other))
        }
        #expect(SHA256Digest([UInt8](repeating: 7, count: 31)) == nil)
        #expect(SHA256Digest([UInt8](repeating: 7, count: 33)) == nil)
    }

    // Source: RFC 4231, test cases 1, 2, 6 and 7; the empty one is printed in many places.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
    func authenticatesAsPublished(key: [UInt8], message: String, expected: String) {
        let prepared = HMACKey(key)
        for _ in 0..<3 { #expect(prepared.authenticate(Array(message.utf8)).hex == expected) }
        #expect(prepared.authenticate(Array((message + "x").utf8)).hex != expected)
        #expect(HMACKey(key + [1]).authenticate(Array(message.utf8)).hex != expected)
    }

    @Test func oneKeyServesManyTasks() async {
        let key = HMACKey(Array("key".utf8))
        let message = Array("The quick brown fox jumps over the lazy dog".utf8)
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<2000).count { _ in
                        key.authenticate(message).hex
                            != "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    @Test func comparesInConstantTimeAndRight() {
        #expect(ConstantTime.equals([], []))
        #expect(ConstantTime.equals([1, 2], [1, 2]))
        #expect(!ConstantTime.equals([1, 2], [1, 3]))
        #expect(!ConstantTime.equals([1, 2], [1, 2, 3]))
        #expect(!ConstantTime.equals([], [0]))
    }

    @Test func randomBytesDiffer() {
        let random = OpenSSLRandom()
        #expect(random.bytes(0) == [])
        #expect(random.bytes(32).count == 32)
        #expect(random.bytes(32) != random.bytes(32))
    }
}
