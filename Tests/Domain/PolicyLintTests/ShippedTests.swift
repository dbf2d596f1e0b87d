import Policies
import Testing

@testable import PolicyLint

/// The policies that ship have nothing to be told about, and are looked over quickly.
@Suite struct ShippedTests {
    @Test func shippedPoliciesHaveNoFindings() throws {
        let found = try linter().lint(files: readAll(package + "/Policies"))
        #expect(found.filter { $0.check.severity < .suggestion }.map(\.line) == [])
        #expect(found.map(\.line) == [])
    }

    @Test func shippedPoliciesHaveNoFindingsWithoutACatalog() throws {
        let found = PolicyLinter(catalog: nil).lint(files: try readAll(package + "/Policies"))
        #expect(found.map(\.line) == [])
    }
}
