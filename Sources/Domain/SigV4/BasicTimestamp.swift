import Base

/// ISO 8601's basic format, the only one that signatures use: `YYYYMMDDTHHMMSSZ`.
enum BasicTimestamp {
    static let byteCount = 16

    /// The moment that the 16 bytes name; nil where they are of another form or no real date.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
        guard bytes.count == byteCount, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else {
            return nil
        }
        var ok = true
        func number(_ start: Int, _ count: Int) -> Int64 {
            var value: Int64 = 0
            for index in start..<start + count {
                ok = ok && bytes[index].isDigit
                value = value * 10 + Int64(bytes[index]) - 0x30
            }
            return value
        }
        let (year, month, day) = (number(0, 4), number(4, 2), number(6, 2))
        let (hour, minute, second) = (number(9, 2), number(11, 2), number(13, 2))
        guard ok, let days = CivilDate.days(year: year, month: month, day: day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        return Timestamp(milliseconds: (days * 86400 + hour * 3600 + minute * 60 + second) * 1000)
    }

    /// The 16 characters of a moment, rounded down to its second.
    static func text(_ moment: Timestamp) -> String {
        let seconds = moment.seconds
        let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
        let rest = seconds - days * 86400
        let date = CivilDate.date(days: days)
        return digits(date.year, 4) + digits(date.month, 2) + digits(date.day, 2) + "T"
            + digits(rest / 3600, 2)
            + digits(rest / 60 % 60, 2) + digits(rest % 60, 2) + "Z"
    }

    private static func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}

/// Days since 1970-01-01 and the Gregorian calendar.
enum CivilDate {
    private static let daysBeforeMonth: [Int64] = [
        0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365,
    ]

    /// Days since 1970-01-01; nil where there is no such day, or before that year.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard year >= 1970, (1...12).contains(month), day >= 1, day <= monthDays(year: year, month: month)
        else {
            return nil
        }
        let leapDay: Int64 = month > 2 && isLeap(year) ? 1 : 0
        return daysBefore(year: year) + daysBeforeMonth[Int(month) - 1] + leapDay + day - 1
    }

    static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        var year = 1970 + days / 366
        while daysBefore(year: year + 1) <= days { year += 1 }
        var rest = days - daysBefore(year: year)
        var month: Int64 = 1
        while rest >= monthDays(year: year, month: month) {
            rest -= monthDays(year: year, month: month)
            month += 1
        }
        return (year, month, rest + 1)
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func monthDays(year: Int64, month: Int64) -> Int64 {
        let common = daysBeforeMonth[Int(month)] - daysBeforeMonth[Int(month) - 1]
        return month == 2 && isLeap(year) ? common + 1 : common
    }

    /// Days from 1970-01-01 to the year's first.
    private static func daysBefore(year: Int64) -> Int64 {
        let past = year - 1
        return (year - 1970) * 365 + (past / 4 - past / 100 + past / 400)
            - (1969 / 4 - 1969 / 100 + 1969 / 400)
    }
}
