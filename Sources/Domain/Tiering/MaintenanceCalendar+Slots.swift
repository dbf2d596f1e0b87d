import Base
import Tenancy

extension MaintenanceCalendar {
    /// The opening in which a move begins that takes so long.
    public struct Slot: Hashable, Sendable {
        /// The opening: the move begins in it at once, or at its beginning where that is to come.
        public let opening: Opening
        /// Whether the move ends in it, as far as is known.
        public let hasRoom: Bool
        /// Whether it is not the next one, in what is left of which the move would not end.
        public let isLater: Bool
    }

    /// The opening in which a move of `seconds` begins; nil where there is none within `Limits.calendarDaysMax` days.
    ///
    /// It is the first in which the move ends, of the coming `Limits.slotDaysMax` days. Where all of these are too short it is the next one
    /// of which not more than `Limits.slotStartSeconds` are over: a move that is longer than any opening begins at the start of one, rather
    /// than never. Openings without a gap between them are one.
    public func slot(at now: Timestamp, lasting seconds: Int64 = 0) -> Slot? {
        let today = wall.reading(now).day.dayNumber
        var (open, short): (Opening?, Slot?)
        var isLater = false
        // A window that began yesterday may reach into today.
        for dayNumber in today - 1...today + Limits.calendarDaysMax {
            if short != nil, dayNumber > today + Limits.slotDaysMax { break }
            let found = openings(beginningOn: LocalDate(dayNumber: dayNumber)).filter { $0.to > now }
            for next in found.sorted(by: { $0.from < $1.from }) {
                let joined: Opening
                if let before = open, next.from <= before.to {
                    joined = Opening(from: before.from, to: max(before.to, next.to))
                } else {
                    isLater = open != nil
                    joined = next
                }
                open = joined
                if joined.to.milliseconds(since: max(joined.from, now)) >= seconds * 1000 {
                    return Slot(opening: joined, hasRoom: true, isLater: isLater)
                }
                guard now < joined.from.advanced(bySeconds: Limits.slotStartSeconds) else { continue }
                if let known = short, known.opening.from < joined.from { continue }
                short = Slot(opening: joined, hasRoom: false, isLater: isLater)
            }
        }
        return short
    }

    /// Why a move of `seconds` waits for that opening, in words.
    func reason(for slot: Slot, lasting seconds: Int64) -> String {
        let length = DurationText.short(seconds)
        if !slot.hasRoom {
            return
                "the beginning of the next window, since no window of the coming \(Limits.slotDaysMax) days is as long as the "
                + "move may take: \(length)"
        }
        return slot.isLater
            ? "the next window that is as long as the move may take: \(length)" : "the next window"
    }
}

/// Lengths of time for people: `3 h 20 min`.
enum DurationText {
    /// In minutes, of which the last need not be whole.
    static func short(_ seconds: Int64) -> String {
        let minutes = (seconds + 59) / 60
        return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
    }
}

extension Limits {
    /// How far ahead an opening is looked for: over the longest holidays, and a blackout of a school year.
    static let calendarDaysMax = 400
    /// How far ahead one is looked for that is long enough: over all days of the week, and a short blackout.
    static let slotDaysMax = 28
    /// How much of an opening may be over, in seconds, when a move begins that is longer than it.
    static let slotStartSeconds: Int64 = 3600
}
