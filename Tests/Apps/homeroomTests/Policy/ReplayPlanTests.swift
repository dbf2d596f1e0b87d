import Policies
import Proofs
import Testing

@testable import homeroom

@Suite struct ReplayPlanTests {
    private static let own = ReplayPlan.District(tenant: "tOWN", school: "sOWN")
    private static let foreign = ReplayPlan.District(tenant: "tOTHER", school: "sOTHER")

    private func form(_ prefix: String, _ tag: String, _ suffix: String, isOpen: Bool) throws -> KeyOwnership
    {
        KeyOwnership(
            prefix: Array(prefix.utf8), variable: try #require(ConditionKeyName(.principalTag, tag: tag)),
            suffix: Array(suffix.utf8), isOpen: isOpen)
    }

    private func story(_ key: String, tags: [(name: String, value: String)], _ owner: KeyOwnership) throws
        -> Counterexample
    {
        var request = DecisionRequest(
            .getItem, on: PolicyResource(table: "t", region: "r", account: "1"), by: .unknown)
        request.context.append(key, to: .leadingKeys)
        request.context.append("s1", to: .attributes)
        let policies = try CompiledPolicySet(role: "r", policies: [])
        return Counterexample(
            role: "r", tags: tags, request: request,
            resource: ProofResource(table: "t", index: nil, partitionKey: "k", owners: [owner]),
            key: Array(key.utf8), owner: "somebody", explanation: policies.explain(request))
    }

    private func keys(_ plan: ReplayPlan) throws -> [String] {
        plan.request.context.texts(of: try #require(ConditionKeyName(.leadingKeys)))
    }

    @Test func puttingRealIdsInThePlaceOfMadeUpOnes() throws {
        let owner = try form("TENANT#", "school_id", "#", isOpen: true)
        let plan = ReplayPlan(
            try story("TENANT#s2#STUDENT#s1", tags: [("school_id", "s1"), ("tenant_id", "t1")], owner),
            own: ReplayPlanTests.own, foreign: ReplayPlanTests.foreign)
        #expect(plan.key == "TENANT#sOTHER#STUDENT#sOWN")
        #expect(try keys(plan) == ["TENANT#sOTHER#STUDENT#sOWN"])
        // Only keys hold ids: an attribute that happens to be named so stays.
        #expect(plan.request.context.texts(of: try #require(ConditionKeyName(.attributes))) == ["s1"])
    }

    /// A policy without a delimiter lets in what begins with the session's own id: the real key must begin so too.
    @Test func anIdThatBeginsWithTheOwnOneIsMadeOfTheRealOne() throws {
        let owner = try form("TENANT#", "school_id", "#", isOpen: true)
        let plan = ReplayPlan(
            try story("TENANT#s12#x", tags: [("school_id", "s1")], owner), own: ReplayPlanTests.own,
            foreign: ReplayPlanTests.foreign)
        #expect(plan.key == "TENANT#sOWN2#x")
    }

    @Test func districtsAreReachedByTheirOwnIds() throws {
        let owner = try form("", "tenant_id", "", isOpen: false)
        let plan = ReplayPlan(
            try story("t2", tags: [("tenant_id", "t1")], owner), own: ReplayPlanTests.own,
            foreign: ReplayPlanTests.foreign)
        #expect(plan.key == "tOTHER")
    }

    @Test(
        arguments: [
            ("TENANT#a#b", "TENANT#", "#", true, "a"), ("TENANT#a#", "TENANT#", "#", false, "a"),
            ("TENANT#a#b", "TENANT#", "#", false, nil), ("OTHER#a#b", "TENANT#", "#", true, nil),
            ("a", "", "", false, "a"), ("TENANT#a", "TENANT#", "#", true, nil),
            ("TENANT##b", "TENANT#", "#", true, ""),
        ] as [(String, String, String, Bool, String?)])
    func findsWhoseAKeyIs(key: String, prefix: String, suffix: String, isOpen: Bool, id: String?) throws {
        let form = try form(prefix, "school_id", suffix, isOpen: isOpen)
        #expect(form.ownerID(of: Array(key.utf8)).map { String(decoding: $0, as: UTF8.self) } == id)
    }

    @Test(
        arguments: [
            (PolicyAction.getItem, nil), (.deleteItem, nil), (.scan, nil), (.listTables, nil),
            (.deleteTable, "dynamodb:DeleteTable would change a whole table; send it by hand if you must"),
            (.assumeRole, "sts:AssumeRole is none of DynamoDB's"),
        ] as [(PolicyAction, String?)])
    func whatWouldChangeAWholeTableIsNotSent(action: PolicyAction, obstacle: String?) {
        let request = DecisionRequest(
            action, on: PolicyResource(everyTableIn: "r", account: "1"), by: .unknown)
        #expect(ReplayPlan.obstacle(request) == obstacle)
    }
}
