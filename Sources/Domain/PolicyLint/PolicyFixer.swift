import Base

/// Carries out the fixes of findings.
public enum PolicyFixer {
    /// A file with the fixes of its findings applied.
    ///
    /// Of fixes that touch the same bytes only the first is applied; looking the result over again finds the
    /// others.
    /// - Parameter findings: of this file; those without a fix are passed over.
    public static func apply(_ findings: some Sequence<LintFinding>, to bytes: [UInt8]) -> [UInt8] {
        var taken: [TextEdit] = []
        for finding in findings.sorted() where !finding.fix.isEmpty {
            // One `Null` serves several conditions.
            let edits = finding.fix.filter { !taken.contains($0) }
            guard edits.allSatisfy({ edit in !taken.contains { touches($0, edit) } }) else { continue }
            taken += edits
        }
        taken.sort { $0.range.lowerBound < $1.range.lowerBound }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var offset = 0
        for edit in taken {
            precondition(edit.range.upperBound <= bytes.count, "an edit behind the end of the file")
            result += bytes[offset..<edit.range.lowerBound]
            result += Array(edit.replacement.utf8)
            offset = edit.range.upperBound
        }
        result += bytes[offset...]
        return result
    }

    private static func touches(_ left: TextEdit, _ right: TextEdit) -> Bool {
        let (left, right) = (left.range, right.range)
        // Two insertions at one place touch too: their order would be chance.
        return left.overlaps(right) || left.lowerBound == right.lowerBound
            || (left.isEmpty && right.contains(left.lowerBound))
            || (right.isEmpty && left.contains(right.lowerBound))
    }
}

extension PolicyLinter {
    /// A folder with every safe fix applied: looked over and fixed until nothing changes, at most
    /// `Limits.lintFixPassesMax` times.
    /// - Returns: the files that changed, by path.
    public func fixed(files: [String: [UInt8]]) -> [String: [UInt8]] {
        var current = files
        var changed: Set<String> = []
        for _ in 0..<Limits.lintFixPassesMax {
            let before = changed.count
            var isDone = true
            for (path, findings) in Dictionary(grouping: lint(files: current), by: \.file) {
                guard let bytes = current[path] else { continue }
                let result = PolicyFixer.apply(findings, to: bytes)
                guard result != bytes else { continue }
                current[path] = result
                changed.insert(path)
                isDone = false
            }
            if isDone, before == changed.count { break }
        }
        return current.filter { changed.contains($0.key) }
    }

    /// One document with every safe fix applied.
    public func fixed(document bytes: [UInt8], file: String) -> [UInt8] {
        var current = bytes
        for _ in 0..<Limits.lintFixPassesMax {
            let result = PolicyFixer.apply(lint(document: current, file: file), to: current)
            if result == current { break }
            current = result
        }
        return current
    }
}
