import Base
import Dispatch
import Synchronization
import Testing

@testable import homeroom

@Suite struct TerminalTests {
    @Test func alignsColumnsByWhatATerminalShows() {
        var table = TextTable([.init("NAME"), .init("COUNT", isNumber: true), .init("PLACE")])
        table.add(["Cañon", "7", "x"])
        table.add(["東京", "1,200", ""])
        #expect(
            table.lines(width: nil) == [
                "NAME   COUNT  PLACE",
                "Cañon      7  x",
                "東京   1,200  -",
            ])
    }

    @Test func shrinksOnlyWhatMayShrink() {
        var table = TextTable([.init("ID"), .init("NAME", leastWidth: 4), .init("STORE", leastWidth: 6)])
        table.add(["t123456789", "Springfield Unified", "premium-store"])
        #expect(
            table.lines(width: 30) == [
                "ID          NAME      STORE", "t123456789  Springf…  premium…",
            ])
        let narrow = table.lines(width: 5)
        #expect(narrow[1] == "t123…")
        #expect(table.lines(width: 24)[1] == "t123456789  Spr…  premi…")
    }

    @Test func columnsGoFromTheRightWhereNoneCanGiveMore() {
        var table = TextTable([
            .init("ID"), .init("STATE"), .init("WHY", leastWidth: 5), .init("N", isNumber: true),
        ])
        table.add(["t123456789", "suspended since May", "because of this and that", "1,234"])
        #expect(table.lines(width: 46)[1] == "t123456789  suspended since May  becau…  1,234")
        // The number first; what is left has its room again.
        #expect(
            table.lines(width: 44) == [
                "ID          STATE                WHY       …", "t123456789  suspended since May  because…",
            ])
        #expect(table.lines(width: 40)[1] == "t123456789  suspended since May")
        #expect(table.lines(width: 20) == ["ID          STATE  …", "t123456789  suspend…"])
        #expect(table.lines(width: nil)[1].hasSuffix("because of this and that  1,234"))
    }

    @Test func aSheetHasThePlainValues() {
        var table = TextTable([.init("ID"), .init("NAME", leastWidth: 4), .init("N", isNumber: true)])
        table.add(["t1", "Oak, \"Hill\"", "1,234"])
        table.add(["t2", "", "4.2 KB"])
        #expect(
            table.values == [["ID", "NAME", "N"], ["t1", "Oak, \"Hill\"", "1234"], ["t2", "", "4.2 KB"]])
        #expect(CSVSheet.text(table.values[1]) == "t1,\"Oak, \"\"Hill\"\"\",1234\r")
        #expect(CSVSheet.text(["a\nb", "c\rd", " e "]) == "\"a\nb\",\"c\rd\", e \r")
    }

    /// With an accent on it a mark is another `Character`, but ends the field.
    @Test func noMarkEndsAFieldOfASheet() {
        let expected = "\"x\"\"\u{301},y\"\r"
        #expect(CSVSheet.text(["x\"\u{301},y"]).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(arguments: [
        ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""), ("@SUM(A1)", "'@SUM(A1)"), ("+1+cmd", "'+1+cmd"),
        ("-2+3", "'-2+3"), ("\tx", "'\tx"), ("\rx", "\"'\rx\""), ("=\u{301}1", "'=\u{301}1"), ("-", "'-"),
        ("-2.50", "-2.50"), ("+49", "+49"), ("a=b", "a=b"), ("", ""), ("'=x", "'=x"),
    ])
    func noNameIsAFormulaOfASheet(field: String, shown: String) {
        #expect(CSVSheet.text([field, "x"]).unicodeScalars.elementsEqual((shown + ",x\r").unicodeScalars))
    }

    @Test func aSheetOfSeveralTablesHasThemAllWithAnEmptyLineBetween() {
        let written = Mutex("")
        let terminal = Terminal(isInteractive: false) { _, text in written.withLock { $0 += text } }
        let sheet = CSVSheet()
        var first = TextTable([.init("A"), .init("B")])
        first.add(["1", ""])
        var last = TextTable([.init("C")])
        last.add([""])
        for table in [first, TextTable([.init("EMPTY")]), last] { sheet.add(table) }
        sheet.finish(on: terminal)
        let lines = ["A,B", "1,", "", "EMPTY", "", "C", "\"\""]
        #expect(written.withLock { $0 } == lines.map { $0 + "\r\n" }.joined())
    }

    @Test(arguments: [("y\n", true), ("YES", true), ("n", false), ("", false), ("yesterday", false)])
    func onlyYesIsYes(answer: String, isYes: Bool) throws {
        let terminal = Terminal(isInteractive: true, answers: answer) { _, _ in }
        let invocation = try invocation(["backup", "delete", "b1"], terminal)
        if isYes {
            try invocation.confirm("It goes.", refusal: "no")
        } else {
            #expect(throws: CommandFailure.failed("nothing was changed")) {
                try invocation.confirm("It goes.", refusal: "no")
            }
        }
    }

    @Test func whereNobodyCanBeAskedItIsRefused() throws {
        let terminal = Terminal(isInteractive: false) { _, _ in }
        #expect(throws: CommandFailure.usage("add --yes")) {
            try invocation(["backup", "delete", "b1"], terminal).confirm("It goes.", refusal: "add --yes")
        }
        try invocation(["backup", "delete", "b1", "--yes"], terminal).confirm(
            "It goes.", refusal: "add --yes")
    }

    /// Each look at it is a nanosecond later than the one before.
    private final class CountingClock: Clock {
        private let looks = Atomic<UInt64>(0)

        func now() -> Timestamp { Timestamp(milliseconds: 0) }
        func monotonicNanoseconds() -> UInt64 { looks.add(1, ordering: .relaxed).newValue }
    }

    @Test func manyThreadsMayTellOfProgressAtOnce() {
        for _ in 0..<200 {
            let terminal = Terminal(isInteractive: true, clock: CountingClock()) { _, _ in }
            DispatchQueue.concurrentPerform(iterations: 64) { terminal.progress("\($0) of 64") }
        }
    }

    private func invocation(_ words: [String], _ terminal: Terminal) throws -> Invocation {
        guard case .run(let input) = try ArgumentParser(commands: Homeroom.commands).parse(words) else {
            throw CommandFailure.usage("none")
        }
        return Invocation(input: input, environment: [:], terminal: terminal)
    }

    @Test(arguments: [
        (["TERM": "xterm-256color"], true), (["TERM": "xterm", "NO_COLOR": ""], true),
        (["TERM": "xterm", "NO_COLOR": "1"], false), (["TERM": "dumb"], false), ([:], false),
    ])
    func coloursOnlyWhereTheyAreWanted(environment: [String: String], wanted: Bool) {
        #expect(Terminal.wantsColors(environment) == wanted)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\u{1B}[31mb", "a\u{FFFD}[31mb"), ("a\u{202E}b", "a\u{FFFD}b"),
        ("a\nb", "a\u{FFFD}b"), ("a\u{2028}b", "a\u{FFFD}b"), ("a\u{200F}b\u{200B}", "a\u{FFFD}b\u{FFFD}"),
        ("\u{1F469}\u{200D}\u{1F3EB}", "\u{1F469}\u{200D}\u{1F3EB}"),
    ])
    func namesCannotSteerTheTerminal(text: String, shown: String) {
        #expect(TextWidth.harmless(text) == shown)
    }

    @Test(arguments: [
        ("{\"a\": 1}\n", "{\"a\": 1}\n"), ("{\"a\":\"\u{9B}2J\"}", #"{"a":"\u009b2J"}"#),
        ("[\"\u{202E}b\u{7F}\"]", #"["\u202eb\u007f"]"#), ("[\"\u{FEFF}é\"]", #"["\ufeffé"]"#),
    ])
    func jsonCannotSteerTheTerminal(json: String, shown: String) {
        #expect(TextWidth.harmlessJSON(json) == shown)
    }

    @Test(arguments: [
        ("2026-01-31T08:05:09.120Z", "2026-01-31 08:05:09"), ("", ""), ("\ncurl x.yz|sh\n#", "?"),
        ("2026-01-31T08:05\n", "?"), ("2026-01-31T08:05:09\u{301}", "?"),
    ])
    func writesMomentsAndNothingElse(iso8601: String, text: String) {
        #expect(Figures.moment(iso8601) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")])
    func writesCounts(number: Int, text: String) { #expect(Figures.count(number) == text) }

    @Test(arguments: [(999, "999 B"), (1000, "1.0 KB"), (1_250_000, "1.3 MB"), (3_000_000_000_000, "3.0 TB")])
    func writesSizes(number: Int, text: String) { #expect(Figures.bytes(number) == text) }

    @Test(arguments: [
        (0.04, "0.0 s"), (9.96, "10.0 s"), (42.4, "42 s"), (185, "3 min 5 s"), (86_400, "24 h 0 min"),
    ])
    func writesDurations(seconds: Double, text: String) { #expect(Figures.seconds(seconds) == text) }

    @Test(arguments: [
        (
            #"{"expectedSeconds":57.1,"expectedSecondsUnderLoad":500}"#,
            "57 s, or 8 min 20 s while others write"
        ),
        (#"{"expectedSeconds":0.1,"expectedSecondsUnderLoad":0.102}"#, "0.1 s"),
        (#"{"expectedSeconds":57.1}"#, "57 s"),
    ])
    func writesWhatIsExpectedOfAMove(plan: String, text: String) throws {
        #expect(Figures.estimate(try #require(JSONAnswer(parsing: Array(plan.utf8)))) == text)
    }

    @Test(arguments: [
        (0, "0.00"), (4_999, "0.00"), (5_000, "0.01"), (1_234_567_890_000, "1,234,567.89"),
        (-2_500_000, "-2.50"), (-1, "0.00"), (99_995_000, "100.00"),
    ])
    func writesAmounts(micros: Int, text: String) { #expect(Figures.amount(micros) == text) }

    @Test(arguments: [(12_340_000, "12.34 USD"), (20, "0.000020 USD"), (0, "0.00 USD")])
    func writesMoney(micros: Int, text: String) { #expect(Figures.money(micros, "USD") == text) }

    @Test func aLineReplacesWhatWasRedrawn() {
        let written = Mutex<[String]>([])
        let terminal = Terminal(isInteractive: true) { descriptor, text in
            written.withLock { $0.append("\(descriptor):\(text)") }
        }
        terminal.redraw("half")
        terminal.errorLine("wrong")
        terminal.line("done")
        #expect(written.withLock { $0 } == ["2:\r\u{1B}[Khalf", "2:\r\u{1B}[K", "2:wrong\n", "1:done\n"])
    }

    @Test func nothingIsRedrawnInAPipe() {
        let written = Mutex<[String]>([])
        let terminal = Terminal(isInteractive: false) { _, text in written.withLock { $0.append(text) } }
        terminal.redraw("half")
        terminal.line("done")
        #expect(written.withLock { $0 } == ["done\n"])
    }
}
