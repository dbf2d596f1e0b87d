import Base
import JSONText
import Policies

/// The answer to one or several questions that were put to policies: a request is allowed where all of its questions are.
public struct Simulation: Sendable {
    /// What a denial is among findings.
    public static let rule = ReviewRule(
        id: "request-denied", level: .note, title: "The request is denied",
        why: "The policies do not allow the request that was asked about.")

    /// A question and its answer.
    public struct Answer: Sendable {
        /// What was asked.
        public let request: DecisionRequest
        /// Why it was decided so.
        public let explanation: DecisionExplanation
    }

    /// Who was asked: the role, or the name of the document.
    public let subject: String
    /// The session's tags.
    public let tags: [(name: String, value: String)]
    /// In the order in which the gateway asks.
    public let answers: [Answer]

    /// Puts questions to policies.
    public init(
        _ requests: [DecisionRequest], to policies: CompiledPolicySet, subject: String,
        tags: [(name: String, value: String)]
    ) {
        self.subject = subject
        self.tags = tags
        answers = requests.map { Answer(request: $0, explanation: policies.explain($0)) }
    }

    /// Whether every question is answered with yes; false where there is none.
    public var isAllowed: Bool {
        !answers.isEmpty && answers.allSatisfy { $0.explanation.decision.isAllowed }
    }

    /// `Allow`, or the first denial: `Deny(explicit)`, `Deny(implicit)` or `Deny(error)`.
    public var decision: String {
        answers.first { !$0.explanation.decision.isAllowed }?.explanation.decision.name
            ?? (isAllowed ? "Allow" : "Deny(error)")
    }

    /// The denials, for SARIF, each at the statement that denies or else at the beginning of the first file that was asked.
    public var reviewFindings: [ReviewFinding] {
        answers.filter { !$0.explanation.decision.isAllowed }.map { answer in
            let statement =
                answer.explanation.findings.first { $0.outcome == .decided }
                ?? answer.explanation.findings.first
            return ReviewFinding(
                Simulation.rule, file: statement?.file ?? subject,
                position: statement?.position ?? TextPosition(line: 1, column: 1),
                message: answer.explanation.summary)
        }
    }

    /// Writes `{"decision", "isAllowed", "subject", "tags", "answers": [{"decision", "request", "explanation"}]}`.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("decision", decision)
        json.member("isAllowed", isAllowed)
        json.member("subject", subject)
        RequestDocument.write(tags: tags, to: &json)
        json.name("answers")
        json.beginArray()
        for answer in answers {
            json.beginObject()
            json.member("decision", answer.explanation.decision.name)
            json.name("request")
            RequestDocument(answer.request).write(to: &json)
            json.name("explanation")
            ExplanationDocument(answer.explanation).write(to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
