import Base
import JSONText
import Testing

@testable import Policies

/// The policies that ship, by the cases that ship with them.
@Suite struct ShippedPolicyTests {
    static let roles = ["district-admin", "parent", "school-admin", "service", "student", "teacher"]

    static func catalog() throws -> PolicyCatalog {
        try PolicyCatalog.load(files: TestFiles.readAll(TestFiles.package + "/Policies"))
    }

    @Test func everyRoleIsThereWithAllItsPolicies() throws {
        let catalog = try ShippedPolicyTests.catalog()
        #expect(Set(catalog.roles.keys) == Set(ShippedPolicyTests.roles + ["operator"]))
        let used = Set(catalog.roles.values.flatMap { $0.definition.policies.map(\.value) })
        #expect(used == Set(catalog.documents.keys))
    }

    @Test(arguments: roles) func decidesEveryCaseAsItSays(role: String) throws {
        let catalog = try ShippedPolicyTests.catalog()
        let path = TestFiles.package + "/Policies/cases/\(role).json"
        let cases = try DecisionCase.parse(TestFiles.read(path), file: "cases/\(role).json")
        #expect(cases.count >= 50)
        for one in cases {
            #expect(one.role == role)
            let result = one.run(on: catalog)
            if let failure = result.failure {
                Issue.record(
                    "\(one.file):\(one.position.line) \(one.name): \(failure)\n\(result.explanation?.description ?? "")"
                )
            }
            #expect(result.explanation?.decision == catalog.roles[role]?.policies.decide(one.request))
        }
    }

    @Test func operatorsDecideEveryCaseAsItSays() throws {
        let path = TestFiles.package + "/Policies/cases/operator.json"
        for one in try DecisionCase.parse(TestFiles.read(path), file: "cases/operator.json") {
            #expect(one.run(on: try ShippedPolicyTests.catalog()).failure == nil)
        }
    }

    /// Every action that the reference knows, by every tenant's role, on another's key: none is allowed that reaches
    /// items.
    @Test(arguments: roles) func noActionReachesAnotherSchool(role: String) throws {
        let policies = try #require(try ShippedPolicyTests.catalog().roles[role]).policies
        let tags = [("tenant_id", "t00000000000abc1"), ("school_id", "s00000000000def2"), ("role", role)]
        let principal = try PrincipalAttributes(tags: tags)
        let foreign = [
            "t00000000000abc9", "TENANT#s00000000000def9#STUDENT#1", "TENANT#", "", "s00000000000def2",
        ]
        let resources = ["school-table", "student-table"].flatMap { table in
            [PolicyResource(table: table, region: "r", account: "a")]
                + ["entity-type-index", "teacher-index", "other"].map {
                    PolicyResource(index: $0, ofTable: table, region: "r", account: "a")
                }
        }
        let harmless: Set<PolicyAction> = [
            .describeTable, .listTables, .describeTimeToLive, .describeContinuousBackups, .listTagsOfResource,
            .describeLimits, .describeEndpoints,
        ]
        for action in PolicyAction.allCases where !harmless.contains(action) {
            for resource in resources {
                for key in foreign {
                    var request = DecisionRequest(action, on: resource, by: principal)
                    if action.isKeyed { request.context.append(key, to: .leadingKeys) }
                    guard policies.decide(request).isAllowed else { continue }
                    Issue.record("\(action.name) on \(resource.text) with `\(key)`")
                }
            }
        }
    }

    /// Every action that the reference knows, by the roles that read one student's record, on what is another's of the same school;
    /// and on anything by a session of nobody's.
    @Test(arguments: ["student", "parent"]) func noActionReachesAnotherStudent(role: String) throws {
        let policies = try #require(try ShippedPolicyTests.catalog().roles[role]).policies
        let school = [("tenant_id", "t00000000000abc1"), ("school_id", "s00000000000def2"), ("role", role)]
        let own = "TENANT#s00000000000def2#STUDENT#7"
        let foreign =
            ["", "8", "77", "7#1", "*", "?", "${*}"].map { "TENANT#s00000000000def2#STUDENT#" + $0 }
            + ["TENANT#s00000000000def2#TEACHER#7", "TENANT#s00000000000def2#", "TENANT#7", own.lowercased()]
        let table = PolicyResource(table: "student-table", region: "r", account: "a")
        let index = PolicyResource(
            index: "teacher-index", ofTable: "student-table", region: "r", account: "a")
        for (tags, keys) in [(school + [("student_id", "7")], foreign), (school, foreign + [own])] {
            let principal = try PrincipalAttributes(tags: tags)
            for action in PolicyAction.allCases where action.isKeyed {
                for (resource, key) in keys.map({ (table, $0) }) + (keys + [own]).map({ (index, $0) }) {
                    var request = DecisionRequest(action, on: resource, by: principal)
                    request.context.append(key, to: .leadingKeys)
                    #expect(!policies.decide(request).isAllowed, "\(action.name) `\(key)` \(tags.count)")
                }
            }
        }
        var request = DecisionRequest(
            .getItem, on: table, by: try PrincipalAttributes(tags: school + [("student_id", "7")]))
        request.context.append(own, to: .leadingKeys)
        #expect(policies.decide(request).isAllowed)
    }

