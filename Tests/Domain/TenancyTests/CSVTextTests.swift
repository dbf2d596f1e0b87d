import Base
import Testing

@testable import Tenancy

private func read(_ text: String) -> CSVText { CSVText(parsing: Array(text.utf8)) }

@Suite struct CSVTextTests {
    @Test(arguments: [
        ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
        ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
        ("\u{FEFF}a\n", [["a"]]),
        ("\"a,1\",\"b\"\"c\"\"\",\"\"\n", [["a,1", "b\"c\"", ""]]),
        ("\"a\nb\",c\n\nd,", [["a\nb", "c"], ["d", ""]]),
        (",\n", [["", ""]]),
        ("", []),
        ("\n\r\n", []),
    ])
    func reads(text: String, records: [[String]]) {
        #expect(read(text).records.map(\.fields) == records)
        #expect(read(text).faults == [])
    }

    @Test func countsLinesInQuotedFields() {
        #expect(read("a\n\"b\r\nb\"\r\n\nc").records.map(\.line) == [1, 2, 5])
    }

    @Test(arguments: [
        (
            "a\nb\"c,d\ne", 2,
            "a `\"` in a field without quotes; put the field in quotes and double those in it"
        ),
        ("a\n\"b\"c\ne", 2, "text behind a closing `\"`; double each `\"` inside a quoted field"),
        ("a\n\"b\ne", 2, "a `\"` opens a field that is never closed; close it before the line ends"),
        ("a\nb\rc\ne", 2, "a carriage return without a line feed; save the file with CRLF or LF line ends"),
    ])
    func reportsTheLine(text: String, line: Int, message: String) {
        #expect(
            read(text).faults.map { CSVFault(line: $0.line, message: $0.message) } == [
                CSVFault(line: line, message: message)
            ])
        #expect(read(text).records.first?.fields == ["a"])
    }

    @Test func goesOnAfterAFault() {
        let text = read("a\n\"b\"c\nd\n")
        #expect(text.records.map(\.line) == [1, 3])
        #expect(text.faults.map(\.line) == [2])
    }

    @Test(arguments: [[0xFF, 0xFE, 0x61, 0], [0xFE, 0xFF, 0, 0x61]] as [[UInt8]])
    func refusesUTF16(bytes: [UInt8]) {
        #expect(
            CSVText(parsing: bytes).faults.map(\.description)
                == ["line 1: the file is UTF-16; save it as `CSV UTF-8`"])
    }

    @Test func refusesLatin1() {
        #expect(
            CSVText(parsing: [0x61, 0xE9, 0x0A]).faults.map(\.description)
                == ["line 1: the file is not UTF-8; save it as `CSV UTF-8`"])
    }

    @Test func stopsAtTheLimit() {
        let text = CSVText(parsing: Array("a\nb\nc\n".utf8), recordsMax: 2)
        #expect(text.records.count == 2)
        #expect(text.faults == [CSVFault(line: 3, message: "the file has more than 2 records; split it")])
    }

    /// What is written by the rules is read back, whatever the fields hold.
    @Test func readsBackWhatTheRulesWrite() {
        let random = SeededRandom(seed: 4180)
        let pieces = ["a", ",", "\"", "\r\n", "\n", ";", "é", " ", ""]
        for _ in 0..<3000 {
            let records = (0..<1 + Int(random.next() % 4)).map { _ in
                (0..<2 + Int(random.next() % 3)).map { _ in
                    (0..<Int(random.next() % 5)).map { _ in pieces[Int(random.next() % 9)] }.joined()
                }
            }
            let text = records.map { fields in
                fields.map {
                    "\""
                        + $0.split(separator: "\"", omittingEmptySubsequences: false).joined(
                            separator: "\"\"") + "\""
                }
                .joined(separator: ",")
            }
            .joined(separator: random.next() % 2 == 0 ? "\r\n" : "\n")
            #expect(read(text).records.map(\.fields) == records)
        }
    }

    @Test func survivesAnyBytes() {
        let random = SeededRandom(seed: 99)
        let alphabet = Array("a,\"\r\n;".utf8) + [0xEF, 0xBB, 0xBF, 0]
        for _ in 0..<20_000 {
            let bytes = (0..<Int(random.next() % 24)).map { _ in
                alphabet[Int(random.next() % UInt64(alphabet.count))]
            }
            let text = CSVText(parsing: bytes)
            let lines = 1 + bytes.count { $0 == 0x0A }
            #expect(text.records.allSatisfy { (1...lines).contains($0.line) && !$0.fields.isEmpty })
            #expect(text.faults.allSatisfy { (1...lines).contains($0.line) })
            _ = DistrictFile(parsing: Array("name,tier,admin,timezone\n".utf8) + bytes)
        }
    }
}
