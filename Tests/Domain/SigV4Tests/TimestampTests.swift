import Base
import Testing

@testable import SigV4

@Suite struct TimestampTests {
    @Test(arguments: [
        ("19700101T000000Z", 0), ("20150830T123600Z", 1_440_938_160), ("20000229T235959Z", 951_868_799),
        ("20240229T000000Z", 1_709_164_800), ("21000301T000000Z", 4_107_542_400),
        ("99991231T235959Z", 253_402_300_799),
    ])
    func readsAndWrites(text: String, seconds: Int64) {
        let moment = Timestamp(milliseconds: seconds * 1000)
        #expect(Array(text.utf8).withUnsafeBytes { BasicTimestamp.parse($0) } == moment)
        #expect(BasicTimestamp.text(moment) == text)
        #expect(BasicTimestamp.text(moment.advanced(byMilliseconds: 999)) == text)
    }

    @Test(arguments: [
        "20230229T000000Z", "21000229T000000Z", "20260001T000000Z", "20260100T000000Z", "19691231T235959Z",
    ])
    func refusesDaysThatAreNot(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { BasicTimestamp.parse($0) } == nil)
    }

    @Test func everyDayReadsBack() {
        for day in stride(from: Int64(0), to: 200_000, by: 1) {
            let date = CivilDate.date(days: day)
            if CivilDate.days(year: date.year, month: date.month, day: date.day) != day {
                Issue.record("day \(day) reads back as another")
                return
            }
        }
    }
}
