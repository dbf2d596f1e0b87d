import JSONText
import PolicyLint

/// The fixes of findings, put into files.
public struct LintFixes: Sendable {
    /// A file that comes out otherwise.
    public struct Change: Sendable {
        /// Its path, as the findings name it.
        public let file: String
        /// What was in it.
        public let before: [UInt8]
        /// What is to be in it.
        public let after: [UInt8]
        /// The findings that are gone by it.
        public let fixed: [LintFinding]
    }

    /// By file.
    public let changes: [Change]

    /// The fixes of these findings in these files. Of fixes that touch the same bytes the first one is taken; what would no
    /// longer be JSON is left as it is.
    public init(of findings: [LintFinding], in files: [String: [UInt8]]) {
        var changes: [Change] = []
        for (file, bytes) in files.sorted(by: { $0.key < $1.key }) {
            let fixable = findings.filter { $0.file == file && !$0.fix.isEmpty }
            guard !fixable.isEmpty else { continue }
            var edits: [TextEdit] = []
            var fixed: [LintFinding] = []
            for finding in fixable.sorted() where LintFixes.fits(finding.fix, beside: edits, in: bytes) {
                edits += finding.fix.filter { !edits.contains($0) }
                fixed.append(finding)
            }
            let after = LintFixes.applying(edits, to: bytes)
            guard after != bytes, LintFixes.isJSON(after) else { continue }
            changes.append(Change(file: file, before: bytes, after: after, fixed: fixed))
        }
        self.changes = changes
    }

    private static func fits(_ fix: [TextEdit], beside edits: [TextEdit], in bytes: [UInt8]) -> Bool {
        fix.allSatisfy { edit in
            edit.range.upperBound <= bytes.count
                && edits.allSatisfy { other in other == edit || !touches(edit.range, other.range) }
        }
    }

    /// Ranges that share a byte or begin at the same place: then their order would matter.
    private static func touches(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.overlaps(right) || left.lowerBound == right.lowerBound
            || (left.isEmpty && right.contains(left.lowerBound))
            || (right.isEmpty && left.contains(right.lowerBound))
    }

    private static func applying(_ edits: [TextEdit], to bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            result.replaceSubrange(edit.range, with: Array(edit.replacement.utf8))
        }
        return result
    }

    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        do throws(JSONTextError) {
            _ = try JSONText(parsing: bytes)
            return true
        } catch { return false }
    }
}

extension LintFixes.Change {
    /// What changes, by lines, as `diff` lists it: `@@ line N`, lines that go behind `-`, lines that come behind `+`.
    public var listing: [String] {
        let old = lines(before)
        let new = lines(after)
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var listing: [String] = []
        var (oldLine, newLine) = (0, 0)
        var isOpen = false
        while oldLine < old.count || newLine < new.count {
            let goes = removed.contains(oldLine)
            let comes = inserted.contains(newLine)
            if goes || comes, !isOpen { listing.append("@@ line \(oldLine + 1)") }
            isOpen = goes || comes
            if goes {
                listing.append("-\(old[oldLine])")
                oldLine += 1
            } else if comes {
                listing.append("+\(new[newLine])")
                newLine += 1
            } else {
                oldLine += 1
                newLine += 1
            }
        }
        return listing
    }

    private func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
