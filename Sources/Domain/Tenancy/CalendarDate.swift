import Base

/// A moment's date and time of day in UTC, by the Gregorian calendar carried back and on.
struct CalendarDate {
    let year: Int
    let month: Int
    let day: Int
    private let secondOfDay: Int

    init(_ time: Timestamp) {
        let seconds = Int(time.seconds)
        let days = CalendarDate.floorDivide(seconds, 86_400)
        secondOfDay = seconds - days * 86_400
        // Days are counted in eras of 400 years that begin on 1 March, so that the leap day is a year's last.
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

    /// `2026-01-31T08:05:09Z` (RFC 3339).
    var text: String {
        let time = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60]
        let date =
            CalendarDate.padded(year, 4) + "-" + CalendarDate.padded(month) + "-" + CalendarDate.padded(day)
        return date + "T" + time.map { CalendarDate.padded($0) }.joined(separator: ":") + "Z"
    }

    /// The school year that the day is in, July to June: `2025-2026`.
    var schoolYear: String {
        let first = month >= 7 ? year : year - 1
        return "\(CalendarDate.padded(first, 4))-\(CalendarDate.padded(first + 1, 4))"
    }

    private static func floorDivide(_ left: Int, _ right: Int) -> Int {
        left >= 0 ? left / right : (left - right + 1) / right
    }

    private static func padded(_ number: Int, _ digits: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
