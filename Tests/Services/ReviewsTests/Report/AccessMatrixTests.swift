import Base
import Policies
import TestKit
import Testing

@testable import Reviews

@Suite struct AccessMatrixTests {
    private typealias Level = AccessMatrix.Level

    private static func levels(
        _ statements: String, boundary: String? = nil, table: String? = "student-table", index: String? = nil
    ) throws -> [AccessMatrix.Column: Level] {
        let files = AuditSamples.folder(statements: statements, boundary: boundary)
        let policies = try PolicyCatalog.load(files: files.files)
        let matrix = AccessMatrix(catalog: try AuditSamples.catalog())
        let role = try #require(policies.roles["sample"]).policies
        return Dictionary(
            uniqueKeysWithValues: AccessMatrix.Column.allCases.map {
                ($0, matrix.level(of: role, .init(table: table, index: index), $0))
            })
    }

    private static func allow(_ action: String, _ more: String = #""Resource": "*""#) -> String {
        #"{"Effect": "Allow", "Action": "\#(action)", \#(more)}"#
    }

    private static func deny(_ action: String, _ more: String = #""Resource": "*""#) -> String {
        #"{"Effect": "Deny", "Action": "\#(action)", \#(more)}"#
    }

    @Test func tellsEveryLevelApart() throws {
        let levels = try AccessMatrixTests.levels(
            [
                AccessMatrixTests.allow("dynamodb:PutItem"),
                AccessMatrixTests.allow(
                    "dynamodb:GetItem",
                    #""Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#),
                AccessMatrixTests.deny("dynamodb:Scan"), AccessMatrixTests.deny("dynamodb:PartiQLSelect"),
            ].joined(separator: ","))
        #expect(levels[.write] == .full)
        #expect(levels[.read] == .limited)
        #expect(levels[.scan] == .never)
        #expect(levels[.delete] == .no)
    }

    @Test(arguments: [
        (#""Null": {"dynamodb:LeadingKeys": "false"}"#, Level.no),
        (#""ForAllValues:StringLike": {"dynamodb:LeadingKeys": "x"}"#, .full),
        (#""StringLike": {"dynamodb:LeadingKeys": "x"}"#, .no),
        (#""Bool": {"dynamodb:FullTableScan": "false"}"#, .no),
        (#""Bool": {"dynamodb:FullTableScan": "true"}"#, .full),
        (#""Bool": {"aws:SecureTransport": "true"}"#, .limited),
    ]) func aSelectWithoutAKeyIsAScan(condition: String, expected: AccessMatrix.Level) throws {
        let statement = AccessMatrixTests.allow(
            "dynamodb:PartiQLSelect", #""Resource": "*", "Condition": {\#(condition)}"#)
        #expect(try AccessMatrixTests.levels(statement)[.scan] == expected)
    }

    @Test(arguments: [
        ("arn:aws:dynamodb:*:*:table/student-table", Level.full, Level.no, Level.no),
        ("arn:aws:dynamodb:*:*:table/student-table/index/teacher-index", .no, .full, .no),
        ("arn:aws:dynamodb:*:*:table/student-table/*", .no, .full, .full),
        ("arn:aws:dynamodb:*:*:table/*", .full, .full, .full),
        ("arn:aws:dynamodb:*:*:table/student*", .full, .full, .full),
        ("arn:aws:dynamodb:*:*:table/school-table", .no, .no, .no),
        ("arn:aws:dynamodb:*:*:table/registry", .no, .no, .full),
        ("arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/tier}", .limited, .limited, .limited),
        ("arn:aws:dynamodb:*:table/student-table", .no, .no, .no),
        ("arn:aws:s3:*:*:table/student-table", .no, .no, .no),
    ]) func resourcesAreMatchedAsTheEvaluatorDoes(
        arn: String, table: AccessMatrix.Level, index: AccessMatrix.Level, other: AccessMatrix.Level
    ) throws {
        let statement = AccessMatrixTests.allow("dynamodb:Query", #""Resource": "\#(arn)""#)
        #expect(try AccessMatrixTests.levels(statement)[.read] == table)
        #expect(try AccessMatrixTests.levels(statement, index: "teacher-index")[.read] == index)
        #expect(try AccessMatrixTests.levels(statement, table: nil)[.read] == other)
    }

    @Test func streamsAndBackupsHaveArnsOfTheirOwn() throws {
        let own = AccessMatrixTests.allow(
            "dynamodb:*", #""Resource": "arn:aws:dynamodb:*:*:table/student-table/stream/2026""#)
        let levels = try AccessMatrixTests.levels(own)
        #expect(levels[.stream] == .full)
        #expect(levels[.read] == .no)
        #expect(levels[.copy] == .no)
    }

    @Test func anIndexHasNoWritesOfItsOwn() throws {
        let levels = try AccessMatrixTests.levels(
            AccessMatrixTests.allow("dynamodb:*"), index: "teacher-index")
        #expect(levels[.write] == .notApplicable)
        #expect(levels[.stream] == .notApplicable)
        #expect(levels[.read] == .full)
    }

    @Test func aBoundaryLimits() throws {
        let all = AccessMatrixTests.allow("dynamodb:*")
        let levels = try AccessMatrixTests.levels(all, boundary: AccessMatrixTests.allow("dynamodb:GetItem"))
        #expect(levels[.read] == .full)
        #expect(levels[.write] == .no)
    }

    @Test func aDenyThatMayApplyLeavesLimitedAccess() throws {
        let statements = [
            AccessMatrixTests.allow("dynamodb:GetItem"),
            AccessMatrixTests.deny(
                "dynamodb:GetItem",
                #""Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#),
        ].joined(separator: ",")
        #expect(try AccessMatrixTests.levels(statements)[.read] == .limited)
    }

    @Test func everyActionOnTablesHasItsColumn() {
        for action in PolicyAction.allCases where action.name.hasPrefix("dynamodb:") {
            #expect(AccessQuestion.all.contains { $0.action == action }, "\(action.name)")
        }
        #expect(AccessQuestion.all.filter { $0.action == .partiQLSelect }.map(\.isFullScan) == [false, true])
    }

    /// No cell says less than the policies that ship allow: every case that is allowed stands in a cell that says so.
    @Test func shippedCasesAgreeWithTheMatrix() throws {
        let files = try AuditSamples.shipped()
        let catalog = try AuditSamples.catalog()
        let review = PolicyReview(files: files, catalog: catalog, clock: SystemClock())
        let policies = try review.load()
        let matrix = AccessMatrix(catalog: catalog)
        var seen = 0
        for result in try review.test() {
            let request = result.decisionCase.request
            guard let role = policies.roles[result.decisionCase.role], let explanation = result.explanation,
                let row = matrix.rows.first(where: { row in
                    let index = row.index.map { "/index/\($0)" } ?? ""
                    return request.resource.text.hasSuffix(":table/\(row.table ?? "?")\(index)")
                })
            else { continue }
            let isFullScan = request.context.texts(of: try #require(.init(.fullTableScan))) == ["true"]
            for question in AccessQuestion.all
            where question.action == request.action && question.isFullScan == isFullScan {
                let level = matrix.level(of: role.policies, row, question.column)
                if explanation.decision.isAllowed {
                    #expect(level >= .limited, "\(result.decisionCase.name)")
                }
                if level == .never { #expect(!explanation.decision.isAllowed, "\(result.decisionCase.name)") }
                seen += 1
            }
        }
        #expect(seen > 300)
    }

    private static let arns = [
        "*", "arn:aws:dynamodb:*:*:*", "arn:aws:dynamodb:*:*:table/*",
        "arn:aws:dynamodb:*:*:table/student-table",
        "arn:aws:dynamodb:*:*:table/student-table/*", "arn:aws:dynamodb:*:*:table/student-*",
        "arn:aws:dynamodb:us-east-1:*:table/s*e", "arn:aws:dynamodb:*:*:table/*/index/*",
        "arn:aws:dynamodb:*:*:table/student-table/index/teacher-inde?", "arn:*:*:*:*:table/school-table",
        "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/school_id}", "arn:aws:dynamodb:*:table/x",
        "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/tier, 'student-table'}",
    ]
    private static let conditions = [
        "", #""Null": {"dynamodb:LeadingKeys": "false"}"#, #""Null": {"dynamodb:LeadingKeys": "true"}"#,
        #""ForAllValues:StringLike": {"dynamodb:LeadingKeys": "k*"}"#,
        #""ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "k*"}"#,
        #""StringNotLike": {"dynamodb:LeadingKeys": "k*"}"#,
        #""Bool": {"dynamodb:FullTableScan": "true"}"#,
        #""BoolIfExists": {"dynamodb:FullTableScan": "false"}"#,
        #""Null": {"dynamodb:FullTableScan": "true"}"#,
        #""StringEquals": {"aws:PrincipalTag/school_id": "s1"}"#,
        #""Null": {"aws:PrincipalTag/tier": ["true", "false"]}"#,
    ]

    private static func randomStatement(_ random: inout some RandomNumberGenerator) -> String {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
        let actions = pick([
            #""Action": "dynamodb:*""#, #""Action": "dynamodb:Get*""#,
            #""Action": ["dynamodb:Query", "dynamodb:Scan"]"#, #""Action": "dynamodb:PartiQL*""#,
            #""NotAction": "dynamodb:PutItem""#,
        ])
        let resource = #""\#(pick(["Resource", "Resource", "NotResource"]))": "\#(pick(arns))""#
        return
            #"{"Effect": "\#(pick(["Allow", "Allow", "Deny"]))", \#(actions), \#(resource), "Condition": {\#(pick(conditions))}}"#
    }

    /// What random policies allow is never missing from the matrix, and what it calls never is never allowed.
    @Test func fuzzedPoliciesAllowNoMoreThanTheMatrixSays() throws {
        let matrix = AccessMatrix(catalog: try AuditSamples.catalog())
        try Fuzzer("access matrix", rounds: 100, accepting: 0.05...0.95).runParser { random in
            var random = random
            let statements = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                AccessMatrixTests.randomStatement(&random)
            }
            let files = AuditSamples.folder(
                statements: statements.joined(separator: ","),
                boundary: Bool.random(using: &random) ? nil : AccessMatrixTests.randomStatement(&random))
            let role = try #require(try PolicyCatalog.load(files: files.files).roles["sample"]).policies
            var isAllowedOnce = false
            for row in matrix.rows {
                let levels = Dictionary(
                    uniqueKeysWithValues: AccessMatrix.Column.allCases.map {
                        ($0, matrix.level(of: role, row, $0))
                    })
                for question in AccessQuestion.all
                where question.action.resourceKinds.contains(row.index == nil ? .table : .index) {
                    let allowed = try AccessMatrixTests.isAllowed(role, question, row, &random)
                    isAllowedOnce = isAllowedOnce || allowed
                    try #require(!allowed || (levels[question.column] ?? .no) >= .limited)
                }
            }
            return isAllowedOnce ? .accepted : .refused
        }
    }

    /// Asks the evaluator for one request of the kind.
    private static func isAllowed(
        _ role: CompiledPolicySet, _ question: AccessQuestion, _ row: AccessMatrix.Row,
        _ random: inout some RandomNumberGenerator
    ) throws -> Bool {
        let tags: [(name: String, value: String)] =
            Bool.random(using: &random)
            ? [] : [("school_id", ["s1", "student-table"].randomElement(using: &random) ?? "")]
        let table = row.table ?? "registry"
        let resource =
            row.index.map {
                PolicyResource(index: $0, ofTable: table, region: "us-east-1", account: "000000000000")
            } ?? PolicyResource(table: table, region: "us-east-1", account: "000000000000")
        var request = DecisionRequest(question.action, on: resource, by: try PrincipalAttributes(tags: tags))
        if question.action.isKeyed, !question.isFullScan {
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                request.context.append(Bool.random(using: &random) ? "k1" : "z1", to: .leadingKeys)
            }
        }
        if question.action == .partiQLSelect {
            request.context.append(question.isFullScan, to: .fullTableScan)
        }
        return role.decide(request).isAllowed
    }
}
