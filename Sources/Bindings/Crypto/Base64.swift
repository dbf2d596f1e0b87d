/// Bytes as Base64 text (RFC 4648 section 4), with padding and without line breaks.
public enum Base64 {
    /// The text, padded with `=` to a multiple of four characters.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        Base64Alphabet.standard.encode(bytes, padded: true)
    }

    /// The bytes; nil unless `text` is exactly what `encode` makes of them.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        Base64Alphabet.standard.decode(Array(text.utf8), padded: true)
    }
}

/// Bytes as Base64 text with the alphabet for URLs (RFC 4648 section 5), without padding, as RFC 7515 wants
/// it.
public enum Base64URL {
    /// The text, without padding.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        Base64Alphabet.forURLs.encode(bytes, padded: false)
    }

    /// Appends the text of `bytes`, without padding, to `text`: the quick way where many bytes are encoded.
    public static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        Base64Alphabet.forURLs.append(bytes, to: &text)
    }

    /// The bytes; nil unless `text` is exactly what `encode` makes of them: no padding, no other alphabet, no
    /// white space, and the unused bits of the last character zero.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? { decode(Array(text.utf8)) }

    /// The bytes; nil unless `text` is exactly what `encode` makes of them.
    public static func decode(_ text: [UInt8]) -> [UInt8]? {
        Base64Alphabet.forURLs.decode(text, padded: false)
    }
}

/// The 64 characters of one kind of Base64.
private struct Base64Alphabet: Sendable {
    static let standard = Base64Alphabet(second: "+", last: "/")
    static let forURLs = Base64Alphabet(second: "-", last: "_")

    private let characters: [UInt8]
    /// The two characters of each twelve bits, the first one in the byte that comes first.
    private let pairs: [UInt16]
    private let values: [UInt8]
    private static let none: UInt8 = 255

    private init(second: String, last: String) {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        let characters = Array((letters + second + last).utf8)
        self.characters = characters
        pairs = (0..<4096).map {
            UInt16(littleEndian: UInt16(characters[$0 >> 6]) | UInt16(characters[$0 & 63]) << 8)
        }
        var values = [UInt8](repeating: Base64Alphabet.none, count: 256)
        for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
        self.values = values
    }

    func encode(_ bytes: some Collection<UInt8>, padded: Bool) -> String {
        var text: [UInt8] = []
        append(Array(bytes), to: &text)
        while padded, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        var place = text.count
        text.append(contentsOf: repeatElement(0, count: (bytes.count * 4 + 2) / 3))
        text.withUnsafeMutableBytes { text in
            bytes.withUnsafeBufferPointer { bytes in
                pairs.withUnsafeBufferPointer { pairs in
                    var index = 0
                    while index + 3 <= bytes.count {
                        let bits =
                            Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
                        text.storeBytes(of: pairs[bits >> 12], toByteOffset: place, as: UInt16.self)
                        text.storeBytes(of: pairs[bits & 0xFFF], toByteOffset: place + 2, as: UInt16.self)
                        index += 3
                        place += 4
                    }
                    guard index < bytes.count else { return }
                    let second = index + 1 < bytes.count ? Int(bytes[index + 1]) : 0
                    let bits = Int(bytes[index]) << 16 | second << 8
                    text.storeBytes(of: pairs[bits >> 12], toByteOffset: place, as: UInt16.self)
                    if index + 1 < bytes.count { text[place + 2] = characters[bits >> 6 & 63] }
                }
            }
        }
    }

    func decode(_ text: [UInt8], padded: Bool) -> [UInt8]? {
        var text = text[...]
        if padded {
            guard text.count % 4 == 0 else { return nil }
            for _ in 0..<2 where text.last == UInt8(ascii: "=") { text.removeLast() }
        }
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount = 0
        for character in text {
            let value = values[Int(character)]
            guard value != Base64Alphabet.none else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        let unused: UInt32 = (1 << UInt32(bitCount)) - 1
        guard bits & unused == 0 else { return nil }
        return bytes
    }
}
