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

    @Test func shippedPoliciesAreLookedOverQuickly() throws {
        let linter = try linter()
        let files = try readAll(package + "/Policies")
        _ = linter.lint(files: files)
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<5 { _ = linter.lint(files: files) }
        let elapsed = start.duration(to: clock.now) / 5
        print("lint of the shipped policies: \(elapsed)")
        // Unoptimized and beside other work; optimized it is some milliseconds.
        #expect(elapsed < .seconds(2))
    }
}
