import Base
import TestKit
import Testing

@testable import Policies

/// The compiled decision against the slow one, over random policies and random requests.
@Suite struct ReferenceTests {
    @Test func fuzzedDecisionsEqualTheSlowOnes() throws {
        var found: [String: Int] = [:]
        try Fuzzer("policy decisions", rounds: 500).run { random in
            var maker = PolicyMaker(random: random)
            let role = (0...maker.upTo(1)).map { _ in maker.policy() }
            let boundary = maker.chance(4) ? maker.policy() : nil
            let session = maker.chance(4) ? (0...maker.upTo(1)).map { _ in maker.policy() } : nil
            let compiled = try CompiledPolicySet(
                role: "r", policies: try role.map(read), boundary: try boundary.map(read),
                sessionPolicies: try session?.map(read))
            for _ in 0..<25 {
                let (reference, asked) = try maker.request()
                let wanted = ReferenceEvaluator(request: reference).decide([
                    role, boundary.map { [$0] }, session,
                ])
                let name = name(of: compiled.decide(asked))
                found[name, default: 0] += 1
                guard name != wanted else { continue }
                let policies = role + (boundary.map { [$0] } ?? []) + (session ?? [])
                throw Difference(
                    description: "wanted \(wanted), found \(name)\n\(reference)\n"
                        + policies.map(\.text).joined(separator: "\n---\n") + "\n\(compiled.explain(asked))")
            }
        }
        // A comparison of nothing but denials would prove little.
        guard case .brief = FuzzBudget.ofEnvironment else { return }
        for name in ["allow", "explicit", "implicit 0"] { #expect(found[name, default: 0] > 20, "\(found)") }
    }

    private struct Difference: Error, CustomStringConvertible { let description: String }

    private func read(_ policy: ReferencePolicy) throws -> PolicyDocument {
        try PolicyDocument(parsing: Array(policy.text.utf8), file: "p.json")
    }

    private func name(of decision: Decision) -> String {
        switch decision {
        case .allow: "allow"
        case .explicitDeny: "explicit"
        case .implicitDeny(let layer): "implicit \(layer.rawValue)"
        case .failed(let failure): "failed \(failure)"
        }
    }
}

/// Makes policies and requests up out of a small stock, so that they meet often.
private struct PolicyMaker {
    var random: SeededRandom

