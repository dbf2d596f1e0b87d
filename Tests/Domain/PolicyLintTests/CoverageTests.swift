import FoundationEssentials
import JSONText
import TestKit
import Testing

@testable import PolicyLint

/// The table of checks against the lists of two other linters, and against its own page.
@Suite struct CoverageTests {
    @Test(arguments: [("access-analyzer-checks.json", "AA:"), ("parliament-checks.json", "P:")])
    func everyPublishedCheckIsDoneOrHasAReason(file: String, prefix: String) throws {
        guard let bytes = try SharedData.bytes(of: "iam/" + file) else { return }
        let published = try CoverageTests.applicable(bytes).map { prefix + $0 }
        #expect(published.count >= 29)
        let done = Set(LintRule.all.flatMap(\.sources))
        let reasoned = CheckCoverage.notApplicable.flatMap(\.ids)
        #expect(Set(reasoned).count == reasoned.count)
        #expect(done.isDisjoint(with: reasoned), "\(done.intersection(reasoned))")
        let missing = published.filter { !done.contains($0) && !reasoned.contains($0) }
        #expect(missing.isEmpty, "neither done nor left out with a reason: \(missing)")
        let invented = (done.union(reasoned)).filter { $0.hasPrefix(prefix) }.subtracting(published)
        #expect(invented.isEmpty, "in no list: \(invented)")
    }

    private static func applicable(_ bytes: [UInt8]) throws -> [String] {
        guard case .object(let members) = try JSONText(parsing: bytes).root.value,
            case .array(let checks) = members.first(where: { $0.name == "checks" })?.node.value
        else { return [] }
        return checks.compactMap { check in
            guard case .object(let members) = check.value,
                case .bool(true) = members.first(where: { $0.name == "applies_to_dynamodb_or_sts" })?.node
                    .value,
                case .string(let id) = members.first(where: { $0.name == "id" })?.node.value
            else { return nil }
            return id
        }
    }

    /// `HOMEROOM_WRITE_CHECKS=1 swift test --filter CoverageTests` writes the page anew.
    @Test func thePageIsMadeFromTheTable() throws {
        let path = package + "/Policies/CHECKS.md"
        let wanted = ChecksPage.render()
        if ProcessInfo.processInfo.environment["HOMEROOM_WRITE_CHECKS"] != nil {
            try Data(wanted.utf8).write(to: URL(filePath: path))
        }
        let found = String(decoding: try read(path), as: UTF8.self)
        #expect(
            found == wanted,
            "Policies/CHECKS.md is not what the table says: run HOMEROOM_WRITE_CHECKS=1 swift test --filter CoverageTests"
        )
    }

    @Test func everyCheckHasItsSection() {
        let page = ChecksPage.render()
        for check in LintCheck.all { #expect(page.contains("\n## \(check.id)\n"), "\(check.page)") }
    }
}
