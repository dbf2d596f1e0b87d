/// Base 64 with padding. Source: RFC 4648 section 4.
public enum Base64 {
    /// Why a text is no base 64.
    public enum Fault: Error, Equatable, Sendable {
        /// The text's length, which is no multiple of four.
        case length(Int)
        /// A byte outside the alphabet, or `=` before the end.
        case character(UInt8)
        /// The last character has bits that no byte takes.
        case lastCharacter
    }

    private static let invalid: UInt8 = 0xFF
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()

    /// The bytes that `text` stands for. Strict: padded, no white space, no unused bits set.
    public static func decode(_ text: Span<UInt8>) throws(Fault) -> [UInt8] {
        guard text.count.isMultiple(of: 4) else { throw .length(text.count) }
        guard text.count > 0 else { return [] }
        let padding =
            text[text.count - 1] != UInt8(ascii: "=") ? 0 : text[text.count - 2] == UInt8(ascii: "=") ? 2 : 1
        let values = values
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        for index in 0..<text.count - padding {
            let value = values[Int(text[index])]
            guard value != invalid else { throw .character(text[index]) }
            bits = bits << 6 | UInt32(value)
            if index & 3 == 3 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits))
            }
        }
        switch padding {
        case 1:
            guard bits & 0x3 == 0 else { throw .lastCharacter }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
        case 2:
            guard bits & 0xF == 0 else { throw .lastCharacter }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
        default: break
        }
        return bytes
    }

    /// Appends the text that stands for `bytes`.
    public static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        let alphabet = alphabet
        var index = 0
        while index + 3 <= bytes.count {
            let bits = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            text.append(alphabet[Int(bits >> 18)])
            text.append(alphabet[Int(bits >> 12 & 63)])
            text.append(alphabet[Int(bits >> 6 & 63)])
            text.append(alphabet[Int(bits & 63)])
            index += 3
        }
        let pad = UInt8(ascii: "=")
        switch bytes.count - index {
        case 1:
            let bits = UInt32(bytes[index])
            text.append(contentsOf: [alphabet[Int(bits >> 2)], alphabet[Int(bits << 4 & 63)], pad, pad])
        case 2:
            let bits = UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
            text.append(contentsOf: [
                alphabet[Int(bits >> 10)], alphabet[Int(bits >> 4 & 63)], alphabet[Int(bits << 2 & 63)], pad,
            ])
        default: break
        }
    }

    /// The text that stands for `bytes`.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
