import Base
import Tenancy

/// The clock on the wall of a time zone: seconds east of UTC at any moment. Given in, for Domain reads no time-zone database.
public struct WallClock: Sendable {
    private let offset: @Sendable (Timestamp) -> Int

    /// A time zone with this offset in seconds at each moment.
    public init(_ offset: @escaping @Sendable (Timestamp) -> Int) { self.offset = offset }

    /// How far it is ahead of UTC at a moment, in seconds; less than 0 west of Greenwich.
    public func secondsEast(at moment: Timestamp) -> Int { offset(moment) }

    /// The day on the wall, and the minute of it.
    func reading(_ moment: Timestamp) -> (day: LocalDate, minute: Int) {
        let local = moment.seconds + Int64(offset(moment))
        let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        return (LocalDate(dayNumber: Int(day)), Int((local - day * 86_400) / 60))
    }

    /// The first moment at which the wall shows this minute of this day or a later one. A minute that a change of the clocks leaves out is
    /// the moment of the change; one that comes twice is the first of the two.
    func moment(_ day: LocalDate, minute: Int) -> Timestamp {
        let local = Int64(day.dayNumber) * 86_400 + Int64(minute) * 60
        // Offsets lie within a day of each other, and change once at most around any night.
        let around = [-86_400, 86_400].map { offset(Timestamp(milliseconds: (local + $0) * 1000)) }
        let guesses = Set(around).map { Timestamp(milliseconds: (local - Int64($0)) * 1000) }.sorted()
        for guess in guesses where guess.seconds + Int64(offset(guess)) == local { return guess }
        // Left out: the change lies between the two guesses.
        guard var low = guesses.first?.seconds, var high = guesses.last?.seconds else {
            return Timestamp(milliseconds: local * 1000)
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            let shown = middle + Int64(offset(Timestamp(milliseconds: middle * 1000)))
            if shown < local { low = middle } else { high = middle }
        }
        return Timestamp(milliseconds: high * 1000)
    }
}

/// When a tenant may be moved by itself: windows, less blackout dates, by the clock on its wall.
public struct MaintenanceCalendar: Sendable {
    /// A stretch of time in which a move may begin.
    public struct Opening: Hashable, Sendable {
        /// Its beginning.
        public let from: Timestamp
        /// Its end; not in it.
        public let to: Timestamp
    }

    private let windows: [Maintenance.Window]
    private let blackouts: [Maintenance.Blackout]
    let wall: WallClock

    /// The calendar of a tenant: the catalog's windows, the catalog's blackouts and its own.
    public init(_ maintenance: Maintenance, own: [Maintenance.Blackout] = [], wall: WallClock) {
        windows = maintenance.windows
        blackouts = maintenance.blackouts + own
        self.wall = wall
    }

    /// Why nobody is moved on this day, where that is so.
    public func blackout(at now: Timestamp) -> Maintenance.Blackout? { blackout(on: wall.reading(now).day) }

    private func blackout(on day: LocalDate) -> Maintenance.Blackout? {
        blackouts.first { $0.from <= day && day <= $0.to }
    }

    /// A window that reaches into a blackout ends at its midnight; one that begins in one and reaches out of it begins there.
    func openings(beginningOn day: LocalDate) -> [Opening] {
        let next = LocalDate(dayNumber: day.dayNumber + 1)
        let midnight = wall.moment(next, minute: 0)
        guard !windows.isEmpty else {
            guard blackout(on: day) == nil else { return [] }
            return [Opening(from: wall.moment(day, minute: 0), to: midnight)]
        }
        return windows.filter { $0.days.contains(day.weekday) }.compactMap { window in
            var from = wall.moment(day, minute: window.from)
            let isOvernight = window.to <= window.from
            var to = wall.moment(isOvernight ? next : day, minute: window.to)
            if blackout(on: day) != nil { from = max(from, midnight) }
            if isOvernight, blackout(on: next) != nil { to = min(to, midnight) }
            return from < to ? Opening(from: from, to: to) : nil
        }
    }
}
