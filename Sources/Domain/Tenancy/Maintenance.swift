import Base

/// When tenants may be moved by themselves, and how many.
public struct Maintenance: Hashable, Sendable {
    /// A day of the week.
    public enum Weekday: String, Hashable, Sendable, CaseIterable {
        case monday, tuesday, wednesday, thursday, friday, saturday, sunday
    }

    /// A part of the day in the tenant's own time zone. One that ends before it begins ends on the next day.
    public struct Window: Hashable, Sendable {
        /// The days on which it begins.
        public let days: Set<Weekday>
        /// Minutes after midnight.
        public let from: Int
        /// Minutes after midnight; not `from`.
        public let to: Int

        /// A window.
        public init(days: Set<Weekday>, from: Int, to: Int) {
            self.days = days
            self.from = from
            self.to = to
        }

        /// How long it is, in minutes by the clock on the wall.
        public var minutes: Int { to > from ? to - from : to + 24 * 60 - from }
    }

    /// Days on which nobody is moved by itself, in the tenant's own time zone: the catalog's are for all tenants, a tenant's for itself.
    public struct Blackout: Hashable, Sendable, Codable {
        /// The first of them.
        public let from: LocalDate
        /// The last of them.
        public let to: LocalDate
        /// Why, for people.
        public let reason: String

        /// Days.
        public init(from: LocalDate, to: LocalDate, reason: String) {
            self.from = from
            self.to = to
            self.reason = reason
        }

        /// How many days it has.
        public var days: Int { to.dayNumber - from.dayNumber + 1 }

        /// Whether it is over in every time zone: the last to have a new day are twelve hours behind UTC.
        public func isOver(at now: Timestamp) -> Bool { to.dayNumber < Int(now.seconds / 86_400) - 1 }

        /// `2026-12-14 to 2026-12-18: exams`.
        public var text: String { "\(from)" + (from == to ? "" : " to \(to)") + ": \(reason)" }
    }

    /// None for any time of the day.
    public let windows: [Window]
    /// For all tenants.
    public let blackouts: [Blackout]
    /// Moves that are under way at the same time.
    public let movesAtOnce: Int
    /// Moves that begin within twenty-four hours.
    public let movesPerNight: Int

    /// The rules.
    public init(windows: [Window], blackouts: [Blackout], movesAtOnce: Int, movesPerNight: Int) {
        self.windows = windows
        self.blackouts = blackouts
        self.movesAtOnce = movesAtOnce
        self.movesPerNight = movesPerNight
    }

    /// Of a catalog that says nothing.
    public static let anyTime = Maintenance(
        windows: [], blackouts: [], movesAtOnce: Limits.movesAtOnceMax,
        movesPerNight: Limits.upgradesPerNightDefault)
}

/// A day of the Gregorian calendar, in no time zone.
public struct LocalDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Days after 1970-01-01.
    public let dayNumber: Int

    /// The day.
    public init(dayNumber: Int) { self.dayNumber = dayNumber }

    /// Reads `2026-12-14`; nil where it is no day of the calendar.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), year >= 1970
        else { return nil }
        // Days are counted in years that begin on 1 March, so that the leap day is a year's last.
        let marchYear = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let days =
            365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400
            + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468
        self.init(dayNumber: days)
        // What is no day, such as 31 April, comes out as another one.
        guard description == text else { return nil }
    }

    /// `2026-12-14`.
    public var description: String {
        String(Timestamp(milliseconds: Int64(dayNumber) * 86_400_000).iso8601.prefix(10))
    }

    /// The day of the week.
    public var weekday: Maintenance.Weekday {
        // 1970-01-01 was a Thursday.
        let place = ((dayNumber + 3) % 7 + 7) % 7
        return Maintenance.Weekday.allCases[place]
    }

    /// Earlier before later.
    public static func < (left: LocalDate, right: LocalDate) -> Bool { left.dayNumber < right.dayNumber }
}

/// A day is stored as people write it.
extension LocalDate: Codable {
    /// Reads `2026-12-14`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let day = LocalDate(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no day of the calendar")
        }
        self = day
    }

    /// Writes `2026-12-14`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
