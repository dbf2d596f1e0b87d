import Testing

@testable import Policies

@Suite struct ResourceTests {
    static let table = "arn:aws:dynamodb:us-east-1:000000000000:table/student-table"

    @Test(arguments: [
        ("*", table, true), (table, table, true), ("arn:aws:dynamodb:*:*:table/student-table", table, true),
        ("arn:aws:dynamodb:*:*:table/*", table, true),
        ("arn:aws:dynamodb:*:*:table/*", table + "/index/i", true),
        ("arn:aws:dynamodb:*:*:table/student-table", table + "/index/i", false),
        ("arn:aws:dynamodb:*:*:table/student-table/index/*", table + "/index/i", true),
        ("arn:aws:dynamodb:*:*:table/student-tabl?", table, true),
        ("arn:aws:dynamodb:us-*-1:*:table/student-table", table, true),
        ("arn:aws:dynamodb:eu-*:*:table/student-table", table, false),
        ("arn:aws:dynamodb:*:table/student-table", table, false), ("arn:*:table/student-table", table, false),
        ("arn:aws:*", table, false), ("arn:*:*:*:*:*", table, true), ("*:*:*:*:*:*", table, true),
        ("arn:aws:dynamodb:*:*:Table/student-table", table, false),
        ("arn:aws:dynamodb:*:*:*", "arn:aws:dynamodb:r:a:table/x:y", true),
        ("arn:aws:dynamodb:*:*:table/x", "arn:aws:dynamodb:r:a:table/x:y", false),
        ("arn:aws:dynamodb:*:*:table/student-table", "*", false), ("*", "*", true),
        ("arn:aws:dynamodb:*:*:table/student-table", "arn:aws:dynamodb:r:a:table/*", false),
    ]) func comparesBySegments(pattern: String, arn: String, isCovered: Bool) throws {
        let plain = try compile("\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"\(pattern)\"")
        let negated = try compile("\"Effect\": \"Allow\", \"Action\": \"*\", \"NotResource\": \"\(pattern)\"")
        #expect(plain.decide(try request(on: arn)).isAllowed == isCovered)
        #expect(negated.decide(try request(on: arn)).isAllowed == !isCovered)
    }

    @Test(
        arguments: [
            ("a", "arn:aws:dynamodb:r:a:table/t-a", true), ("a", "arn:aws:dynamodb:r:a:table/t-b", false),
            ("*", "arn:aws:dynamodb:r:a:table/t-b", false), (nil, "arn:aws:dynamodb:r:a:table/t-", false),
        ] as [(String?, String, Bool)])
    func substitutesTags(tag: String?, arn: String, isAllowed: Bool) throws {
        let policies = try compile(
            "\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"arn:aws:dynamodb:*:*:table/t-${aws:PrincipalTag/s}\""
        )
        let tags = tag.map { ["s": $0] } ?? [:]
        #expect(policies.decide(try request(on: arn, tags: tags)).isAllowed == isAllowed)
    }

    /// A tag that is missing from a NotResource opens nothing and lifts no Deny.
    @Test func missingTagInNotResourceDecidesAgainstTheCaller() throws {
        let element = "\"NotResource\": \"arn:aws:dynamodb:*:*:table/t-${aws:PrincipalTag/s}\""
        let allowing = try compile("\"Effect\": \"Allow\", \"Action\": \"*\", \(element)")
        #expect(allowing.decide(try request()) == .implicitDeny(.role))
        #expect(allowing.decide(try request(tags: ["s": "a"])).isAllowed)
        let denying = try compile("\"Effect\": \"Deny\", \"Action\": \"*\", \(element)")
        #expect(denying.decide(try request()) == .explicitDeny(StatementID(index: 0)))
    }

    @Test(arguments: [
        ("dynamodb:GetItem", PolicyAction.getItem, true), ("DynamoDB:getitem", .getItem, true),
        ("dynamodb:Get*", .getItem, true), ("dynamodb:Get*", .putItem, false),
        ("dynamodb:?etItem", .getItem, true),
        ("*", .assumeRole, true), ("dynamodb:*", .assumeRole, false), ("*:GetItem", .getItem, true),
        ("dynamodb:*Item", .batchGetItem, true), ("dynamodb:*Item", .query, false),
    ]) func comparesActions(pattern: String, action: PolicyAction, isNamed: Bool) throws {
        let plain = try compile("\"Effect\": \"Allow\", \"Action\": \"\(pattern)\", \"Resource\": \"*\"")
        let negated = try compile("\"Effect\": \"Allow\", \"NotAction\": \"\(pattern)\", \"Resource\": \"*\"")
        #expect(plain.decide(try request(action)).isAllowed == isNamed)
        #expect(negated.decide(try request(action)).isAllowed == !isNamed)
    }

    @Test func denyWinsAndLayersIntersect() throws {
        let wide = try document("\"Effect\": \"Allow\", \"Action\": \"dynamodb:*\", \"Resource\": \"*\"")
        let read = try document(
            "\"Effect\": \"Allow\", \"Action\": \"dynamodb:GetItem\", \"Resource\": \"*\"")
        let denies = try document(
            "\"Effect\": \"Deny\", \"Action\": \"dynamodb:GetItem\", \"Resource\": \"*\"")
        let bounded = try CompiledPolicySet(role: "r", policies: [wide], boundary: read)
        #expect(bounded.decide(try request(.getItem)) == .allow(StatementID(index: 0)))
        #expect(bounded.decide(try request(.putItem)) == .implicitDeny(.boundary))
        let narrowed = try CompiledPolicySet(role: "r", policies: [wide]).narrowed(by: [read])
        #expect(narrowed.decide(try request(.getItem)).isAllowed)
        #expect(narrowed.decide(try request(.putItem)) == .implicitDeny(.session))
        #expect(
            try bounded.narrowed(by: [denies]).decide(try request(.getItem))
                == .explicitDeny(StatementID(index: 2)))
        // A boundary or a session's policy gives nothing by itself.
        let narrow = try CompiledPolicySet(
            role: "r", policies: [read], boundary: wide, sessionPolicies: [wide])
        #expect(narrow.decide(try request(.putItem)) == .implicitDeny(.role))
        let nothing = try CompiledPolicySet(role: "r", policies: [wide], sessionPolicies: [])
        #expect(nothing.decide(try request(.getItem)) == .implicitDeny(.session))
    }
}
