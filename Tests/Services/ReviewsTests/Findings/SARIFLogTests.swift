import Base
import JSONText
import Policies
import PolicyLint
import Testing

@testable import Reviews

@Suite struct SARIFLogTests {
    private static let rule = ReviewRule(
        id: "a-rule", level: .warning, title: "A rule", why: "It matters.", page: "Policies/CHECKS.md#a-rule",
        isSecurity: true)
    private static let files = PolicyFiles(files: [
        "policies/a b.json": Array("{\n  \"ä\": 1, \"x\": 2,\n  \"y\": 3\n}\n".utf8)
    ])

    private static func finding(_ line: Int, _ column: Int, _ message: String = "found", fix: [TextEdit] = [])
        -> ReviewFinding
    {
        ReviewFinding(
            rule, file: "policies/a b.json", position: TextPosition(line: line, column: column),
            message: message, fix: fix)
    }

    private func run(
        _ findings: [ReviewFinding], folder: String = "Policies", files: PolicyFiles = SARIFLogTests.files
    ) throws -> JSONText.Node {
        let log = SARIFLog(files: files, folder: folder, version: "1.2.3").text(
            findings, rules: [SARIFLogTests.rule])
        let root = try JSONText(parsing: log).root
        #expect(root["version"]?.text == "2.1.0")
        return try #require(root["runs"]?[0])
    }

    private func fingerprint(_ result: JSONText.Node?) throws -> String {
        try #require(result?["partialFingerprints"]?["homeroomFinding/v1"]?.text)
    }

    @Test func listsRulesAlsoWhereNothingWasFound() throws {
        let run = try run([])
        let driver = try #require(run["tool"]?["driver"])
        #expect(driver["semanticVersion"]?.text == "1.2.3")
        #expect(driver["rules"]?[0]?["id"]?.text == "a-rule")
        #expect(driver["rules"]?[0]?["defaultConfiguration"]?["level"]?.text == "warning")
        #expect(
            driver["rules"]?[0]?["help"]?["text"]?.text
                == "It matters. See Policies/CHECKS.md#a-rule, or `homeroom policy checks a-rule`.")
        #expect(run["results"]?.count == 0)
        #expect(run["invocations"]?[0]?["executionSuccessful"]?.flag == true)
    }

    @Test func givesPlacesInCodePointsAndPathsAsURIs() throws {
        let result = try #require(try run([SARIFLogTests.finding(2, 12)])["results"]?[0])
        let place = try #require(result["locations"]?[0]?["physicalLocation"])
        #expect(place["artifactLocation"]?["uri"]?.text == "Policies/policies/a%20b.json")
        #expect(place["region"]?["startLine"]?.number == "2")
        #expect(place["region"]?["startColumn"]?.number == "11")
        #expect(result["ruleIndex"]?.number == "0")
    }

    @Test(arguments: [
        ("./Policies/", "Policies/policies/a%20b.json"), (".", "policies/a%20b.json"),
        ("", "policies/a%20b.json"), ("/x:y", "file:///x%3Ay/policies/a%20b.json"),
    ])
    func namesFilesAsTheRepositoryDoes(folder: String, uri: String) throws {
        let result = try run([SARIFLogTests.finding(1, 1)], folder: folder)["results"]?[0]
        #expect(
            result?["locations"]?[0]?["physicalLocation"]?["artifactLocation"]?["uri"]?.text == uri)
    }

    @Test func fingerprintsStayWhenLinesMoveAndTellFindingsApart() throws {
        let findings = [SARIFLogTests.finding(2, 3), SARIFLogTests.finding(3, 3)]
        let before = try run(findings)["results"]
        let moved = PolicyFiles(files: [
            "policies/a b.json": Array("{\n\n\n    \"ä\": 1, \"x\": 2,\n  \"y\": 3\n}\n".utf8)
        ])
        let after = try run(
            [SARIFLogTests.finding(4, 5), SARIFLogTests.finding(5, 3)], files: moved)["results"]
        #expect(try fingerprint(before?[0]) == fingerprint(after?[0]))
        #expect(try fingerprint(before?[1]) == fingerprint(after?[1]))
        #expect(try fingerprint(before?[0]) != fingerprint(before?[1]))
        let twice = try run([SARIFLogTests.finding(2, 3), SARIFLogTests.finding(2, 12)])["results"]
        #expect(try fingerprint(twice?[0]) != fingerprint(twice?[1]))
    }

    @Test func fixesReplaceRegions() throws {
        let fix = [TextEdit(range: 4..<6, replacement: "z")]
        let change = try #require(
            try run([SARIFLogTests.finding(2, 3, fix: fix)])["results"]?[0]?["fixes"]?[0]?[
                "artifactChanges"]?[0])
        let replacement = try #require(change["replacements"]?[0])
        #expect(replacement["deletedRegion"]?["startLine"]?.number == "2")
        #expect(replacement["deletedRegion"]?["startColumn"]?.number == "3")
        #expect(replacement["deletedRegion"]?["endColumn"]?.number == "5")
        #expect(replacement["insertedContent"]?["text"]?.text == "z")
    }

    @Test func aRunThatFailedSaysWhy() throws {
        let problem = PolicyProblem(
            file: "roles/x.json", position: TextPosition(line: 3, column: 4), message: "wrong",
            remedy: "right it")
        let log = SARIFLog(files: PolicyFiles(files: [:]), version: "1.2.3").text(
            failure: "cannot be read", problems: [problem])
        let invocation = try #require(
            try JSONText(parsing: log).root["runs"]?[0]?["invocations"]?[0])
        #expect(invocation["executionSuccessful"]?.flag == false)
        let note = try #require(invocation["toolExecutionNotifications"]?[0])
        #expect(note["message"]?["text"]?.text == "wrong; right it")
        #expect(note["locations"]?[0]?["physicalLocation"]?["region"]?["startLine"]?.number == "3")
        let alone = SARIFLog(files: PolicyFiles(files: [:]), version: "1.2.3").text(
            failure: "no folder", problems: [])
        #expect(
            try JSONText(parsing: alone).root["runs"]?[0]?["invocations"]?[0]?["toolExecutionNotifications"]?[
                0]?[
                    "message"]?["text"]?.text == "no folder")
    }
}
