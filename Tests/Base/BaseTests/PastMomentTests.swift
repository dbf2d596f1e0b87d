import Testing

@testable import Base

struct PastMomentTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    @Test(
        arguments: [
            ("45s", 45_000), ("30m", 1_800_000), ("1h", 3_600_000), ("2d", 172_800_000), ("1w", 604_800_000),
            ("0s", 0), ("99999w", 60_479_395_200_000),
        ] as [(String, Int64)])
    func readsHowLongAgo(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(past: text, before: now) == now.advanced(byMilliseconds: -milliseconds))
    }

    @Test(arguments: [
        ("2026-01-31", "2026-01-31T00:00:00.000Z"), ("2026-01-31T08:05Z", "2026-01-31T08:05:00.000Z"),
        ("2026-01-31T08:05:09Z", "2026-01-31T08:05:09.000Z"),
        ("2026-01-31T08:05:09.120Z", "2026-01-31T08:05:09.120Z"),
        ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"), ("1970-01-01", "1970-01-01T00:00:00.000Z"),
    ])
    func readsAMoment(_ text: String, _ expected: String) {
        #expect(Timestamp(past: text, before: now)?.iso8601 == expected)
    }

    @Test(arguments: [
        "", "1", "h", "-1h", "1.5h", "1H", "1 h", "100000h", "1hh", "2026", "2026-1-31", "2026-02-29",
        "2026-13-01",
        "2026-00-10", "2026-01-32", "2026-01-31T08:05", "2026-01-31T24:00Z", "2026-01-31T08:60Z",
        "2026-01-31T08:05:60Z",
        "2026-01-31T08:05:09.1Z", "2026-01-31T08:05:09+02:00", "2026-01-31 08:05Z", "2026-01-31T8:05Z",
        "yesterday",
        "2026-01-31T08:05:09.120.1Z", "2026-01-31T:08:05Z", "٣h",
    ])
    func refusesAnythingElse(_ text: String) { #expect(Timestamp(past: text, before: now) == nil) }

    @Test func readsWhatItWrites() {
        for seconds in stride(from: Int64(0), through: 4_102_444_800, by: 8_640_017) {
            let moment = Timestamp(milliseconds: seconds * 1000 + 7)
            #expect(Timestamp(past: moment.iso8601, before: now) == moment)
        }
    }
}
