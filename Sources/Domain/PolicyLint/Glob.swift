/// Patterns compared with patterns: does one cover all that another matches?
enum Glob {
    /// Whether every text that `inner` matches is one that `outer` matches; false where that is not plain.
    ///
    /// `inner` is walked as a text: its own `*` is covered by a `*` alone, and a variable in it by a `*` or by
    /// itself.
    static func covers(_ outer: String, _ inner: String) -> Bool {
        let (pattern, text) = (Array(outer.utf8), Array(inner.utf8))
        var (part, offset, partAfterStar, offsetAfterStar) = (0, 0, -1, 0)
        while offset < text.count || part < pattern.count {
            if part < pattern.count, pattern[part] == UInt8(ascii: "*") {
                part += 1
                (partAfterStar, offsetAfterStar) = (part, offset)
            } else if part < pattern.count, offset < text.count, matches(pattern[part], text[offset]) {
                part += 1
                offset += 1
            } else {
                guard partAfterStar >= 0, offsetAfterStar < text.count else { return false }
                offsetAfterStar += 1
                (part, offset) = (partAfterStar, offsetAfterStar)
            }
        }
        return true
    }

    /// The same of two ARNs, where a wildcard stays inside its segment.
    static func coversARN(_ outer: String, _ inner: String) -> Bool {
        if outer == "*" { return true }
        if inner == "*" { return false }
        let (left, right) = (segments(outer), segments(inner))
        return left.count == 6 && right.count == 6 && zip(left, right).allSatisfy { covers($0, $1) }
    }

    /// The six segments of an ARN, or fewer; a colon in a variable's name is none of theirs.
    static func segments(_ text: String) -> [String] { split(text, at: UInt8(ascii: ":"), max: 6) }

    /// The parts of a text between bytes that stand in no braces; at most `max`, the last with all the rest.
    static func split(_ text: String, at mark: UInt8, max: Int) -> [String] {
        let bytes = Array(text.utf8)
        var parts: [String] = []
        var (start, braces) = (0, 0)
        for (place, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "{"): braces += 1
            case UInt8(ascii: "}"): braces = Swift.max(0, braces - 1)
            case mark where braces == 0 && parts.count + 1 < max:
                parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
                start = place + 1
            default: break
            }
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    private static func matches(_ pattern: UInt8, _ byte: UInt8) -> Bool {
        if pattern == UInt8(ascii: "?") {
            return byte != UInt8(ascii: "*") && byte != UInt8(ascii: "$") && byte < 0x80
        }
        return pattern == byte
    }
}
