import Base
import Crypto
import Testing

@Suite struct EncodingTests {
    // Source: RFC 4648 section 10.
    @Test(arguments: [
        ("", "", "", ""), ("f", "Zg==", "Zg", "66"), ("fo", "Zm8=", "Zm8", "666f"),
        ("foo", "Zm9v", "Zm9v", "666f6f"), ("foob", "Zm9vYg==", "Zm9vYg", "666f6f62"),
        ("fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"), ("foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"),
    ])
    func encodesAsPublished(text: String, base64: String, base64URL: String, hex: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.encode(bytes) == base64)
        #expect(Base64.decode(base64) == bytes)
        #expect(Base64URL.encode(bytes) == base64URL)
        #expect(Base64URL.decode(base64URL) == bytes)
        #expect(Hex.encode(bytes) == hex)
        #expect(Hex.decode(hex) == bytes)
        #expect(Hex.decode(hex.uppercased()) == bytes)
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Zh==", "Zm8", "Z", "====", "Zg==Zg==", "Zm9v\n", "Zm-v", "Zm_v", "Zmé=",
    ])
    func refusesBase64ThatIsNotExact(text: String) { #expect(Base64.decode(text) == nil) }

    @Test(arguments: ["Zg==", "Zh", "Zm9", "Z", "Zm+v", "Zm/v", "Zm 9", "Zm9v\n", "Zm8="])
    func refusesBase64URLThatIsNotExact(text: String) { #expect(Base64URL.decode(text) == nil) }

    @Test(arguments: ["f", "0g", "-1", " 00", "0x00"])
    func refusesHexThatIsNotExact(text: String) { #expect(Hex.decode(text) == nil) }

    @Test func usesBothLastCharactersOfEachAlphabet() {
        #expect(Base64.encode([0xFB, 0xEF, 0xFF]) == "++//")
        #expect(Base64URL.encode([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(Base64URL.decode("--__") == [0xFB, 0xEF, 0xFF])
    }

    @Test func whatDecodesEncodesBackToTheSameText() {
        let random = SeededRandom(seed: 42)
        let alphabet = Array("AZaz09+/-_= \n".utf8)
        for _ in 0..<20_000 {
            let text = String(
                decoding: random.bytes(Int(random.next() % 9)).map { alphabet[Int($0) % alphabet.count] },
                as: UTF8.self)
            if let bytes = Base64.decode(text) { #expect(Base64.encode(bytes) == text) }
            if let bytes = Base64URL.decode(text) { #expect(Base64URL.encode(bytes) == text) }
        }
        for _ in 0..<500 {
            let bytes = random.bytes(Int(random.next() % 40))
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }

    @Test func appendsWhatItEncodes() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 151 + 200) }
            var text = Array("x.".utf8)
            Base64URL.append(bytes, to: &text)
            #expect(String(decoding: text, as: UTF8.self) == "x." + Base64URL.encode(bytes))
        }
    }
}
