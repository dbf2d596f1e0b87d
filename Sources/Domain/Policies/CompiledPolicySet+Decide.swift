import Base

extension CompiledPolicySet {
    /// Whether something holds, or could not be told: a fault ends the decision with a denial.
    enum Answer: UInt8 { case no, yes, fault }

    /// Decides a request. Allocates nothing, but where letters outside ASCII are compared without regard to
    /// case.
    ///
    /// Denies of all layers come first; then each layer must have an allow. Source: IAM User Guide, "Policy
    /// evaluation logic". Where a value of the request is malformed or leading keys are unknown the answer is
    /// a denial.
    public func decide(_ request: DecisionRequest) -> Decision {
        if request.lacksLeadingKeys { return .failed(.leadingKeysUnknown) }
        let row = rows[Int(request.action.rawValue)]
        for place in row.denies {
            switch applies(order[place], request) {
            case .no: continue
            case .yes: return .explicitDeny(StatementID(index: order[place]))
            case .fault: return .failed(.malformedValue(StatementID(index: order[place])))
            }
        }
        let decision = firstAllow(row.roleAllows, .role, request)
        guard case .allow = decision else { return decision }
        if hasBoundary {
            let limit = firstAllow(row.boundaryAllows, .boundary, request)
            guard case .allow = limit else { return limit }
        }
        if hasSession {
            let limit = firstAllow(row.sessionAllows, .session, request)
            guard case .allow = limit else { return limit }
        }
        return decision
    }

    private func firstAllow(_ places: Range<Int>, _ layer: PolicyLayer, _ request: DecisionRequest)
        -> Decision
    {
        for place in places {
            switch applies(order[place], request) {
            case .no: continue
            case .yes: return .allow(StatementID(index: order[place]))
            case .fault: return .failed(.malformedValue(StatementID(index: order[place])))
            }
        }
        return .implicitDeny(layer)
    }

    private func applies(_ index: Int, _ request: DecisionRequest) -> Answer {
        let statement = statements[index]
        guard reaches(statement, request) else { return .no }
        for condition in statement.conditions {
            let answer = holds(conditions[condition], statement.effect, request)
            if answer != .yes { return answer }
        }
        return .yes
    }

    /// Whether the statement's Resource or NotResource covers the request's.
    ///
    /// A variable without a value matches nothing. In the NotResource of an Allow that would open everything,
    /// so there the statement does not apply (Homeroom's rule; the guide says only that such a Resource
    /// matches nothing).
    func reaches(_ statement: Statement, _ request: DecisionRequest) -> Bool {
        for index in statement.arns {
            if matches(arns[index], request.resource.bytes.span, request.resource.colons, request) {
                return !statement.isResourceNegated
            }
        }
        guard statement.isResourceNegated else { return false }
        return statement.effect == .deny || !hasNullVariable(statement, request)
    }

    private func hasNullVariable(_ statement: Statement, _ request: DecisionRequest) -> Bool {
        for index in statement.arns where arns[index].usesVariables {
            let first = patterns[arns[index].first + 5]
            guard first.shape == .general else { continue }
            for token in tokens[first.slice.start..<first.slice.start + first.slice.count]
            where token.kind == .variable {
                if case .missing = resolve(variables[token.slice.start], request) { return true }
            }
        }
        return false
    }

    /// Whether one condition holds.
    func holds(_ condition: Condition, _ effect: PolicyStatement.Effect, _ request: DecisionRequest) -> Answer
    {
        var source =
            condition.key.isDynamoDB
            ? -1
            : request.principal.values.find(
                condition.key, tagHash: condition.tagHash, tag: condition.tag, in: bytes)
        let isPrincipal = source >= 0
        if !isPrincipal {
            source = request.context.find(
                condition.key, tagHash: condition.tagHash, tag: condition.tag, in: bytes)
        }
        let isTime = source < 0 && (condition.key == .currentTime || condition.key == .epochTime)
        let isPresent = source >= 0 || (isTime && request.currentTime != nil)
        if condition.comparison == .null { return isNull(condition, isPresent: isPresent) ? .yes : .no }
        #if MUTANTS
            if Mutant.isOn(.wallOpen), condition.key == .leadingKeys { return .yes }
        #endif
        guard isPresent else {
            if condition.isIfExists { return .yes }
            switch condition.qualifier {
            case .forAllValues: return .yes
            case .forAnyValue: return .no
            case .plain: return condition.comparison.isNegated ? .yes : .no
            }
        }
        if isTime, let time = request.currentTime { return holdsAt(time.milliseconds, condition) }
        // One value that holds decides ForAnyValue and the plain operator of a Deny; one that does not, the
        // others.
        let wantsOne =
            condition.qualifier == .forAnyValue || (condition.qualifier == .plain && effect == .deny)
        var next =
            isPrincipal
            ? request.principal.values.entries[source].first : request.context.entries[source].first
        var work = 0
        while next >= 0 {
            let value = isPrincipal ? request.principal.values.values[next] : request.context.values[next]
            let range = value.slice.start..<value.slice.start + value.slice.count
            work &+= range.count &* condition.wildcardBytes
            guard work <= Limits.policyMatchWorkMax else { return .fault }
            let answer =
                isPrincipal
                ? satisfies(request.principal.values.bytes.span.extracting(range), condition, request)
                : satisfies(request.context.bytes.span.extracting(range), condition, request)
            if answer == .fault { return .fault }
            if (answer == .yes) == wantsOne { return wantsOne ? .yes : .no }
            next = value.next
        }
        return wantsOne ? .no : .yes
    }

