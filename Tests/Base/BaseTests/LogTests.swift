import Synchronization
import Testing

@testable import Base

@Suite struct LogTests {
    private final class Kept: LogSink {
        let lines = Mutex<[LogLine]>([])
        func write(_ line: LogLine) { lines.withLock { $0.append(line) } }
    }

    @Test func writesLinesFromTheLeastLevelOn() {
        let kept = Kept()
        let log = Log(to: kept, clock: ManualClock(), leastLevel: .warning).with("requestId", "q1")
        var made = 0
        func message(_ text: String) -> String {
            made += 1
            return text
        }
        log.info(message("quiet"))
        log.error(message("loud"), ["why": "because"])
        #expect(made == 1)
        #expect(
            kept.lines.withLock { $0 } == [
                LogLine(
                    time: ManualClock().now(), level: .error, message: "loud",
                    fields: [LogField("requestId", "q1"), LogField("why", "because")])
            ])
    }

    @Test func aLineIsOneJSONObject() {
        let line = LogLine(
            time: Timestamp(milliseconds: 0), level: .info, message: "a \"b\"\n",
            fields: [LogField("x", "\u{1}")])
        #expect(
            String(decoding: StandardErrorLog.json(of: line), as: UTF8.self)
                == #"{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"a \"b\"\n","x":"\u0001"}"#
                + "\n")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (1_767_225_599_999, "2025-12-31T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
    ])
    func writesMoments(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
    }
}
