import JSONText

extension ConditionKeyName {
    /// The tags of the sessions that tokens open, which have no others; `student_id` is there where a token is for one student.
    /// Source: Homeroom's rule: they are the claims of its tokens.
    public static let suppliedTags = ["tenant_id", "school_id", "student_id", "role", "tier"]

    /// Whether a request at the gateway can have a value for it: what is asked of it is otherwise always
    /// answered by its absence. Policies/README.md has the same as a table.
    public var isSupplied: Bool { key == .username || key == .resourceTag || isSuppliedToTokens }

    /// Whether the request of a session that a token has opened can have a value for it: users of static keys
    /// have a name, and only the operator's own tables have tags.
    public var isSuppliedToTokens: Bool {
        switch key {
        case .principalTag: ConditionKeyName.suppliedTags.contains(tag ?? "")
        case .attributes, .enclosingOperation, .fullTableScan, .leadingKeys, .firstPartitionKeyValues,
            .secondPartitionKeyValues, .thirdPartitionKeyValues, .fourthPartitionKeyValues,
            .returnConsumedCapacity, .returnValues, .select, .principalArn, .principalAccount,
            .principalType, .userid, .tokenIssueTime, .federatedProvider, .multiFactorAuthPresent,
            .principalIsAWSService, .viaAWSService, .resourceAccount, .sourceIp, .currentTime, .epochTime,
            .requestedRegion, .requestTag, .tagKeys, .secureTransport, .stsRoleSessionName:
            true
        default: key.isTokenClaim
        }
    }

    /// Whether it is `false` in every request: no service calls the gateway, and no token speaks of a second
    /// factor.
    public var isAlwaysFalse: Bool {
        switch key {
        case .multiFactorAuthPresent, .principalIsAWSService, .viaAWSService: true
        default: false
        }
    }
}

extension PolicyReader {
    /// Reports every variable of a document that no session has a value for: the statement would never apply.
    mutating func reportUnsupplied(_ document: PolicyDocument) {
        for statement in document.statements {
            for (text, pattern) in zip(statement.resources.texts, statement.resources.patterns) {
                reportUnsupplied(pattern.variables, text.position)
            }
            for condition in statement.conditions {
                for (text, value) in zip(condition.texts, condition.values) {
                    reportUnsupplied(value.variables, text.position)
                }
            }
        }
    }

    mutating func reportUnsupplied(_ variables: [PolicyVariable], _ position: TextPosition) {
        for variable in variables where !variable.key.isSuppliedToTokens {
            let fault = PolicyPattern.Fault(unsupplied: variable)
            report(fault, at: position)
        }
    }
}

extension PolicyPattern.Fault {
    fileprivate init(unsupplied variable: PolicyVariable) {
        self.init(
            message: "no token supplies `${\(variable.key.text)}`",
            remedy: variable.key.key == .principalTag
                ? "use a tag that tokens have: "
                    + ConditionKeyName.suppliedTags.map { "`\($0)`" }.joined(separator: ", ")
                : "use a tag, such as `${aws:PrincipalTag/school_id}`",
            kind: .unsuppliedVariable)
    }
}

extension ARNPattern {
    /// The variables in it, in order.
    public var variables: [PolicyVariable] {
        guard case .segments(let segments) = self else { return [] }
        return segments.flatMap(\.variables)
    }
}

extension PolicyCondition.Value {
    /// The variables in it, in order.
    public var variables: [PolicyVariable] {
        switch self {
        case .text(let pattern): pattern.variables
        case .arn(let pattern): pattern.variables
        case .number, .date, .bool, .address: []
        }
    }
}
