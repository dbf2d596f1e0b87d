extension RandomPolicies {
    static let leadingKeys = "dynamodb:LeadingKeys"

    static let keyedActions = [
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
        "dynamodb:Query",
        "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem",
        "dynamodb:PartiQLSelect", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLDelete",
    ]
    static let indexActions = ["dynamodb:Query", "dynamodb:PartiQLSelect"]
    static let actionPatterns =
        keyedActions + [
            "dynamodb:*", "*", "dynamodb:*Item", "dynamodb:Batch*", "dynamodb:PartiQL*", "dynamodb:Scan",
            "DYNAMODB:getitem", "dynamodb:?can", "dynamodb:Q*", "dynamodb:Describe*",
        ]

    static let resources = [
        "*", "arn:aws:dynamodb:*:*:table/ttt", "arn:aws:dynamodb:*:*:table/uuu",
        "arn:aws:dynamodb:*:*:table/*",
        "arn:aws:dynamodb:*:*:table/ttt/index/*", "arn:aws:dynamodb:*:*:table/ttt/index/own",
        "arn:aws:dynamodb:*:*:table/ttt/index/ten", "arn:aws:dynamodb:*:*:table/t*",
        "arn:aws:dynamodb:*:*:table/???", "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/tenant_id}",
        "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/unit, 'ttt'}",
        "arn:aws:dynamodb:*:*:table/ttt*${aws:PrincipalTag/unit}",
        "arn:aws:dynamodb:*:table/ttt", "arn:*:*:*:*:table/ttt", "arn:aws:dynamodb:*:*:table/${*}",
    ]

    static let soundKeyPatterns = [
        "T#${aws:PrincipalTag/school_id}#*", "T#${aws:PrincipalTag/school_id}#*",
        "T#${aws:PrincipalTag/school_id}#*", "T#${aws:PrincipalTag/school_id}#a*",
        "T#${aws:PrincipalTag/school_id}#", "T#${aws:PrincipalTag/school_id}#*b",
        "T#${aws:PrincipalTag/school_id}#?", "T#${AWS:principaltag/School_ID}#*",
        "T#${aws:PrincipalTag/school_id}#*#*",
        "T#${aws:PrincipalTag/school_id}#${aws:PrincipalTag/tenant_id}*",
        "T#${aws:PrincipalTag/school_id}#*${aws:PrincipalTag/school_id}",
    ]
    static let keyPatterns =
        soundKeyPatterns + [
            "T#${aws:PrincipalTag/school_id}*", "T#${aws:PrincipalTag/school_id}", "T#*", "*", "T#?#*",
            "T#${aws:PrincipalTag/tenant_id}#*", "T#${aws:PrincipalTag/school_id}${aws:PrincipalTag/unit}#*",
            "*${aws:PrincipalTag/school_id}*", "T#${aws:PrincipalTag/school_id, 'a'}#*", "T#a#*", "T#a",
            "T#a*",
            "?#${aws:PrincipalTag/school_id}#*", "T#${aws:PrincipalTag/school_id}?#*",
            "T#*${aws:PrincipalTag/school_id}#*", "T#*#${aws:PrincipalTag/school_id}#*",
            "T#${aws:PrincipalTag/unit}#*", "T#${*}#*", "", "${aws:PrincipalTag/school_id}",
            "t#${aws:PrincipalTag/school_id}#*", "T#${aws:PrincipalTag/tenant_id, 'b'}#*",
            "${aws:PrincipalTag/tenant_id}", "${aws:PrincipalTag/tenant_id}*",
            "${aws:PrincipalTag/tenant_id, 'a'}",
            "${aws:PrincipalTag/school_id}#*", "a", "T#${aws:userid}#*", "??${aws:PrincipalTag/school_id}#*",
            "T#${aws:PrincipalTag/unit}${aws:PrincipalTag/school_id}#*",
        ]

    static let texts = [
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ]
    private static let orders = [
        "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals",
    ]
    private static let arns = ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]

    private mutating func operatorName(_ stock: [String]) -> String {
        pick(["", "", "ForAllValues:", "ForAnyValue:"]) + pick(stock) + (chance(1, of: 5) ? "IfExists" : "")
    }

    /// A condition on the leading keys.
    mutating func keyCondition() -> HuntedPolicy.Condition {
        if chance(1, of: 8) {
            return .init(
                comparison: pick(["", "ForAllValues:", "ForAnyValue:"]) + "Null",
                key: RandomPolicies.leadingKeys,
                values: [pick(["true", "false"])])
        }
        return .init(
            comparison: operatorName(RandomPolicies.texts + ["StringLike", "StringNotLike"]),
            key: RandomPolicies.leadingKeys, values: some(RandomPolicies.keyPatterns, upTo: 2))
    }

    /// A condition on anything else that a request or a session brings.
    mutating func anyCondition() -> HuntedPolicy.Condition {
        switch upTo(11) {
        case 0:
            return .init(
                comparison: operatorName(RandomPolicies.texts), key: "dynamodb:Attributes",
                values: some(["a", "b", "a*", "pk", "*", "${aws:PrincipalTag/unit}"], upTo: 3))
        case 1:
            return .init(
                comparison: operatorName(RandomPolicies.texts), key: "dynamodb:Select",
                values: some(["ALL_ATTRIBUTES", "COUNT", "SPECIFIC_*"], upTo: 2))
        case 2:
            return .init(
                comparison: operatorName(["Bool"]),
                key: pick(["dynamodb:FullTableScan", "aws:SecureTransport"]),
                values: some(["true", "false"], upTo: 2))
        case 3:
            return .init(
                comparison: operatorName(RandomPolicies.texts), key: "dynamodb:EnclosingOperation",
                values: some(["TransactWriteItems", "Transact*", "transactgetitems"], upTo: 2))
        case 4:
            return .init(
                comparison: operatorName(["IpAddress", "NotIpAddress"]), key: "aws:SourceIp",
                values: some(["10.0.0.0/8", "10.1.2.3", "::1/128", "0.0.0.0/0"], upTo: 2))
        case 5:
            return .init(
                comparison: operatorName(RandomPolicies.orders.map { "Date" + $0 }), key: "aws:CurrentTime",
                values: some(["2026-01-01T00:00:00Z", "2030-01-01", "2026-06-01"], upTo: 2))
        case 6:
            return .init(
                comparison: operatorName(RandomPolicies.orders.map { "Numeric" + $0 }),
                key: pick(["aws:MultiFactorAuthAge", "aws:EpochTime"]),
                values: some(["300", "3600", "0.5"], upTo: 2))
        case 7:
            return .init(
                comparison: operatorName(RandomPolicies.arns),
                key: pick(["aws:SourceArn", "aws:PrincipalArn"]),
                values: some(
                    [
                        "arn:aws:sts::*:assumed-role/*/*", "*", "arn:aws:s3:::${aws:PrincipalTag/unit}",
                        "arn:aws:s3:::b",
                    ],
                    upTo: 2))
        case 8:
            return .init(
                comparison: pick(["", "ForAnyValue:"]) + "BinaryEquals", key: "dynamodb:ReturnValues",
                values: [pick(["QUxMX09MRA==", "Tk9ORQ=="])])
        case 9:
            return .init(
                comparison: pick(["", "", "ForAllValues:", "ForAnyValue:"]) + "Null",
                key: pick([
                    "aws:PrincipalTag/school_id", "aws:PrincipalTag/unit", "dynamodb:Attributes",
                    "dynamodb:Select",
                    "aws:SourceIp", "dynamodb:FullTableScan",
                ]), values: [pick(["true", "false"])])
        default: return tagCondition()
        }
    }

    private mutating func tagCondition() -> HuntedPolicy.Condition {
        .init(
            comparison: operatorName(RandomPolicies.texts),
            key: "aws:PrincipalTag/" + pick(["school_id", "tenant_id", "unit", "unit"]),
            values: some(
                [
                    "a", "b", "ab", "a*", "*", "${aws:PrincipalTag/school_id}",
                    "${aws:PrincipalTag/unit, 'a'}", "?",
                ],
                upTo: 2))
    }

    /// Changes one thing of a statement as people get it wrong.
    mutating func mutate(_ statement: inout HuntedPolicy.Statement) {
        let keyed = statement.conditions.indices.filter {
            statement.conditions[$0].key == RandomPolicies.leadingKeys
                && !statement.conditions[$0].comparison.hasSuffix("Null")
        }
        switch upTo(9) {
        case 0, 1:
            guard let index = keyed.first else { return statement.add(keyCondition()) }
            let value = upTo(statement.conditions[index].values.count - 1)
            statement.conditions[index].values[value] = pick(RandomPolicies.keyPatterns)
        case 2:
            guard let index = keyed.first else { return statement.add(keyCondition()) }
            var changed = statement.conditions.remove(at: index)
            changed.comparison = operatorName(RandomPolicies.texts)
            statement.add(changed)
        case 3:
            guard !statement.conditions.isEmpty else { return }
            statement.conditions.remove(at: upTo(statement.conditions.count - 1))
        case 4:
            statement.actions += [
                pick(["dynamodb:Scan", "dynamodb:*", "dynamodb:PartiQLSelect", "dynamodb:Query"])
            ]
        case 5:
            statement.isActionNegated = true
            statement.actions = some(RandomPolicies.actionPatterns, upTo: 3)
        case 6: statement.resources.append(pick(RandomPolicies.resources))
        case 7:
            statement.isResourceNegated = true
            statement.resources = some(RandomPolicies.resources, upTo: 2)
        case 8:
            guard let index = keyed.first else { return }
            statement.conditions[index].values.append(pick(RandomPolicies.keyPatterns))
        default: statement.isAllow.toggle()
        }
    }
}
