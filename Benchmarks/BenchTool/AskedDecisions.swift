import Base
import Policies

/// The decisions that another engine is asked too: one a line of a file, `action table key`, by a teacher.
struct AskedDecisions {
    private struct Asked {
        let action: PolicyAction
        let resource: PolicyResource
        let key: [UInt8]?
    }

    private let policies: CompiledPolicySet
    private let asked: [Asked]
    private let principal: PrincipalAttributes

    init(_ arguments: inout Arguments) throws {
        guard let role = try PolicyFolder.load(try arguments.next("folder")).roles["teacher"] else {
            throw UsageError(text: "there is no role `teacher`")
        }
        policies = role.policies
        let account = "000000000000"
        let text = String(decoding: try PolicyFolder.bytes(try arguments.next("file")), as: UTF8.self)
        asked = try text.split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let action = PolicyAction(named: words[0]) else {
                throw UsageError(text: "no question: `\(line)`")
            }
            let path = words[1].split(separator: "/").map(String.init)
            let resource =
                path.count == 1
                ? PolicyResource(table: path[0], region: "us-east-1", account: account)
                : PolicyResource(index: path[1], ofTable: path[0], region: "us-east-1", account: account)
            return Asked(
                action: action, resource: resource, key: words[2] == "-" ? nil : Array(words[2].utf8))
        }
        principal = try PrincipalAttributes(
            tags: [
                ("tenant_id", try arguments.option("tenant")), ("school_id", try arguments.option("school")),
                ("role", "teacher"),
            ])
    }

    func measure() throws {
        guard let first = asked.first else { throw UsageError(text: "nothing is asked") }
        var request = DecisionRequest(first.action, on: first.resource, by: principal)
        let now = SystemClock().now()
        func decide(_ asked: Asked) -> Bool {
            request.begin(asked.action, on: asked.resource, at: now)
            if let key = asked.key { request.context.append(key, to: .leadingKeys) }
            return policies.decide(request).isAllowed
        }
        for (place, one) in asked.enumerated() { print("answer:\(place)", decide(one) ? 1 : 0) }
        var allowed = 0
        let round = Stopwatch.nanoseconds(perRound: 2_000) {
            for one in asked where decide(one) { allowed += 1 }
        }
        guard allowed > 0 else { throw UsageError(text: "everything was refused") }
        print("decision_ns", round / Double(asked.count))
    }
}
