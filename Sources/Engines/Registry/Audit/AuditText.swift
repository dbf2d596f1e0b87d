import Base
import Crypto

/// The canonical text of an audit entry: what is stored, hashed and exported (see `AuditEntry`).
enum AuditText {
    /// The text of an entry in its place; `rest` is the note's.
    static func text(
        _ stamp: RecordStamp, _ kind: AuditKind, number: Int64, previous: String, rest: String
    ) -> String {
        """
        {"kind":"\(kind.rawValue)","number":\(number),"previous":"\(previous)",\
        "id":{"sequence":\(stamp.sequence),"time":\(stamp.time.milliseconds)},\(rest)
        """
    }

    /// The digest of a text: SHA-256, in hexadecimal digits.
    static func digest(of text: some Sequence<UInt8>) -> String { SHA256.hash(Array(text)).hex }

    /// What stands at the beginning of a text: the entry's place.
    struct Place: Equatable, Sendable {
        let kind: AuditKind
        let number: Int64
        let previous: String
        let stamp: RecordStamp
    }

    /// The place that a text names, or nil where it is not in the canonical form.
    static func place(in text: some Collection<UInt8>) -> Place? {
        var rest = Cursor(text)
        guard rest.skip(#"{"kind":""#), let kind = rest.word(max: 16).flatMap(AuditKind.init),
            rest.skip(#"","number":"#), let number = rest.number(), rest.skip(#","previous":""#),
            let previous = rest.word(max: 64), rest.skip(#"","id":{"sequence":"#),
            let sequence = rest.number(), rest.skip(#","time":"#), let time = rest.number(), rest.skip("},"),
            text.count > 2
        else { return nil }
        return Place(
            kind: kind, number: number, previous: previous,
            stamp: RecordStamp(time: Timestamp(milliseconds: time), sequence: sequence))
    }

    /// Reads the fixed parts of a text from its beginning.
    private struct Cursor<Text: Collection<UInt8>> {
        private var rest: Text.SubSequence

        init(_ text: Text) { rest = text[...] }

        mutating func skip(_ expected: StaticString) -> Bool {
            expected.withUTF8Buffer { bytes in
                guard rest.starts(with: bytes) else { return false }
                rest = rest.dropFirst(bytes.count)
                return true
            }
        }

        /// Letters and digits up to something else.
        mutating func word(max: Int) -> String? {
            let word = rest.prefix(max + 1).prefix { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
            }
            guard word.count <= max else { return nil }
            rest = rest.dropFirst(word.count)
            return String(decoding: word, as: UTF8.self)
        }

        /// Digits, of which the first is 0 only where it is the only one; at most 18, so that every one is a number.
        mutating func number() -> Int64? {
            let digits = rest.prefix(19).prefix { (0x30...0x39).contains($0) }
            guard (1...18).contains(digits.count), digits.count == 1 || digits.first != 0x30 else {
                return nil
            }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
    }
}
