/// Numbers of conditions: a sign, up to eighteen digits and up to nine decimals, kept exactly.
enum ConditionNumber {
    private static let digitsMax = 27
    private static let decimalsMax = 9

    /// The number times 10⁹, or nil where `text` is none.
    static func parse(_ text: Span<UInt8>) -> Int128? {
        var offset = 0
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative || (text.count > 0 && text[0] == UInt8(ascii: "+")) { offset = 1 }
        var value: Int128 = 0
        var digits = 0
        var decimals = -1
        while offset < text.count {
            let byte = text[offset]
            if byte == UInt8(ascii: "."), decimals < 0, digits > 0 {
                decimals = 0
            } else {
                // So many digits fit; a longer text is no number here anyway.
                guard byte >= 0x30, byte <= 0x39, digits < digitsMax else { return nil }
                value = value * 10 + Int128(byte - 0x30)
                digits += 1
                if decimals >= 0 { decimals += 1 }
            }
            offset += 1
        }
        guard digits > 0, decimals != 0, max(0, decimals) <= 9, digits - max(0, decimals) <= 18 else {
            return nil
        }
        for _ in max(0, decimals)..<decimalsMax { value *= 10 }
        return isNegative ? -value : value
    }
}

/// Dates of conditions. Source: W3C note "Date and Time Formats", which IAM names, and seconds since the
/// epoch.
enum ConditionDate {
    /// Milliseconds since the epoch, or nil where `text` is no date: `2026-01-31`, `2026-01-31T10:00Z`,
    /// `2026-01-31T10:00:00.5+02:00`, or a whole number of seconds.
    static func parse(_ text: Span<UInt8>) -> Int64? {
        guard text.count >= 5, text[4] == UInt8(ascii: "-") else { return parseSeconds(text) }
        guard text.count >= 10, text[7] == UInt8(ascii: "-"), let year = digits(text, 0, 4),
            let month = digits(text, 5, 2),
            let day = digits(text, 8, 2), (1...12).contains(month),
            (1...length(of: month, year)).contains(day)
        else { return nil }
        let midnight = days(year, month, day) * 86_400_000
        if text.count == 10 { return midnight }
        guard text.count >= 17, text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"),
            let hour = digits(text, 11, 2), let minute = digits(text, 14, 2), hour < 24, minute < 60
        else { return nil }
        var offset = 16
        var milliseconds: Int64 = 0
        if text[offset] == UInt8(ascii: ":") {
            guard let second = digits(text, offset + 1, 2), second < 60 else { return nil }
            milliseconds = Int64(second) * 1000
            offset += 3
            if offset < text.count, text[offset] == UInt8(ascii: ".") {
                var scale: Int64 = 100
                offset += 1
                let start = offset
                while let digit = digits(text, offset, 1) {
                    milliseconds += Int64(digit) * scale
                    scale /= 10
                    offset += 1
                }
                guard offset > start else { return nil }
            }
        }
        guard let zone = parseZone(text, offset) else { return nil }
        return midnight + Int64(hour) * 3_600_000 + (Int64(minute) - zone) * 60_000 + milliseconds
    }

    /// Minutes east of Greenwich.
    private static func parseZone(_ text: Span<UInt8>, _ offset: Int) -> Int64? {
        guard offset < text.count else { return nil }
        if text[offset] == UInt8(ascii: "Z") { return offset + 1 == text.count ? 0 : nil }
        let isWest = text[offset] == UInt8(ascii: "-")
        guard isWest || text[offset] == UInt8(ascii: "+"), offset + 6 == text.count,
            text[offset + 3] == UInt8(ascii: ":"),
            let hours = digits(text, offset + 1, 2), let minutes = digits(text, offset + 4, 2), hours < 24,
            minutes < 60
        else { return nil }
        return Int64(hours * 60 + minutes) * (isWest ? -1 : 1)
    }

    private static func parseSeconds(_ text: Span<UInt8>) -> Int64? {
        guard text.count >= 1, text.count <= 13 else { return nil }
        var value: Int64 = 0
        for offset in 0..<text.count {
            guard text[offset] >= 0x30, text[offset] <= 0x39 else { return nil }
            value = value * 10 + Int64(text[offset] - 0x30)
        }
        return value * 1000
    }

    private static func digits(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        guard start + count <= text.count else { return nil }
        var value = 0
        for offset in start..<start + count {
            guard text[offset] >= 0x30, text[offset] <= 0x39 else { return nil }
            value = value * 10 + Int(text[offset] - 0x30)
        }
        return value
    }

    private static func length(of month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar: years begin in March, so that the leap day is the
    /// last one.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return Int64(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468)
    }
}

/// Booleans of conditions.
enum ConditionBool {
    /// True or false, in any case of its letters, or nil.
    static func parse(_ text: Span<UInt8>) -> Bool? {
        if isWord(text, "true") { return true }
        return isWord(text, "false") ? false : nil
    }

    private static func isWord(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { buffer in
            for offset in 0..<text.count where text[offset] | 0x20 != buffer[offset] { return false }
            return true
        }
    }
}
