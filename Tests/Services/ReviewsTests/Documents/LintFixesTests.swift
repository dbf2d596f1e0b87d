import JSONText
import PolicyLint
import Testing

@testable import Reviews

@Suite struct LintFixesTests {
    private static let check = LintCheck(id: "c", severity: .warning, title: "t", why: "w")

    private static func finding(_ file: String, fix: [TextEdit]) -> LintFinding {
        LintFinding(
            check, file: file, position: TextPosition(line: 1, column: 1), message: "m", remedy: "r", fix: fix
        )
    }

    private let edit = [TextEdit(range: 0..<1, replacement: "x")]

    @Test func tellsWhatChangedAndByWhichFindings() {
        let fixes = LintFixes(
            before: ["a": Array("old".utf8), "b": Array("same".utf8), "c": Array("old".utf8)],
            after: ["a": Array("new".utf8), "b": Array("same".utf8)],
            findings: [
                LintFixesTests.finding("a", fix: edit), LintFixesTests.finding("a", fix: []),
                LintFixesTests.finding("c", fix: edit),
            ])
        #expect(fixes.changes.map(\.file) == ["a"])
        #expect(fixes.changes[0].after == Array("new".utf8))
        #expect(fixes.count == 1)
    }

    @Test(arguments: [
        ("a\nb\nc", "a\nx\nc", ["@@ line 2", "-b", "+x"]),
        ("a\nb", "a\nb\nc", ["@@ line 3", "+c"]),
        ("a\nb\nc", "c", ["@@ line 1", "-a", "-b"]),
        ("a\nb\nc\nd", "x\nb\nc\ny", ["@@ line 1", "-a", "+x", "@@ line 4", "-d", "+y"]),
    ])
    func listsLinesAsDiffDoes(before: String, after: String, listing: [String]) {
        let change = LintFixes.Change(
            file: "a", before: Array(before.utf8), after: Array(after.utf8), fixed: [])
        #expect(change.listing == listing)
    }
}
