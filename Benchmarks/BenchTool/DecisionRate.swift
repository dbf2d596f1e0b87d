import Base
import Policies

/// Decisions of the shipped teacher's policy about GetItem: the question filled anew each time, as the gateway does.
struct DecisionRate {
    private let policies: CompiledPolicySet

    init(_ arguments: inout Arguments) throws {
        guard let role = try PolicyFolder.load(try arguments.next("folder")).roles["teacher"] else {
            throw UsageError(text: "there is no role `teacher`")
        }
        policies = role.policies
    }

    func measure() throws {
        let school = "s27xpt9rcwab03ar"
        let account = "000000000000"
        let principal = try PrincipalAttributes(
            tags: [
                ("tenant_id", "t2f4p04e4s3jmwgp"), ("school_id", school), ("role", "teacher"),
                ("tier", "basic"),
            ],
            arn: "arn:aws:sts::\(account):assumed-role/teacher/bench", account: account,
            userID: "AROABENCH:bench",
            origin: .token(
                issuedAt: SystemClock().now(),
                provider: "arn:aws:iam::\(account):oidc-provider/127.0.0.1:8080"))
        let table = PolicyResource(table: "student-table", region: "us-east-1", account: account)
        let own = Array("TENANT#\(school)#STUDENT#1001".utf8)
        let others = Array("TENANT#sya5ak9rk493y95p#STUDENT#1001".utf8)
        var request = DecisionRequest(.getItem, on: table, by: principal)
        let now = SystemClock().now()
        var allowed = 0
        func decide(_ key: [UInt8]) {
            request.begin(.getItem, on: table, at: now)
            request.context.append("127.0.0.1", to: .sourceIp)
            request.context.append(false, to: .secureTransport)
            request.context.append("us-east-1", to: .requestedRegion)
            request.context.append(key, to: .leadingKeys)
            request.context.append("recordKey", to: .attributes)
            request.context.append("entityKey", to: .attributes)
            request.context.append("ALL_ATTRIBUTES", to: .select)
            if policies.decide(request).isAllowed { allowed += 1 }
        }
        decide(own)
        guard allowed == 1 else { throw UsageError(text: "the teacher was refused its own school's record") }
        print("allowed_ns", Stopwatch.nanoseconds(perRound: 100_000) { decide(own) })
        allowed = 0
        print("denied_ns", Stopwatch.nanoseconds(perRound: 100_000) { decide(others) })
        guard allowed == 0 else { throw UsageError(text: "the teacher was allowed another school's record") }
    }
}