    mutating func upTo(_ max: Int) -> Int { Int.random(in: 0...max, using: &random) }
    mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &random)]
    }
    mutating func list(_ max: Int, _ stock: [String]) -> [String] {
        (0..<(1 + upTo(max - 1))).map { _ in pick(stock) }
    }

    private static let actions = [
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:DeleteTable",
    ]
    private static let actionPatterns =
        actions + ["*", "dynamodb:*", "DYNAMODB:getitem", "dynamodb:*Item", "dynamodb:?can", "*:Query"]
    private static let tables = ["table/a", "table/ab", "table/a*", "table/a/index/b", "table/é"]
    private static let arnPatterns = [
        "*", "arn:aws:dynamodb:*:*:*", "arn:aws:dynamodb:*:*:table/a", "arn:aws:dynamodb:*:*:table/a*",
        "arn:aws:dynamodb:*:*:table/?", "arn:aws:dynamodb:r:*:table/${aws:PrincipalTag/x}",
        "arn:aws:dynamodb:*:table/a",
        "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/y, 'a'}/index/*", "arn:*:*:*:*:table/a${*}",
        "arn:aws:dynamodb:*:*:*${aws:PrincipalTag/y}",
    ]
    private static let tags = ["a", "ab", "*", "b", "", "?", "é"]
    private static let keys = ["a#1", "ab#1", "#1", "a", "*#1", "?#", "é#1", "a#b#1", "b#"]
    private static let textPatterns = [
        "${aws:PrincipalTag/x}#*", "${aws:PrincipalTag/x}*", "*${aws:PrincipalTag/y}*",
        "${aws:PrincipalTag/x, 'a'}#?",
        "a*", "*#1", "*a*b*", "?#1", "a#1", "${*}#1", "a", "A#1", "É#1", "*", "",
        "*${aws:PrincipalTag/x}${aws:PrincipalTag/y}*", "??*",
    ]
    private static let texts = ["StringEquals", "StringEqualsIgnoreCase", "StringLike"]
    private static let textKeys = [
        "dynamodb:LeadingKeys", "dynamodb:LeadingKeys", "dynamodb:Attributes", "dynamodb:Select",
        "aws:PrincipalTag/x",
        "AWS:principaltag/Y",
    ]

    private mutating func condition() -> ReferencePolicy.Condition {
        var comparison: String
        let key: String
        let values: [String]
        switch upTo(9) {
        case 0...5:
            comparison = pick(PolicyMaker.texts)
            if chance(4) { comparison = comparison.replacing("String", with: "StringNot") }
            key = pick(PolicyMaker.textKeys)
            values = list(3, PolicyMaker.textPatterns)
        case 6:
            comparison = pick([
                "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals",
            ])
            let isDate = chance(2)
            comparison = (isDate ? "Date" : "Numeric") + comparison
            key = isDate ? pick(["aws:TokenIssueTime", "aws:CurrentTime"]) : "aws:MultiFactorAuthAge"
            values = list(2, ["1", "2", "3"])
        case 7:
            comparison = pick(["Bool", "IpAddress", "NotIpAddress", "BinaryEquals"])
            key =
                ["Bool": "aws:SecureTransport", "BinaryEquals": "dynamodb:ReturnValues"][comparison]
                ?? "aws:SourceIp"
            values =
                comparison == "Bool"
                ? [pick(["true", "false"])]
                : comparison == "BinaryEquals" ? ["QUI="] : list(2, ["1.1.1.1", "::1"])
        case 8:
            comparison = pick(["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"])
            key = "aws:SourceArn"
            values = list(2, PolicyMaker.arnPatterns)
        default:
            comparison = "Null"
            key = pick(PolicyMaker.textKeys + ["aws:CurrentTime"])
            values = [pick(["true", "false"])]
        }
        return .init(
            qualifier: pick(["", "", "ForAllValues:", "ForAnyValue:"]), comparison: comparison,
            isIfExists: comparison != "Null" && chance(4), key: key, values: values)
    }

    mutating func policy() -> ReferencePolicy {
        let statements = (0...upTo(3)).map { _ in
            var conditions: [ReferencePolicy.Condition] = []
            for _ in 0..<upTo(2) {
                let made = condition()
                let isTwice = conditions.contains {
                    $0.key.lowercased() == made.key.lowercased() && $0.comparison == made.comparison
                }
                if !isTwice { conditions.append(made) }
            }
            // Conditions are written by operator: keep those of one operator together, as the file does.
            return ReferencePolicy.Statement(
                isAllow: !chance(3), isActionNegated: chance(6), actions: list(3, PolicyMaker.actionPatterns),
                isResourceNegated: chance(6), resources: list(2, PolicyMaker.arnPatterns),
                conditions: conditions)
        }
        // A variable before the fifth colon is refused at load; the stock has none.
        return ReferencePolicy(statements: statements, hasVariables: !chance(8))
    }

    mutating func request() throws -> (ReferenceRequest, DecisionRequest) {
        let action = pick(PolicyMaker.actions)
        let arn = "arn:aws:dynamodb:r:1:" + pick(PolicyMaker.tables)
        var context: [String: [String]] = [:]
        for tag in ["x", "y"] where !chance(4) {
            context["aws:principaltag/\(tag)"] = [pick(PolicyMaker.tags)]
        }
        if !chance(3) { context["dynamodb:leadingkeys"] = list(2, PolicyMaker.keys) }
        if chance(2) { context["dynamodb:attributes"] = list(3, PolicyMaker.keys) }
        if chance(2) { context["dynamodb:select"] = [pick(PolicyMaker.keys)] }
        if chance(2) { context["dynamodb:returnvalues"] = [pick(["QUI=", "QUIA"])] }
        if chance(2) { context["aws:multifactorauthage"] = [pick(["1", "2", "3"])] }
        if chance(2) { context["aws:tokenissuetime"] = [pick(["1", "2", "3"])] }
        if chance(2) { context["aws:securetransport"] = [pick(["true", "false"])] }
        if chance(2) { context["aws:sourceip"] = [pick(["1.1.1.1", "::1", "2.2.2.2"])] }
        if chance(2) {
            context["aws:sourcearn"] = [
                pick(["arn:aws:dynamodb:r:1:table/a", "arn:aws:dynamodb:r:1:x:a", "a"])
            ]
        }
        if chance(2) { context["aws:currenttime"] = [pick(["1", "2", "3"])] }
        guard let resource = PolicyResource(arn: arn), let known = PolicyAction(named: action) else {
            throw TestFault(text: "no request")
        }
        let tags = ["x", "y"].compactMap { tag in
            context["aws:principaltag/\(tag)"].map { (name: tag, value: $0[0]) }
        }
        var request = DecisionRequest(known, on: resource, by: PrincipalAttributes(unchecked: tags))
        request.isContextGiven = true
        for (name, values) in context where !name.hasPrefix("aws:principaltag/") {
            guard let key = ConditionKeyName(named: name) else { throw TestFault(text: "no key \(name)") }
            if name == "aws:currenttime" {
                request.currentTime = Int64(values[0]).map { Timestamp(milliseconds: $0 * 1000) }
            } else {
                for value in values { request.context.append(value, to: key) }
            }
        }
        return (ReferenceRequest(action: action, arn: arn, context: context), request)
    }
}
