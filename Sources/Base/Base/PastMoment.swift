extension Timestamp {
    /// Reads how long ago something was, or when: `45s`, `30m`, `1h`, `2d`, `1w`, or a date or moment in UTC (RFC 3339):
    /// `2026-01-31`, `2026-01-31T08:05Z`, `2026-01-31T08:05:09.120Z`. Nil for any other text.
    public init?(past text: String, before now: Timestamp) {
        let bytes = Array(text.utf8)
        if let ago = Timestamp.milliseconds(of: bytes) {
            self = now.advanced(byMilliseconds: -ago)
        } else if let moment = Timestamp.moment(bytes) {
            self = moment
        } else {
            return nil
        }
    }

    /// Reads in how long something will be, or when, in the same forms: `30d` is thirty days from now.
    public init?(coming text: String, after now: Timestamp) {
        let bytes = Array(text.utf8)
        if let ahead = Timestamp.milliseconds(of: bytes) {
            self = now.advanced(byMilliseconds: ahead)
        } else if let moment = Timestamp.moment(bytes) {
            self = moment
        } else {
            return nil
        }
    }

    private static let units: [UInt8: Int64] = [
        UInt8(ascii: "s"): 1000, UInt8(ascii: "m"): 60_000, UInt8(ascii: "h"): 3_600_000,
        UInt8(ascii: "d"): 86_400_000, UInt8(ascii: "w"): 604_800_000,
    ]

    /// At most five digits, so that nothing overflows.
    private static func milliseconds(of text: [UInt8]) -> Int64? {
        guard let unit = text.last.flatMap({ units[$0] }), (2...6).contains(text.count),
            let count = number(text[..<(text.count - 1)])
        else { return nil }
        return Int64(count) * unit
    }

    private static func moment(_ text: [UInt8]) -> Timestamp? {
        guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = number(text[0..<4]), let month = number(text[5..<7]), let day = number(text[8..<10]),
            let time = timeOfDay(text[10...])
        else { return nil }
        // Days before the year's 1 March, in years that begin there; 719468 lie before 1970-01-01.
        let shifted = month <= 2 ? year - 1 : year
        let days =
            shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (153 * ((month + 9) % 12) + 2) / 5
            + day - 1 - 719_468
        let moment = Timestamp(milliseconds: Int64(days) * 86_400_000 + Int64(time))
        // A day that its month does not have comes out as another one.
        let date = CalendarDate(moment)
        guard date.year == year, date.month == month, date.day == day else { return nil }
        return moment
    }

    /// Milliseconds since midnight of `THH:MM[:SS[.mmm]]Z`; none written is midnight.
    private static func timeOfDay(_ text: ArraySlice<UInt8>) -> Int? {
        guard !text.isEmpty else { return 0 }
        guard text.first == UInt8(ascii: "T"), text.last == UInt8(ascii: "Z") else { return nil }
        let parts = text.dropFirst().dropLast().split(
            separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts[0].count == 2, parts[1].count == 2,
            let hour = number(parts[0]), let minute = number(parts[1]), hour < 24, minute < 60
        else { return nil }
        var milliseconds = (hour * 60 + minute) * 60_000
        guard parts.count == 3 else { return milliseconds }
        let seconds = parts[2].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(seconds.count), seconds[0].count == 2, let second = number(seconds[0]),
            second < 60
        else { return nil }
        milliseconds += second * 1000
        guard seconds.count == 2 else { return milliseconds }
        guard seconds[1].count == 3, let rest = number(seconds[1]) else { return nil }
        return milliseconds + rest
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
