import Base
import JSONText
import Policies
import PolicyLint
import Proofs
import Testing

@testable import Reviews

@Suite struct ReportTests {
    private func node(_ write: (inout JSONWriter) -> Void) throws -> JSONText.Node {
        var json = JSONWriter()
        write(&json)
        return try JSONText(parsing: json.bytes).root
    }

    private static func finding(_ severity: LintSeverity) -> LintFinding {
        LintFinding(
            LintCheck(id: severity.rawValue, severity: severity, title: "t", why: "w"),
            file: "policies/a.json",
            position: TextPosition(line: 2, column: 3), message: "m", remedy: "r")
    }

    @Test(arguments: zip(LintSeverity.allCases, [false, false, false, true]))
    func suggestionsAloneAreClean(severity: LintSeverity, isClean: Bool) {
        let report = LintReport(findings: [ReportTests.finding(severity)], filesCount: 1)
        #expect(report.isClean() == isClean)
        #expect(!report.isClean(from: .suggestion))
        #expect(report.isClean(from: .error) == (severity != .error))
    }

    @Test(arguments: zip(LintSeverity.allCases, [ReviewRule.Level.error, .warning, .warning, .note]))
    func severitiesBecomeLevels(severity: LintSeverity, level: ReviewRule.Level) {
        let rule = ReviewFinding(ReportTests.finding(severity)).rule
        #expect(rule.level == level)
        #expect(rule.isSecurity == (severity == .securityWarning))
        #expect(rule.page == "Policies/CHECKS.md#\(severity.rawValue)")
    }

    @Test func lintSaysAllOfAFinding() throws {
        let report = LintReport(findings: [ReportTests.finding(.error)], filesCount: 4)
        let node = try node(report.write)
        #expect(node["isClean"]?.flag == false)
        #expect(node["files"]?.number == "4")
        #expect(node["counts"]?["error"]?.number == "1")
        #expect(node["counts"]?["security-warning"]?.number == "0")
        let finding = try #require(node["findings"]?[0])
        #expect(finding["line"]?.number == "2")
        #expect(finding["column"]?.number == "3")
        #expect(finding["message"]?.text == "m")
        #expect(finding["why"]?.text == "w")
        #expect(finding["remedy"]?.text == "r")
        #expect(finding["link"]?.text == "Policies/CHECKS.md#error")
    }

    @Test func casesAreCountedByRoleAndExplainedWhereTheyFail() throws {
        let policies = try PolicyCatalog.load(files: ReviewSamples.files)
        let results = try DecisionCase.parse(
            Array(
                """
                {"role": "reader", "tags": {"school_id": "s1"}, "cases": [
                  {"name": "own", "action": "dynamodb:GetItem", "table": "t",
                   "context": {"dynamodb:LeadingKeys": ["s1"]}, "expect": "Allow"},
                  {"name": "other", "action": "dynamodb:GetItem", "table": "t",
                   "context": {"dynamodb:LeadingKeys": ["s2"]}, "expect": "Allow"}]}
                """.utf8), file: "cases/reader.json"
        ).map { $0.run(on: policies) }
        let report = CaseReport(results: results)
        #expect(report.failed.map(\.decisionCase.name) == ["other"])
        #expect(report.roles.map { "\($0.name) \($0.passed) \($0.failed)" } == ["reader 1 1"])
        let finding = try #require(report.reviewFindings.first)
        #expect(finding.position.line == 4)
        #expect(finding.message == "`other`: expected Allow, found Deny(implicit)")
        let node = try node(report.write)
        #expect(node["cases"]?[0]?["explanation"] == nil)
        let statement = try #require(node["cases"]?[1]?["explanation"]?["statements"]?[0])
        #expect(statement["outcome"]?.text == "condition")
        #expect(statement["wanted"]?[0]?.text == "${aws:PrincipalTag/school_id}")
        #expect(statement["found"]?[0]?.text == "s2")
    }
}

/// A small folder that can be read.
enum ReviewSamples {
    static let files: [String: [UInt8]] = [
        "roles/reader.json": Array(
            """
            {"name": "reader", "description": "Reads.", "policies": ["read.json"],
             "trust": {"conditions": {"StringEquals": {"homeroom:role": "reader"}}}}
            """.utf8),
        "policies/read.json": Array(
            """
            {"Version": "2012-10-17", "Statement": [
              {"Sid": "Read", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
               "Resource": "arn:aws:dynamodb:*:*:table/t",
               "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/school_id}"}}},
              {"Sid": "NoCount", "Effect": "Deny", "Action": "dynamodb:Query", "Resource": "*",
               "Condition": {"StringEquals": {"dynamodb:Select": "COUNT"}}}]}
            """.utf8),
    ]
}
