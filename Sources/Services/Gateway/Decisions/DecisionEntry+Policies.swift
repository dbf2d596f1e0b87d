import Base
import Policies
import Registry

extension DecisionEntry {
    /// What a question to the policies was answered, with the reasons where it was refused.
    init(
        _ decision: Decision, _ request: DecisionRequest, _ policies: CompiledPolicySet,
        _ session: GatewaySession, _ requestID: RequestID?, at now: Timestamp, summary: String
    ) {
        self.init(
            time: now, tenant: session.tenant, role: session.role, principal: session.arn,
            action: request.action.name, resource: Self.short(request.resource.text),
            outcome: decision.isAllowed ? .allowed : .denied, judge: .policy,
            summary: Self.short(summary), requestID: requestID?.dynamoText ?? "")
        switch decision {
        case .allow(let id), .explicitDeny(let id), .failed(.malformedValue(let id)):
            statement = Place(policies.source(of: id))
        case .implicitDeny, .failed(.leadingKeysUnknown): statement = nil
        }
        guard !decision.isAllowed else { return }
        // Statements about other actions had nothing to say.
        findings = policies.explain(request).findings
            .filter { $0.outcome != .otherAction && $0.outcome != .decided }
            .prefix(Limits.decisionFindingsMax).map { Finding($0) }
    }

    /// Something that was refused whatever the policies say.
    init(
        refused question: DenialText.Question, by judge: Judge, _ session: GatewaySession,
        _ requestID: RequestID?, at now: Timestamp, summary: String
    ) {
        self.init(
            time: now, tenant: session.tenant, role: session.role, principal: question.principal,
            action: question.action.name, resource: Self.short(question.resource.text), outcome: .denied,
            judge: judge, summary: Self.short(summary), requestID: requestID?.dynamoText ?? "")
    }

    static func short(_ text: String) -> String {
        text.shortened(toScalars: Limits.decisionTextCharactersMax)
    }
}

extension DecisionEntry.Place {
    fileprivate init(_ source: (file: String, line: Int, sid: String?)) {
        self.init(file: source.file, line: source.line, sid: source.sid)
    }
}

extension DecisionEntry.Finding {
    fileprivate init(_ finding: DecisionExplanation.Finding) {
        var key: String?
        var found: [String] = []
        switch finding.outcome {
        case .condition(_, let name, _, let values, _), .malformedValue(let name, let values, _):
            key = name
            found = values.prefix(Limits.decisionValuesMax).map { DecisionEntry.short($0) }
        case .decided, .applies, .otherAction, .otherResource: break
        }
        self.init(
            statement: DecisionEntry.Place(
                file: finding.file, line: finding.line, sid: finding.sid),
            effect: finding.effect.rawValue, text: finding.outcome.text, key: key, found: found)
    }
}
