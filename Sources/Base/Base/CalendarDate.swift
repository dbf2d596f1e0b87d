/// A moment's date and time of day in UTC, by the Gregorian calendar carried back and on.
public struct CalendarDate: Hashable, Sendable {
    /// The year; 0 is the one before 1.
    public let year: Int
    /// From 1.
    public let month: Int
    /// From 1.
    public let day: Int
    /// Seconds since midnight.
    public let secondOfDay: Int

    /// The date of the moment, to the second it is in.
    public init(_ time: Timestamp) {
        let seconds = Int(time.seconds)
        let days = CalendarDate.floorDivide(seconds, 86_400)
        secondOfDay = seconds - days * 86_400
        // Days are counted in eras of 400 years that begin on 1 March, so that the leap day is a year's last; 719468 days
        // lie between 0000-03-01 and 1970-01-01.
        let shifted = days + 719_468
        let era = CalendarDate.floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2026-01-31T08:05:09`, without what would come behind the seconds.
    var text: String {
        let date = "\(CalendarDate.padded(year, 4))-\(CalendarDate.padded(month))-\(CalendarDate.padded(day))"
        let time = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map {
            CalendarDate.padded($0)
        }
        return "\(date)T\(time.joined(separator: ":"))"
    }

    private static func floorDivide(_ left: Int, _ right: Int) -> Int {
        left >= 0 ? left / right : (left - right + 1) / right
    }

    static func padded(_ number: Int, _ digits: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

extension Timestamp {
    /// The moment as people and programs read it: `2026-01-31T08:05:09.120Z` (RFC 3339, in UTC, with milliseconds).
    public var iso8601: String {
        let rest = Int(milliseconds - seconds * 1000)
        return "\(CalendarDate(self).text).\(CalendarDate.padded(rest, 3))Z"
    }

    /// The second that the moment is in: `2026-01-31T08:05:09Z` (RFC 3339, in UTC).
    public var iso8601Seconds: String { CalendarDate(self).text + "Z" }
}
