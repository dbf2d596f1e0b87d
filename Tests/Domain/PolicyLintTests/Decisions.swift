import Policies
import Testing

@testable import PolicyLint

/// What documents decide, asked over a small world of requests.
enum Decisions {
    /// Holds a fix to what it promises.
    static func compare(_ before: [UInt8], _ after: [UInt8], _ fix: LintRule.Fix, _ id: String) throws {
        if fix == .repairs { return }
        let (old, new) = (try answers(before), try answers(after))
        #expect(old.count == new.count && old.count > 500)
        for (question, answer) in old {
            let now = new[question]
            switch fix {
            case .same: #expect(now == answer, "\(id): \(question)")
            case .narrows: #expect(now == answer || answer == true, "\(id) opens \(question)")
            case .none, .repairs: break
            }
        }
    }

    /// Whether each request is allowed, by what describes it.
    static func answers(_ bytes: [UInt8]) throws -> [String: Bool] {
        let policies = try CompiledPolicySet(
            role: "r", policies: [try PolicyDocument(parsing: bytes, file: "p.json")])
        var answers: [String: Bool] = [:]
        for resource in resources {
            for action in PolicyAction.allCases {
                for (place, tags) in sessions.enumerated() {
                    for (number, context) in contexts.enumerated() {
                        var request = DecisionRequest(
                            action, on: resource, by: try PrincipalAttributes(tags: tags, userID: "s1"))
                        request.isContextGiven = true
                        for (key, value) in context { request.context.append(value, to: key) }
                        answers["\(action.name) on \(resource.text) by \(place) with \(number)"] =
                            policies.decide(request).isAllowed
                    }
                }
            }
        }
        return answers
    }

    private static let resources = [
        PolicyResource(table: "student-table", region: "us-east-1", account: "000000000000"),
        PolicyResource(
            index: "teacher-index", ofTable: "student-table", region: "eu-west-1", account: "000000000000"),
        PolicyResource(everyTableIn: "us-east-1", account: "000000000000"),
    ]
    private static let sessions: [[(name: String, value: String)]] = [
        [], [("school_id", "s1"), ("role", "teacher")], [("school_id", "s1"), ("role", "school-admin")],
    ]
    private static let contexts: [[(ConditionKey, String)]] = [
        [], [(.leadingKeys, "TENANT#s1#A")], [(.leadingKeys, "TENANT#s1#A"), (.leadingKeys, "TENANT#s2#A")],
        [(.leadingKeys, "TENANT#s2#A")], [(.sourceIp, "203.0.113.9")], [(.sourceIp, "203.0.114.9")],
        [(.tagKeys, "owner")],
    ]
}
