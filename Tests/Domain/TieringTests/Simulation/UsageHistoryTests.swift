import Base
import Tenancy
import TestKit
import Testing

@testable import Tiering

@Suite struct UsageHistoryTests {
    private func faults(_ text: String) -> [String] {
        UsageHistory(parsing: Array(text.utf8)).faults.map(\.description)
    }

    @Test func readsRowsWithColumnsInAnyOrder() throws {
        let history = UsageHistory(
            parsing: Array(
                """
                Tenant,time,schools,items,bytes,read-units,write-percent,requests,throttled,timezone\r
                "Spring, field",2026-09-14T12:00:00Z,11,5000000000,7,120,62.5,90,10,America/Chicago\r
                other,2026-09-14,,,,,,,,\r

                """.utf8))
        #expect(history.faults == [])
        let first = try #require(history.rows.first)
        #expect(first.tenant == "Spring, field" && first.time.iso8601Seconds == "2026-09-14T12:00:00Z")
        #expect(first.schools == 11 && first.items == 5_000_000_000 && first.bytes == 7)
        #expect(first.reads == .units(120) && first.writes == .percent(62.5))
        #expect(first.requests == 90 && first.throttled == 10)
        #expect(first.timezone?.text == "America/Chicago")
        let second = try #require(history.rows.last)
        var empty = UsageHistory.Row(time: second.time, tenant: "other")
        #expect(second == empty && second.time.iso8601Seconds == "2026-09-14T00:00:00Z")
        empty.schools = 0
        #expect(second != empty, "nothing said is not nothing there")
    }

    @Test(arguments: [
        ("", "line 1: the file has no header; begin it with `time,tenant,schools,bytes`"),
        ("time,schools\n", "line 1: the column `tenant` is missing; add it"),
        ("time,tenant,scools\n", "line 1, column 3: `scools` is no column; did you mean `schools`?"),
        ("time,tenant,time\n", "line 1, column 3: the column `time` stands there twice; keep one"),
        (
            "time,tenant,read-units,read-percent\n",
            "line 1, column 4: `read-units` and `read-percent` say the same; keep one"
        ),
        (
            "time,tenant,items\n2026-09-14,a\n",
            "line 2: 2 fields where the header has 3; put a field that holds a comma in quotes"
        ),
        (
            "time,tenant\n14.9.2026,a\n",
            "line 2, column 1: `14.9.2026` is no time; write it in UTC, such as `2026-09-14T12:00:00Z`"
        ),
        (
            "time,tenant\n2026-09-31,a\n",
            "line 2, column 1: `2026-09-31` is no time; write it in UTC, such as `2026-09-14T12:00:00Z`"
        ),
        ("time,tenant\n2026-09-14,\n", "line 2, column 2: a tenant's name has 1 to 256 bytes; this has 0"),
        (
            "time,tenant,schools\n2026-09-14,a,-1\n",
            "line 2, column 3: `-1` is no count; write a whole number from 0 to 1000000000000000"
        ),
        (
            "time,tenant,bytes\n2026-09-14,a,1000000000000001\n",
            "line 2, column 3: `1000000000000001` is no count; write a whole number from 0 to 1000000000000000"
        ),
        (
            "time,tenant,read-percent\n2026-09-14,a,80%\n",
            "line 2, column 3: `80%` is no rate; write a number such as `120` or `62.5`"
        ),
        (
            "time,tenant,timezone\n2026-09-14,a,America/Chicgo\n",
            "line 2, column 3: `America/Chicgo` is no time zone; did you mean `America/Chicago`?"
        ),
        (
            "time,tenant\n2026-09-14,a\n2026-09-14,b\n2026-09-14,a\n",
            "line 4, column 1: the time is not behind that of line 2; put each tenant's rows in the order of time"
        ),
        (
            "time,tenant\n2026-09-14,\"a\n",
            "line 2, column 2: a `\"` opens a field that is never closed; close it before the line ends"
        ),
    ])
    func saysWhatIsWrongWithLineAndColumn(_ text: String, _ fault: String) {
        #expect(faults(text) == [fault])
    }

    @Test func aWrongRowLeavesTheOthers() {
        let history = UsageHistory(
            parsing: Array("time,tenant,schools\n2026-09-14,a,x\n2026-09-15,a,3\n2026-09-16,b,y\n".utf8))
        #expect(history.rows.map(\.schools) == [3])
        #expect(history.faults.map(\.line) == [2, 4])
    }

    @Test func whatIsWrittenIsReadTheSame() {
        let history = UsageHistory(
            parsing: Array(
                "time,tenant,read-units,timezone\n2026-09-14,\"a,\"\"b\"\"\",1.5,UTC\n2026-09-15,c,2,\n".utf8)
        )
        let text = UsageHistory.text(of: history.rows)
        #expect(
            text.split(separator: "\n").first
                == "time,tenant,schools,items,bytes,read-units,write-units,requests,throttled,timezone")
        let again = UsageHistory(parsing: Array(text.utf8))
        #expect(again.rows == history.rows && again.faults == [])
    }

    @Test func fuzzReadsOrRefusesAnyTextAndKeepsWhatItRead() throws {
        let pieces = [
            "time", "tenant", "schools", "bytes", "read-units", "write-percent", "throttled", "timezone",
            ",", ",", ",", "\n", "\n", "\r\n", "\"", "2026-09-14T12:00:00Z", "2026-09-15", "a", "b", "11",
            "62.5",
            "-1", "UTC", "", " ", "\u{FEFF}", "é",
        ]
        let header = "time,tenant,schools,read-units\n"
        try Fuzzer("usage history", rounds: 500, accepting: 0.05...0.95).runParser { random in
            var text = random.oneIn(2) ? header : ""
            if !text.isEmpty, random.oneIn(2) {
                for day in 0..<random.below(5) {
                    text += "2026-09-1\(day),t\(random.below(2)),\(random.below(20)),1.5\n"
                }
            } else {
                for _ in 0..<random.below(30) { text += random.pick(pieces) }
            }
            let history = UsageHistory(parsing: Array(text.utf8))
            #expect(history.faults.count <= 100)
            let again = UsageHistory(parsing: Array(UsageHistory.text(of: history.rows).utf8))
            try #require(again.rows.count == history.rows.count && again.faults.isEmpty)
            return history.faults.isEmpty ? .accepted : .refused
        }
    }
}
