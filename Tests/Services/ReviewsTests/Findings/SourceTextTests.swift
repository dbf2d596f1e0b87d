import JSONText
import Testing

@testable import Reviews

@Suite struct SourceTextTests {
    private let source = SourceText(Array("{\n  \"ä\": \"東x\",\n}\n".utf8))

    @Test func givesLinesWithoutTheirEnds() {
        #expect(String(decoding: source.line(1), as: UTF8.self) == "{")
        #expect(String(decoding: source.line(2), as: UTF8.self) == "  \"ä\": \"東x\",")
        #expect(source.line(4).isEmpty)
        #expect(source.line(5).isEmpty)
        #expect(source.line(0).isEmpty)
    }

    @Test(arguments: [(0, 1, 1), (1, 1, 2), (2, 2, 1), (4, 2, 3), (17, 3, 1), (19, 4, 1)])
    func findsThePlaceOfAByte(offset: Int, line: Int, column: Int) {
        #expect(source.position(ofByte: offset) == TextPosition(line: line, column: column))
    }

    /// `ä` has two bytes, `東` three: places behind them stand one and three code points earlier.
    @Test(arguments: [(2, 3, 3), (2, 4, 4), (2, 6, 5), (2, 10, 9), (2, 13, 10), (1, 1, 1), (9, 5, 5)])
    func countsColumnsInCodePoints(line: Int, column: Int, expected: Int) {
        #expect(source.codePointColumn(of: TextPosition(line: line, column: column)) == expected)
    }
}
