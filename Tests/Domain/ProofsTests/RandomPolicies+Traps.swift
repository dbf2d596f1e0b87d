extension RandomPolicies {
    /// A policy that one thing alone opens, or that one thing alone keeps closed: what large made-up policies rarely are, as
    /// they are mostly open in several ways.
    mutating func trap() -> HuntedPolicy {
        let place = pick(SmallWorld.places)
        var statements: [HuntedPolicy.Statement]
        switch upTo(7) {
        case 0: statements = [withDefault(place)]
        case 1, 2: statements = openWithGuard(place)
        case 3: statements = [withOtherQualifier(place)]
        case 4: statements = [withoutKeys(place)]
        case 5: statements = [byAnotherTag(place)]
        case 6: statements = twoAllows(place)
        default: statements = [ofNoOne(place)]
        }
        if chance(1, of: 3) { statements.append(deny()) }
        return HuntedPolicy(policies: [.init(statements: statements)])
    }

    private mutating func base(_ place: SmallWorld.Place, several: Bool = false) -> HuntedPolicy.Statement {
        let stock =
            place.isIndex
            ? RandomPolicies.indexActions
            : several
                ? ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLSelect"]
                : RandomPolicies.keyedActions
        return HuntedPolicy.Statement(
            actions: several && place.isIndex ? ["dynamodb:PartiQLSelect"] : [pick(stock)],
            resources: [arn(place.path)])
    }

    private func present(_ key: String, _ isAbsent: Bool = false) -> HuntedPolicy.Condition {
        .init(comparison: "Null", key: key, values: [isAbsent ? "true" : "false"])
    }

    private func own(_ place: SmallWorld.Place) -> String {
        place.isOwnedByTenant ? "${aws:PrincipalTag/tenant_id}" : "T#${aws:PrincipalTag/school_id}#*"
    }

    private mutating func withDefault(_ place: SmallWorld.Place) -> HuntedPolicy.Statement {
        var made = base(place)
        made.add(
            .init(
                comparison: "ForAllValues:StringLike", key: RandomPolicies.leadingKeys,
                values: [own(place).replacing("}", with: pick([", 'a'}", ", ''}", "}", ", '*'}"]))]))
        made.add(present(RandomPolicies.leadingKeys))
        if chance(1, of: 3) { made.add(present("aws:PrincipalTag/\(place.ownerTag)", chance(1, of: 3))) }
        return made
    }

    /// An Allow of everything beside a Deny of what is not the session's own, sound or with a hole.
    private mutating func openWithGuard(_ place: SmallWorld.Place) -> [HuntedPolicy.Statement] {
        var open = base(place, several: chance(2, of: 3))
        if chance(3, of: 4) { open.add(present(RandomPolicies.leadingKeys)) }
        if chance(1, of: 4) {
            open.add(
                .init(
                    comparison: pick(["ForAnyValue:StringLike", "ForAllValues:StringLike", "StringNotLike"]),
                    key: RandomPolicies.leadingKeys, values: [pick(RandomPolicies.keyPatterns)]))
        }
        var guarding = open
        guarding.isAllow = false
        guarding.conditions = []
        guarding.add(
            .init(
                comparison: pick(["ForAllValues:", "ForAnyValue:", "", "ForAllValues:"]) + "StringNotLike"
                    + pick(["", "", "IfExists"]),
                key: RandomPolicies.leadingKeys, values: [own(place)]))
        if chance(1, of: 4) { guarding.add(present("aws:PrincipalTag/\(place.ownerTag)")) }
        if chance(1, of: 6) { guarding.add(anyCondition()) }
        if chance(1, of: 4) {
            var more = guarding
            more.conditions[0].comparison = pick(["ForAnyValue:", "ForAllValues:", ""]) + "StringNotLike"
            more.conditions[0].values = [pick(RandomPolicies.keyPatterns)]
            return [open, guarding, more]
        }
        return [open, guarding]
    }

    private mutating func withOtherQualifier(_ place: SmallWorld.Place) -> HuntedPolicy.Statement {
        var made = base(place, several: chance(2, of: 3))
        made.add(
            .init(
                comparison: pick(["", "ForAnyValue:", "ForAllValues:"])
                    + pick(["StringLike", "StringEquals", "StringEqualsIgnoreCase"])
                    + pick(["", "", "IfExists"]),
                key: RandomPolicies.leadingKeys, values: [own(place)]))
        if chance(1, of: 3) {
            made.add(
                .init(
                    comparison: pick(["ForAllValues:", "ForAnyValue:", ""]) + "StringLike",
                    key: RandomPolicies.leadingKeys, values: [pick(RandomPolicies.keyPatterns)]))
        }
        if chance(1, of: 2) { made.add(present(RandomPolicies.leadingKeys)) }
        return made
    }

    /// Actions that come without keys, under a condition that may or may not want them.
    private mutating func withoutKeys(_ place: SmallWorld.Place) -> HuntedPolicy.Statement {
        var made = base(place)
        made.actions = [pick(["dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:*", "dynamodb:?can"])]
        made.add(
            .init(
                comparison: pick(["ForAllValues:", "ForAnyValue:", ""]) + "StringLike"
                    + pick(["", "IfExists"]),
                key: RandomPolicies.leadingKeys, values: [own(place)]))
        if chance(1, of: 3) { made.add(present(RandomPolicies.leadingKeys)) }
        if chance(1, of: 3) {
            made.add(
                .init(
                    comparison: pick(["Bool", "BoolIfExists", "ForAllValues:Bool"]),
                    key: "dynamodb:FullTableScan",
                    values: [pick(["true", "false"])]))
        }
        return made
    }

    /// Another tag in the owner's place, perhaps one that is held to be the same.
    private mutating func byAnotherTag(_ place: SmallWorld.Place) -> HuntedPolicy.Statement {
        var made = base(place)
        made.add(
            .init(
                comparison: "ForAllValues:StringLike", key: RandomPolicies.leadingKeys,
                values: [own(place).replacing(place.ownerTag, with: "unit")]))
        made.add(present(RandomPolicies.leadingKeys))
        made.add(
            .init(
                comparison: pick(["StringEquals", "StringEqualsIfExists", "StringLike", "StringNotEquals"]),
                key: "aws:PrincipalTag/" + pick(["unit", place.ownerTag]),
                values: [pick(["${aws:PrincipalTag/\(place.ownerTag)}", "${aws:PrincipalTag/unit}", "a"])]))
        return made
    }

    private mutating func twoAllows(_ place: SmallWorld.Place) -> [HuntedPolicy.Statement] {
        var first = base(place, several: true)
        first.add(
            .init(
                comparison: "ForAllValues:StringLike", key: RandomPolicies.leadingKeys,
                values: [own(place), pick(RandomPolicies.keyPatterns)]))
        first.add(
            .init(
                comparison: pick(["ForAnyValue:", "ForAllValues:", ""])
                    + pick(["StringNotLike", "StringLike"]),
                key: RandomPolicies.leadingKeys, values: [pick(RandomPolicies.keyPatterns)]))
        return [first, withDefault(place)]
    }

    /// Keys that are written out: somebody's, but no session's in particular.
    private mutating func ofNoOne(_ place: SmallWorld.Place) -> HuntedPolicy.Statement {
        var made = base(place)
        let id = pick(["a", "b", "ab"])
        made.add(
            .init(
                comparison: "ForAllValues:StringLike", key: RandomPolicies.leadingKeys,
                values: [place.isOwnedByTenant ? id : "T#\(id)#*"]))
        made.add(present(RandomPolicies.leadingKeys))
        made.add(
            .init(
                comparison: pick(["StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists"]),
                key: "aws:PrincipalTag/\(place.ownerTag)", values: [pick([id, id, "a", id + "*"])]))
        return made
    }
}
