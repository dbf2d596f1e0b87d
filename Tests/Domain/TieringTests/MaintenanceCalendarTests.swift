import Base
import Tenancy
import Testing

@testable import Tiering

/// Chicago in 2026: clocks go forward on 8 March at 02:00 and back on 1 November at 02:00.
private let chicago = WallClock { moment in
    let summer = Timestamp(milliseconds: 1_772_956_800_000)..<Timestamp(milliseconds: 1_793_516_400_000)
    return summer.contains(moment) ? -5 * 3600 : -6 * 3600
}

/// A moment of UTC, such as `2026-03-07T18:00`.
private func utc(_ text: String) -> Timestamp {
    let parts = text.split(separator: "T")
    let time = parts[1].split(separator: ":").compactMap { Int64($0) }
    let day = LocalDate(String(parts[0]))?.dayNumber ?? 0
    return Timestamp(milliseconds: (Int64(day) * 86_400 + time[0] * 3600 + time[1] * 60) * 1000)
}

private func calendar(
    _ windows: [Maintenance.Window], _ blackouts: [(String, String)] = []
) throws -> MaintenanceCalendar {
    let dates = try blackouts.map { from, to in
        Maintenance.Blackout(
            from: try #require(LocalDate(from)), to: try #require(LocalDate(to)), reason: "exams")
    }
    return MaintenanceCalendar(
        Maintenance(windows: windows, blackouts: dates, movesAtOnce: 1, movesPerNight: 1), wall: chicago)
}

private let everyDay = Set(Maintenance.Weekday.allCases)
private let night = Maintenance.Window(days: everyDay, from: 60, to: 300)
private let overnight = Maintenance.Window(days: everyDay, from: 22 * 60, to: 300)

@Suite struct MaintenanceCalendarTests {
    @Test(
        arguments: [
            // Noon in Chicago: the coming night.
            ([night], "2026-01-05T18:00", "2026-01-06T07:00", "2026-01-06T11:00"),
            // In the window itself, and just behind its end.
            ([night], "2026-01-06T08:00", "2026-01-06T07:00", "2026-01-06T11:00"),
            ([night], "2026-01-06T11:00", "2026-01-07T07:00", "2026-01-07T11:00"),
            // One that began yesterday.
            ([overnight], "2026-01-06T08:00", "2026-01-06T04:00", "2026-01-06T11:00"),
            // Weekends only: the fifth of January is a Monday.
            (
                [Maintenance.Window(days: [.saturday], from: 60, to: 300)], "2026-01-05T18:00",
                "2026-01-10T07:00",
                "2026-01-10T11:00"
            ),
            // Without windows: from midnight to midnight.
            ([], "2026-01-05T18:00", "2026-01-05T06:00", "2026-01-06T06:00"),
            // The night in which clocks go forward is an hour shorter, the one in which they go back an hour longer.
            ([night], "2026-03-08T06:30", "2026-03-08T07:00", "2026-03-08T10:00"),
            ([night], "2026-11-01T05:00", "2026-11-01T06:00", "2026-11-01T11:00"),
            // 02:30 does not come on the day of the change: the window begins with the change.
            (
                [Maintenance.Window(days: everyDay, from: 150, to: 300)], "2026-03-08T06:30",
                "2026-03-08T08:00",
                "2026-03-08T10:00"
            ),
        ] as [([Maintenance.Window], String, String, String)])
    func findsTheNextOpening(_ windows: [Maintenance.Window], _ now: String, _ from: String, _ to: String)
        throws
    {
        let found = try calendar(windows).slot(at: utc(now))?.opening
        #expect(found == MaintenanceCalendar.Opening(from: utc(from), to: utc(to)))
    }

    @Test(
        arguments: [
            // The nights of a blackout are left out.
            (
                [night], [("2026-01-06", "2026-01-08")], "2026-01-05T18:00", "2026-01-09T07:00",
                "2026-01-09T11:00"
            ),
            // What reaches into one ends at midnight, what reaches out of one begins there.
            (
                [overnight], [("2026-01-06", "2026-01-06")], "2026-01-05T18:00", "2026-01-06T04:00",
                "2026-01-06T06:00"
            ),
            (
                [overnight], [("2026-01-06", "2026-01-06")], "2026-01-06T07:00", "2026-01-07T06:00",
                "2026-01-07T11:00"
            ),
            ([], [("2026-01-05", "2026-01-05")], "2026-01-05T18:00", "2026-01-06T06:00", "2026-01-07T06:00"),
        ] as [([Maintenance.Window], [(String, String)], String, String, String)])
    func leavesBlackoutsOut(
        _ windows: [Maintenance.Window], _ blackouts: [(String, String)], _ now: String, _ from: String,
        _ to: String
    ) throws {
        let found = try calendar(windows, blackouts).slot(at: utc(now))?.opening
        #expect(found == MaintenanceCalendar.Opening(from: utc(from), to: utc(to)))
    }

    @Test func aBlackoutWithoutEndLeavesNoOpening() throws {
        #expect(
            try calendar([night], [("2026-01-01", "2028-01-01")]).slot(at: utc("2026-01-05T18:00")) == nil)
    }

    @Test func isOpenFromTheFirstMomentUntilBeforeTheLast() throws {
        let calendar = try calendar([night])
        let moments = ["2026-01-06T06:59", "2026-01-06T07:00", "2026-01-06T10:59", "2026-01-06T11:00"]
        let isOpen = moments.map { text in
            calendar.slot(at: utc(text)).map { $0.opening.from <= utc(text) }
        }
        #expect(isOpen == [false, true, true, false])
    }

    private static let shortAndLong = [
        Maintenance.Window(days: everyDay, from: 60, to: 120),
        Maintenance.Window(days: [.saturday], from: 60, to: 600),
    ]

    @Test(
        arguments: [
            // Noon on Monday: the coming night has room for four hours.
            ([night], 4 * 60, "2026-01-05T18:00", "2026-01-06T07:00", true, false),
            // In it: what is left is enough, and then not any more.
            ([night], 3 * 60, "2026-01-06T08:00", "2026-01-06T07:00", true, false),
            ([night], 3 * 60, "2026-01-06T08:01", "2026-01-07T07:00", true, true),
            // Longer than any: the beginning of one, of which an hour may be over.
            ([night], 5 * 60, "2026-01-05T18:00", "2026-01-06T07:00", false, false),
            ([night], 5 * 60, "2026-01-06T07:59", "2026-01-06T07:00", false, false),
            ([night], 5 * 60, "2026-01-06T08:00", "2026-01-07T07:00", false, true),
            // Only the night to Saturday is long enough.
            (shortAndLong, 5 * 60, "2026-01-05T18:00", "2026-01-10T07:00", true, true),
            (shortAndLong, 60, "2026-01-05T18:00", "2026-01-06T07:00", true, false),
            // Windows that meet are one, and so are days on end.
            (
                [
                    Maintenance.Window(days: everyDay, from: 22 * 60, to: 0),
                    Maintenance.Window(days: everyDay, from: 0, to: 300),
                ], 7 * 60, "2026-01-05T18:00", "2026-01-06T04:00", true, false
            ),
            ([], 3 * 24 * 60, "2026-01-05T18:00", "2026-01-05T06:00", true, false),
        ] as [([Maintenance.Window], Int, String, String, Bool, Bool)])
    func findsOneThatIsLongEnough(
        _ windows: [Maintenance.Window], _ minutes: Int, _ now: String, _ from: String, _ hasRoom: Bool,
        _ isLater: Bool
    ) throws {
        let slot = try #require(
            try calendar(windows).slot(at: utc(now), lasting: Int64(minutes) * 60))
        #expect(slot.opening.from == utc(from))
        #expect(slot.hasRoom == hasRoom && slot.isLater == isLater)
    }

    /// The only long one lies in a blackout of a month, and beyond what is looked at.
    @Test func aMoveDoesNotWaitForAMonthForAnOpeningThatIsLongEnough() throws {
        let blackouts = (0..<6).map { week in
            let day = LocalDate(dayNumber: (LocalDate("2026-01-10")?.dayNumber ?? 0) + 7 * week).description
            return (day, day)
        }
        let slot = try #require(
            try calendar(Self.shortAndLong, blackouts).slot(at: utc("2026-01-05T18:00"), lasting: 5 * 3600))
        #expect(slot.opening.from == utc("2026-01-06T07:00") && !slot.hasRoom)
    }

    @Test func aTenantsOwnBlackoutsAreKeptBesideTheCatalogs() throws {
        let own = Maintenance.Blackout(
            from: try #require(LocalDate("2026-01-07")), to: try #require(LocalDate("2026-01-07")),
            reason: "first day of term")
        let day = try #require(LocalDate("2026-01-06"))
        let calendar = MaintenanceCalendar(
            Maintenance(
                windows: [night], blackouts: [Maintenance.Blackout(from: day, to: day, reason: "exams")],
                movesAtOnce: 1, movesPerNight: 1), own: [own], wall: chicago)
        #expect(calendar.slot(at: utc("2026-01-05T18:00"))?.opening.from == utc("2026-01-08T07:00"))
        let reasons = ["2026-01-06T18:00", "2026-01-07T18:00"].map {
            calendar.blackout(at: utc($0))?.reason
        }
        #expect(reasons == ["exams", "first day of term"])
    }

    @Test func tellsTheBlackoutOfTheDayOnTheWall() throws {
        let calendar = try calendar([night], [("2026-01-06", "2026-01-06")])
        let moments = ["2026-01-06T05:59", "2026-01-06T06:00", "2026-01-07T05:59", "2026-01-07T06:00"]
        #expect(moments.map { calendar.blackout(at: utc($0))?.reason } == [nil, "exams", "exams", nil])
    }
}
