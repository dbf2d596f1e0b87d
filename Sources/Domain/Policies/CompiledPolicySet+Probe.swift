extension CompiledPolicySet {
    /// How many statements there are: those of the policies in order, then the boundary's, then the session's.
    package var statementCount: Int { statements.count }

    /// Whether that statement is an Allow of that layer, about the action and the resource of the request.
    package func isAllow(_ index: Int, of layer: PolicyLayer, reaching request: DecisionRequest) -> Bool {
        let statement = statements[index]
        return statement.effect == .allow && statement.layer == layer
            && sources[index].statement.actions.set.contains(request.action) && reaches(statement, request)
    }

    /// Whether that statement's conditions on one key hold, whatever its others say.
    package func holds(
        _ index: Int, conditionsOn key: ConditionKeyName, _ request: DecisionRequest
    ) -> Bool {
        let statement = statements[index]
        return zip(statement.conditions, sources[index].statement.conditions).allSatisfy { place, condition in
            condition.key.value != key || holds(conditions[place], statement.effect, request) == .yes
        }
    }
}
