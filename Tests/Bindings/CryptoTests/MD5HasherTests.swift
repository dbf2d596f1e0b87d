import Crypto
import Testing

struct MD5HasherTests {
    /// RFC 1321, appendix A.5.
    @Test(
        arguments: [
            ("", "d41d8cd98f00b204e9800998ecf8427e"), ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ])
    func matchesPublishedValues(text: String, expected: String) {
        let hasher = MD5Hasher()
        for byte in text.utf8 { hasher.update([byte]) }
        #expect(Hex.encode(hasher.finish()) == expected)
    }
}
