import Base
import JSONText

extension CompiledPolicySet {
    /// Decides a request as `decide` does and says why. Off the hot path.
    ///
    /// The values in it are those of the request itself (keys, attribute names, the session's tags): no item
    /// contents.
    public func explain(_ request: DecisionRequest) -> DecisionExplanation {
        let decision = decide(request)
        var findings: [DecisionExplanation.Finding] = []
        if decision != .failed(.leadingKeysUnknown) {
            for (index, source) in sources.enumerated() {
                findings.append(
                    .init(
                        file: source.document.file, position: source.statement.position,
                        sid: source.statement.sid,
                        layer: statements[index].layer, effect: statements[index].effect,
                        outcome: outcome(index, request, decision)))
            }
        }
        return DecisionExplanation(
            decision: decision, summary: summary(decision, request), findings: findings)
    }

    private func outcome(
        _ index: Int, _ request: DecisionRequest, _ decision: Decision
    ) -> DecisionExplanation.Outcome {
        let statement = statements[index]
        let source = sources[index].statement
        guard source.actions.set.contains(request.action) else { return .otherAction }
        guard reaches(statement, request) else {
            return .otherResource(texts: source.resources.texts.map(\.value))
        }
        for (place, condition) in zip(statement.conditions, source.conditions) {
            let name = condition.key.value
            switch holds(conditions[place], statement.effect, request) {
            case .yes: continue
            case .no:
                return .condition(
                    operatorName: condition.comparison.value.name, key: name.text,
                    wanted: condition.texts.map(\.value),
                    found: texts(of: name, request), position: condition.key.position)
            case .fault:
                return .malformedValue(
                    key: name.text, found: texts(of: name, request), position: condition.key.position)
            }
        }
        switch decision {
        case .allow(let id), .explicitDeny(let id): return id.index == index ? .decided : .applies
        case .implicitDeny, .failed: return .applies
        }
    }

    private func texts(of name: ConditionKeyName, _ request: DecisionRequest) -> [String] {
        let own = request.principal.values.texts(of: name)
        if !own.isEmpty { return own }
        let found = request.context.texts(of: name)
        if found.isEmpty, name.key == .currentTime || name.key == .epochTime, let time = request.currentTime {
            return [String(time.seconds)]
        }
        return found
    }

    /// What an AccessDeniedException says: the action, the resource, and the statement that denied or that
    /// none allowed. Nothing of any item, and no key.
    public func summary(_ decision: Decision, _ request: DecisionRequest) -> String {
        let who = request.principal.arn.isEmpty ? "The caller" : "User: \(request.principal.arn)"
        let what = "perform: \(request.action.name) on resource: \(request.resource.text)"
        let refused = "\(who) is not authorized to \(what)"
        switch decision {
        case .allow(let id): return "\(who) may \(what) by \(describe(id))"
        case .explicitDeny(let id): return "\(refused) with an explicit deny in \(describe(id))"
        case .implicitDeny(.role):
            return
                "\(refused) because no statement of role `\(role)` allows the \(request.action.name) action"
        case .implicitDeny(.boundary):
            return "\(refused) because no statement of the permission boundary of role `\(role)` allows the "
                + "\(request.action.name) action"
        case .implicitDeny(.session):
            return
                "\(refused) because no statement of the session's own policy allows the \(request.action.name) action"
        case .failed(.leadingKeysUnknown):
            return "\(refused) because the partition keys that it reaches could not be determined"
        case .failed(.malformedValue(let id)):
            return "\(refused) because a value of the request could not be read for \(describe(id))"
        }
    }

    /// Where a statement of this set stands: its file, its line from 1, its Sid.
    public func source(of id: StatementID) -> (file: String, line: Int, sid: String?) {
        let source = sources[id.index]
        return (source.document.file, source.statement.position.line, source.statement.sid)
    }

    /// `statement `Sid` of policy `file``; the line stands for a Sid that is missing.
    public func describe(_ id: StatementID) -> String {
        let source = sources[id.index]
        let name = source.statement.sid.map { "`\($0)`" } ?? "at line \(source.statement.position.line)"
        return "statement \(name) of policy `\(source.document.file)`"
    }
}
