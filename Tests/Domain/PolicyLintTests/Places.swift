import JSONText
import Testing

@testable import PolicyLint

/// What holds of every finding, whatever the file.
enum Places {
    /// Holds positions to the file, edits to its bytes, and sentences to their form.
    static func check(_ findings: [LintFinding], in bytes: [UInt8]) throws {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(\.count)
        for finding in findings {
            let position = finding.position
            try #require(position.line >= 1 && position.line <= lines.count, "\(finding.line)")
            try #require(
                position.column >= 1 && position.column <= lines[position.line - 1] + 1, "\(finding.line)")
            try #require(!finding.message.isEmpty && !finding.remedy.isEmpty, "\(finding.line)")
            try #require(!finding.message.hasSuffix(".") && !finding.remedy.hasSuffix("."), "\(finding.line)")
            let edits = finding.fix.sorted { $0.range.lowerBound < $1.range.lowerBound }
            for edit in edits { try #require(edit.range.upperBound <= bytes.count, "\(finding.line)") }
            for (left, right) in zip(edits, edits.dropFirst()) {
                try #require(left.range.upperBound <= right.range.lowerBound, "\(finding.line)")
            }
        }
        try #require(findings == findings.sorted())
    }
}
