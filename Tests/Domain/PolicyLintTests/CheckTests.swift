import Policies
import Testing

@testable import PolicyLint

/// Every check finds its example where the example is marked, and says nothing of its neighbour.
@Suite struct CheckTests {
    @Test(arguments: LintCheck.all.map(\.id))
    func findsItsExampleAndSparesItsNeighbour(id: String) throws {
        let rule = LintRule.named(id)
        let linter = try linter()
        let found = rule.faulty.findings(linter)
        let own = found.filter { $0.check.id == id }
        #expect(own.count == 1, "found:\n\(found.map(\.line).joined(separator: "\n"))")
        if let marked = rule.faulty.marked, let first = own.first {
            #expect(first.file == marked.file)
            #expect(first.position == marked.position)
        } else {
            // An empty folder has no place to mark.
            #expect(id == "no-role")
        }
        let spared = rule.repaired.findings(linter)
        #expect(!spared.contains { $0.check.id == id }, "\(spared.map(\.line))")
        let grave = spared.filter { $0.check.severity < .warning }
        #expect(grave.isEmpty, "a repaired example has faults:\n\(grave.map(\.line).joined(separator: "\n"))")
    }

    @Test(arguments: LintCheck.all.filter(\.hasFix).map(\.id))
    func fixesItsExample(id: String) throws {
        let rule = LintRule.named(id)
        let linter = try linter()
        let own = rule.faulty.findings(linter).filter { $0.check.id == id }
        #expect(own.allSatisfy { !$0.fix.isEmpty })
        var files = rule.faulty.folder
        let before = files[rule.faulty.path] ?? []
        files[rule.faulty.path] = PolicyFixer.apply(own, to: before)
        let after = files[rule.faulty.path] ?? []
        let left =
            rule.faulty.isFolder
            ? linter.lint(files: files) : linter.lint(document: after, file: rule.faulty.path)
        #expect(!left.contains { $0.check.id == id }, "\(left.map(\.line))")
        // A scan that is shut out is said to be of no use: that is for a person to take away.
        let errors = left.filter { $0.check.severity == .error && $0.check.id != "key-without-action" }
        #expect(errors.isEmpty, "\(left.map(\.line))")
        guard !rule.faulty.isFolder else { return }
        try Decisions.compare(before, after, rule.fix, id)
    }

    @Test(arguments: LintCheck.all.filter { !$0.hasFix }.map(\.id))
    func offersNoFixWhereNoneIsSafe(id: String) throws {
        let found = LintRule.named(id).faulty.findings(try linter()).filter { $0.check.id == id }
        #expect(found.allSatisfy { $0.fix.isEmpty })
    }

    @Test func idsAreUniqueAndEveryProblemOfTheReaderHasACheck() {
        let ids = LintCheck.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        for kind in PolicyProblemKind.allCases {
            #expect(ids.contains(kind.rawValue))
            #expect(LintRule.named(kind.rawValue).check.severity == .error)
        }
        for rule in LintRule.all {
            #expect(rule.check.id.allSatisfy { $0.isLowercase || $0 == "-" })
            #expect(rule.check.why.hasSuffix("."), "\(rule.check.id)")
            #expect(!rule.check.title.hasSuffix("."), "\(rule.check.id)")
        }
    }
}
