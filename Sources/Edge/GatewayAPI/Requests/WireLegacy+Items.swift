import Items

/// What the parameters mean, once ConstraintCheck has let them through: an operator or action that it would
/// have refused is our own mistake here.
extension WireLegacy {
    /// Collects operators and actions that there are not, and an empty AttributesToGet.
    func check(_ check: inout ConstraintCheck) {
        if let attributesToGet, attributesToGet.isEmpty {
            check.fail("[]", "attributesToGet", "Member must have length greater than or equal to 1")
        }
        Self.check(queryFilter, "queryFilter", &check)
        Self.check(scanFilter, "scanFilter", &check)
        if conditionalOperator != nil, joint == nil {
            check.oneOf(conditionalOperator, "conditionalOperator", "OR", "AND")
        }
        Self.check(keyConditions, "keyConditions", &check)
        for (name, expectation) in expected ?? [] {
            Self.checkComparison(expectation.comparison, "expected.\(name)", &check)
        }
        for (name, update) in attributeUpdates ?? [] {
            check.oneOf(update.action, "attributeUpdates.\(name).member.action", "ADD", "DELETE", "PUT")
        }
    }

    private static func check(
        _ conditions: Entries<Condition>?, _ parameter: String, _ check: inout ConstraintCheck
    ) {
        for (name, condition) in conditions ?? [] {
            check.require(
                condition.comparison != nil, "\(parameter).\(name).member.comparisonOperator")
            checkComparison(condition.comparison, "\(parameter).\(name)", &check)
        }
    }

    /// The operators stand in the service's order.
    private static func checkComparison(
        _ comparison: String?, _ place: String, _ check: inout ConstraintCheck
    ) {
        check.oneOf(
            comparison, "\(place).member.comparisonOperator", "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS",
            "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS")
    }

    /// Checks that ConditionalOperator has something to connect.
    /// - Parameter count: how many attributes the filter or Expected names.
    func checkConditionalOperator(connecting count: Int) throws(WireError) {
        guard conditionalOperator != nil, count < 2 else { return }
        throw .validation(
            count == 0
                ? "ConditionalOperator cannot be used without Filter or Expected"
                : "ConditionalOperator can only be used when Filter or Expected has two or more elements")
    }

    private var joint: LegacyCondition.Joint? {
        conditionalOperator.flatMap(LegacyCondition.Joint.init(rawValue:))
    }

    /// Expected; nil where it asks for nothing.
    func condition() throws(WireError) -> ConditionExpression? {
        let entries = expected ?? []
        for (name, expectation) in entries where !expectation.isThere {
            throw .validation(
                "One or more parameter values were invalid: ExpectedAttributeValue must not be null for "
                    + "Attribute: \(name)")
        }
        let expectations = LegacyEntries(
            entries.map { name, expectation in
                let parsed = LegacyExpectation(
                    comparison: expectation.comparison.map(Self.comparison),
                    arguments: expectation.arguments, value: expectation.value, exists: expectation.exists)
                return (name: name, value: parsed)
            })
        try checkConditionalOperator(connecting: expectations.count)
        do throws(ItemError) {
            return try ConditionExpression.expected(expectations, joinedBy: joint)
        } catch { throw WireError(error) }
    }

    /// AttributeUpdates; nil where there is none.
    func update() throws(WireError) -> UpdateExpression? {
        guard let attributeUpdates, !attributeUpdates.isEmpty else { return nil }
        let updates = LegacyEntries(
            attributeUpdates.map { name, update in
                (name: name, value: LegacyUpdate(Self.action(update.action), update.value))
            })
        do throws(ItemError) {
            return try UpdateExpression.attributeUpdates(updates)
        } catch { throw WireError(error) }
    }

    /// QueryFilter or ScanFilter; nil where it asks for nothing.
    func filter(_ conditions: Entries<Condition>?) throws(WireError) -> ConditionExpression? {
        let parsed = Self.conditions(conditions ?? [])
        try checkConditionalOperator(connecting: parsed.count)
        do throws(ItemError) {
            return try ConditionExpression.filter(parsed, joinedBy: joint)
        } catch { throw WireError(error) }
    }

    /// KeyConditions; nil where there is none.
    func keyCondition() throws(WireError) -> KeyConditionExpression? {
        guard let keyConditions else { return nil }
        do throws(ItemError) {
            return try KeyConditionExpression.keyConditions(Self.conditions(keyConditions))
        } catch { throw WireError(error) }
    }

    /// AttributesToGet; nil where there is none.
    func projection() throws(WireError) -> ProjectionExpression? {
        guard let attributesToGet else { return nil }
        do throws(ItemError) {
            return try ProjectionExpression.attributesToGet(attributesToGet)
        } catch { throw WireError(error) }
    }

    private static func conditions(_ entries: Entries<Condition>) -> LegacyEntries<LegacyCondition> {
        LegacyEntries(
            entries.map { name, condition in
                guard let text = condition.comparison else {
                    preconditionFailure("ConstraintCheck requires an operator")
                }
                return (name: name, value: LegacyCondition(comparison(text), condition.arguments))
            })
    }

    private static func comparison(_ text: String) -> LegacyCondition.Comparison {
        guard let comparison = LegacyCondition.Comparison(rawValue: text) else {
            preconditionFailure("ConstraintCheck knows an operator that Items does not")
        }
        return comparison
    }

    private static func action(_ text: String?) -> LegacyUpdate.Action {
        guard let action = LegacyUpdate.Action(rawValue: text ?? "PUT") else {
            preconditionFailure("ConstraintCheck knows an action that Items does not")
        }
        return action
    }
}
