import Base
import JSONText

/// Why a request was decided as it was: the statement that decided, and for each other one what kept it out.
public struct DecisionExplanation: Sendable, CustomStringConvertible {
    /// What became of one statement.
    public enum Outcome: Hashable, Sendable {
        /// It decided.
        case decided
        /// It applies too, but another one decided.
        case applies
        /// It is about other actions.
        case otherAction
        /// It is about other resources, or its variables have no value.
        case otherResource(texts: [String])
        /// This condition failed. `found` are the key's values in the request, empty where it is absent.
        case condition(
            operatorName: String, key: String, wanted: [String], found: [String], position: TextPosition)
        /// A value of the request is not what this condition's key wants.
        case malformedValue(key: String, found: [String], position: TextPosition)
    }

    /// One statement and what became of it.
    public struct Finding: Hashable, Sendable {
        /// The file.
        public let file: String
        /// Where the statement stands in it.
        public let position: TextPosition
        /// Its name, if it has one.
        public let sid: String?
        /// Which set of policies it belongs to.
        public let layer: PolicyLayer
        /// What it does where it applies.
        public let effect: PolicyStatement.Effect
        /// What became of it.
        public let outcome: Outcome
        /// The line of the file in which the statement begins, from 1.
        public var line: Int { position.line }
    }

    /// The decision.
    public let decision: Decision
    /// One sentence, as an AccessDeniedException gives it.
    public let summary: String
    /// One for each statement, in the order of the files; none where leading keys are unknown.
    public let findings: [Finding]

    /// The summary, then a line for each statement about the action.
    public var description: String {
        let lines = findings.filter { $0.outcome != .otherAction }.map { finding in
            let name = finding.sid.map { "`\($0)`" } ?? "without Sid"
            return "  \(finding.file):\(finding.position.line):\(finding.position.column) "
                + "\(finding.effect.rawValue) \(name): \(finding.outcome.text)"
        }
        return ([summary] + lines).joined(separator: "\n")
    }
}

extension DecisionExplanation.Outcome {
    /// What became of the statement, for people.
    public var text: String {
        switch self {
        case .decided: "decided"
        case .applies: "applies too"
        case .otherAction: "is about other actions"
        case .otherResource(let texts): "is about other resources: \(Self.list(texts))"
        case .condition(let name, let key, let wanted, let found, let position):
            "line \(position.line): \(name) on \(key) wants \(Self.list(wanted)), found "
                + (found.isEmpty ? "no value" : Self.list(found))
        case .malformedValue(let key, let found, let position):
            "line \(position.line): the value of \(key) is malformed: \(Self.list(found))"
        }
    }

    private static func list(_ texts: [String]) -> String {
        let shown = texts.prefix(8).map { "`\($0.shortened(toScalars: 120))`" }.joined(separator: ", ")
        return texts.count > 8 ? "\(shown) and \(texts.count - 8) more" : shown
    }
}
