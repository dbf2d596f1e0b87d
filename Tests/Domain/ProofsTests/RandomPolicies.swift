import Base

/// Makes policies up for the small world of `SmallWorld`: many that keep schools apart, many that almost do.
///
/// A policy begins with statements that are known to be sound. Then, for more than half of the policies, single things are
/// changed as people get them wrong; and whatever denies or narrows is added freely, as it can only take access away.
struct RandomPolicies {
    var random: SeededRandom

    init(_ random: SeededRandom) { self.random = random }

    mutating func upTo(_ max: Int) -> Int { Int.random(in: 0...max, using: &random) }
    mutating func chance(_ part: Int, of whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &random) < part
    }
    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &random)]
    }
    mutating func some(_ list: [String], upTo max: Int) -> [String] {
        var found: [String] = []
        for _ in 0...upTo(max - 1) {
            let one = pick(list)
            if !found.contains(one) { found.append(one) }
        }
        return found
    }

    /// A role of one or two documents, with a boundary now and then.
    mutating func policy() -> HuntedPolicy {
        if chance(1, of: 3) { return trap() }
        var statements: [HuntedPolicy.Statement] = []
        for _ in 0...upTo(2) { statements.append(chance(1, of: 6) ? guardedAllow() : soundAllow()) }
        if chance(1, of: 3) { statements.append(guardPair()) }
        for _ in 0..<upTo(2) { statements.append(deny()) }
        if chance(11, of: 20) {
            let index = upTo(statements.count - 1)
            mutate(&statements[index])
            if chance(1, of: 4) { mutate(&statements[upTo(statements.count - 1)]) }
        }
        statements.shuffle(using: &random)
        statements = Array(statements.prefix(6))
        var documents = [HuntedPolicy.Document(statements: statements)]
        if statements.count > 2, chance(1, of: 4) {
            let middle = statements.count / 2
            documents = [
                HuntedPolicy.Document(statements: Array(statements[..<middle])),
                HuntedPolicy.Document(statements: Array(statements[middle...])),
            ]
        }
        if chance(1, of: 40) { documents[0].hasVariables = false }
        return HuntedPolicy(policies: documents, boundary: chance(1, of: 6) ? boundary() : nil)
    }

    /// Keys compared with the session's own, on one table or index.
    private mutating func soundAllow() -> HuntedPolicy.Statement {
        let place = pick(SmallWorld.places)
        var made = HuntedPolicy.Statement(
            actions: some(place.isIndex ? RandomPolicies.indexActions : RandomPolicies.keyedActions, upTo: 3),
            resources: [arn(place.path)])
        made.add(ownKeys(place, like: "ForAllValues:StringLike", equals: "ForAllValues:StringEquals"))
        if chance(4, of: 5) {
            made.add(.init(comparison: "Null", key: RandomPolicies.leadingKeys, values: ["false"]))
        }
        for _ in 0..<upTo(2) where chance(1, of: 2) { made.add(anyCondition()) }
        if chance(1, of: 8) {
            made.actions = [pick(["dynamodb:*Item", "dynamodb:Get*", "dynamodb:PartiQL*"])]
        }
        return made
    }

    private mutating func ownKeys(_ place: SmallWorld.Place, like: String, equals: String)
        -> HuntedPolicy.Condition
    {
        if place.isOwnedByTenant {
            return .init(
                comparison: chance(3, of: 4) ? equals : like, key: RandomPolicies.leadingKeys,
                values: ["${aws:PrincipalTag/tenant_id}"])
        }
        var values = [pick(RandomPolicies.soundKeyPatterns)]
        if chance(1, of: 6) { values.append(pick(RandomPolicies.soundKeyPatterns)) }
        return .init(comparison: like, key: RandomPolicies.leadingKeys, values: values)
    }

    /// An Allow of much whose conditions do not mention keys: only a Deny beside it can make it sound.
    private mutating func guardedAllow() -> HuntedPolicy.Statement {
        var made = soundAllow()
        if chance(1, of: 2) { mutate(&made) }
        return made
    }

    /// A Deny of whatever is not the session's own; together with any Allow of keyed actions that is sound.
    private mutating func guardPair() -> HuntedPolicy.Statement {
        let place = pick(SmallWorld.places)
        var made = HuntedPolicy.Statement(
            isAllow: false, actions: [pick(["dynamodb:*", "*", "dynamodb:*Item", "dynamodb:Get*"])],
            resources: [pick([arn(place.path), "*", arn("*")])])
        let qualifier = pick(["ForAnyValue:", "ForAnyValue:", "", "ForAllValues:"])
        made.add(
            ownKeys(
                place, like: qualifier + "StringNotLike" + pick(["", "", "", "IfExists"]),
                equals: qualifier + "StringNotEquals"))
        return made
    }

    mutating func deny() -> HuntedPolicy.Statement {
        var made = HuntedPolicy.Statement(
            isAllow: false, actions: some(RandomPolicies.actionPatterns, upTo: 2),
            resources: some(RandomPolicies.resources, upTo: 2))
        if chance(1, of: 6) { made.isActionNegated = true }
        if chance(1, of: 6) { made.isResourceNegated = true }
        for _ in 0...upTo(1) { made.add(chance(1, of: 2) ? keyCondition() : anyCondition()) }
        return made
    }

    private mutating func boundary() -> HuntedPolicy.Document {
        var statements = [
            HuntedPolicy.Statement(actions: ["dynamodb:*"], resources: ["*"])
        ]
        if chance(2, of: 3) {
            statements = [soundAllow()]
            if chance(1, of: 2) { statements[0].actions = ["dynamodb:*"] }
        }
        if chance(1, of: 3) { statements.append(chance(1, of: 2) ? deny() : soundAllow()) }
        if chance(1, of: 3) { mutate(&statements[upTo(statements.count - 1)]) }
        return HuntedPolicy.Document(statements: statements)
    }

    func arn(_ path: String) -> String { "arn:aws:dynamodb:*:*:" + path }
}
