import PolicyLint

/// What the fixes of findings make of files.
public struct LintFixes: Sendable {
    /// A file that comes out otherwise.
    public struct Change: Sendable {
        /// Its path, as the findings name it.
        public let file: String
        /// What was in it.
        public let before: [UInt8]
        /// What is to be in it.
        public let after: [UInt8]
        /// The findings whose fixes were carried out.
        public let fixed: [LintFinding]

        /// A change.
        public init(file: String, before: [UInt8], after: [UInt8], fixed: [LintFinding]) {
            self.file = file
            self.before = before
            self.after = after
            self.fixed = fixed
        }
    }

    /// By file.
    public let changes: [Change]

    /// What changed.
    /// - Parameters:
    ///   - before: all files.
    ///   - after: those that come out otherwise.
    ///   - findings: what was found in the files as they were.
    public init(before: [String: [UInt8]], after: [String: [UInt8]], findings: [LintFinding]) {
        changes = after.sorted { $0.key < $1.key }.compactMap { file, bytes in
            guard let old = before[file], old != bytes else { return nil }
            return Change(
                file: file, before: old, after: bytes,
                fixed: findings.filter { $0.file == file && !$0.fix.isEmpty })
        }
    }

    /// How many findings were put right.
    public var count: Int { changes.reduce(0) { $0 + $1.fixed.count } }
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