    /// `Null`, whose values say whether the key is to be absent. With a set prefix the answer is fixed by
    /// presence.
    private func isNull(_ condition: Condition, isPresent: Bool) -> Bool {
        if !isPresent, condition.qualifier == .forAllValues { return true }
        if !isPresent, condition.qualifier == .forAnyValue { return false }
        for index in condition.values {
            if case .bool(let isAbsentWanted) = values[index], isAbsentWanted != isPresent { return true }
        }
        return false
    }

    /// A condition on the time, which the request carries as a number.
    private func holdsAt(_ milliseconds: Int64, _ condition: Condition) -> Answer {
        for index in condition.values {
            switch (condition.comparison.family, values[index]) {
            case (.date(let relation), .date(let wanted)):
                if relation.holds(milliseconds, wanted) { return condition.comparison.isNegated ? .no : .yes }
            case (.number(let relation), .number(let wanted)):
                let now = Int128(milliseconds) * 1_000_000
                if relation.holds(now, wanted) { return condition.comparison.isNegated ? .no : .yes }
            default: return .fault
            }
        }
        return condition.comparison.isNegated ? .yes : .no
    }

    /// Whether one value of a key satisfies a condition: it matches one of the policy's values, or none where
    /// negated.
    private func satisfies(_ input: Span<UInt8>, _ condition: Condition, _ request: DecisionRequest) -> Answer
    {
        let answer = matchesOne(input, condition, request)
        guard condition.comparison.isNegated, answer != .fault else { return answer }
        return answer == .yes ? .no : .yes
    }

    private func matchesOne(_ input: Span<UInt8>, _ condition: Condition, _ request: DecisionRequest)
        -> Answer
    {
        var isMatch = false
        switch condition.comparison.family {
        case .text(_, let ignoresCase):
            for index in condition.values where !isMatch {
                guard case .pattern(let pattern) = values[index] else { return .fault }
                isMatch = matches(patterns[pattern], input, request, ignoresCase: ignoresCase)
            }
        case .binary:
            for index in condition.values where !isMatch {
                guard case .pattern(let pattern) = values[index] else { return .fault }
                isMatch = matches(patterns[pattern], input, request, ignoresCase: false)
            }
        case .arn:
            let colons = PolicyResource.findColons(input)
            for index in condition.values where !isMatch {
                guard case .arn(let arn) = values[index] else { return .fault }
                if arns[arn].shape == .everything { isMatch = true }
                if let colons { isMatch = isMatch || matches(arns[arn], input, colons, request) }
            }
        case .number(let relation):
            guard let number = ConditionNumber.parse(input) else { return .fault }
            for index in condition.values where !isMatch {
                guard case .number(let wanted) = values[index] else { return .fault }
                isMatch = relation.holds(number, wanted)
            }
        case .date(let relation):
            guard let date = ConditionDate.parse(input) else { return .fault }
            for index in condition.values where !isMatch {
                guard case .date(let wanted) = values[index] else { return .fault }
                isMatch = relation.holds(date, wanted)
            }
        case .bool:
            guard let bool = ConditionBool.parse(input) else { return .fault }
            for index in condition.values where !isMatch {
                guard case .bool(let wanted) = values[index] else { return .fault }
                isMatch = bool == wanted
            }
        case .address:
            guard let address = AddressRange.parse(input), address.prefixBits == 128 else { return .fault }
            for index in condition.values where !isMatch {
                guard case .address(let range) = values[index] else { return .fault }
                isMatch = range.contains(address)
            }
        case .null: return .fault
        }
        return isMatch ? .yes : .no
    }
}
