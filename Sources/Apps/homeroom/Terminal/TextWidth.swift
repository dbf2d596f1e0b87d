/// How wide text is on a terminal.
enum TextWidth {
    /// The columns that `text` takes up: two for East Asian wide characters and emoji, one for others.
    static func columns(of text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }

    private static func columns(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        // The blocks that Unicode's EastAsianWidth.txt gives as W or F, coarsely.
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    /// The text in at most so many columns; `…` stands for what was cut off.
    static func shortened(_ text: String, to width: Int) -> String {
        guard columns(of: text) > width else { return text }
        var result = ""
        var used = 1
        for character in text {
            used += columns(of: character)
            if used > width { break }
            result.append(character)
        }
        return result + "…"
    }

    /// The text without control characters and marks that are not seen, so that a name can neither steer the terminal nor look
    /// like another one. Joiners stay: names in some scripts, and emoji, need them.
    static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
        return String(result)
    }

    /// The same for JSON, in which such characters are escaped instead. Those below a space can stand between its values alone,
    /// as white space. Source: RFC 8259 sections 2 and 7.
    static func harmlessJSON(_ json: String) -> String {
        func isToEscape(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x20 && isControl(scalar) }
        guard json.unicodeScalars.contains(where: isToEscape) else { return json }
        var result = ""
        for scalar in json.unicodeScalars {
            if isToEscape(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The same for text of several lines.
    static func harmlessLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { harmless(String($0)) }.joined(
            separator: "\n")
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
            || [0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x2060, 0xFEFF].contains(scalar.value)
    }
}