    /// The policy that opens everything, kept to prove that the second wall behind the policies stands.
    @Test func faultyPolicyOpensEverything() throws {
        var files = try TestFiles.readAll(TestFiles.package + "/Policies")
        let fixtures = TestFiles.package + "/Tests/Fixtures/FaultyPolicies"
        files["policies/faulty-open.json"] = try TestFiles.read(fixtures + "/policies/faulty-open.json")
        files["roles/faulty.json"] = try TestFiles.read(fixtures + "/roles/faulty.json")
        let policies = try #require(try PolicyCatalog.load(files: files).roles["faulty"]).policies
        let foreign = try request(
            .getItem, tags: ["school_id": "s1"], [("dynamodb:LeadingKeys", "TENANT#s2#STUDENT#1")],
            isGiven: false)
        #expect(policies.decide(foreign).isAllowed)
        #expect(policies.decide(try request(.scan, isGiven: false)).isAllowed)
        let teacher = try #require(try ShippedPolicyTests.catalog().roles["teacher"]).policies
        #expect(teacher.decide(foreign) == .implicitDeny(.role))
    }
}

@Suite struct DecisionCaseTests {
    private static func problems(_ text: String) -> [String] {
        do throws(PolicyProblems) {
            _ = try DecisionCase.parse(Array(text.utf8), file: "c.json")
            return []
        } catch { return error.problems.map(\.description) }
    }

    @Test(arguments: [
        ("{\"role\": \"r\"}", "c.json:1:1: the file has no `cases`; add it"),
        ("{\"role\": \"r\", \"cases\": []}", "c.json:1:24: `cases` holds no case; write a list of cases"),
        (
            "{\"role\": \"r\", \"cases\": [{\"name\": \"n\", \"action\": \"dynamodb:Gettem\", \"expect\": \"Allow\"}]}",
            "c.json:1:49: `dynamodb:Gettem` is no known action; did you mean `dynamodb:GetItem`?"
        ),
        (
            "{\"role\": \"r\", \"cases\": [{\"name\": \"n\", \"action\": \"dynamodb:Scan\", \"expect\": \"Deny\"}]}",
            "c.json:1:76: `Deny` is no decision; write one of `Allow`, `Deny(explicit)`, `Deny(implicit)`, `Deny(error)`"
        ),
        (
            "{\"role\": \"r\", \"cases\": [{\"name\": \"n\", \"action\": \"dynamodb:Scan\", \"expect\": \"Allow\", "
                + "\"context\": {\"dynamodb:Selekt\": \"a\"}}]}",
            "c.json:1:97: `dynamodb:Selekt` is no known condition key; did you mean `dynamodb:Select`?"
        ),
    ]) func refusesFiles(text: String, problem: String) {
        #expect(DecisionCaseTests.problems(text) == [problem])
    }

    @Test func saysWhatWasExpectedAndWhatWasFound() throws {
        let catalog = try ShippedPolicyTests.catalog()
        func failure(_ role: String, _ expectation: String) throws -> String? {
            let text = """
                {"role": "\(role)", "cases": [
                  {"name": "n", "action": "dynamodb:Scan", "table": "student-table", \(expectation)}]}
                """
            return try DecisionCase.parse(Array(text.utf8), file: "c.json")[0].run(on: catalog).failure
        }
        #expect(try failure("teacher", "\"expect\": \"Deny(explicit)\", \"statement\": \"DenyScans\"") == nil)
        #expect(try failure("teacher", "\"expect\": \"Allow\"") == "expected Allow, found Deny(explicit)")
        #expect(
            try failure("teacher", "\"expect\": \"Deny(explicit)\", \"statement\": \"X\"")
                == "expected statement `X` to decide, found `DenyScans`")
        #expect(try failure("nobody", "\"expect\": \"Allow\"") == "there is no role `nobody`")
    }
}
