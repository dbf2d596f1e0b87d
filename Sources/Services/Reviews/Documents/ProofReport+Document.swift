import Base
import JSONText
import Policies
import Proofs

extension ProofReport {
    /// What a counterexample is among findings.
    public static let counterexampleRule = ReviewRule(
        id: "isolation-counterexample", level: .error, title: "A session reaches keys that are not its own",
        why: "The policies allow a request that reaches another tenant's items.", isSecurity: true)
    /// What an unproven role is among findings.
    public static let unprovenRule = ReviewRule(
        id: "isolation-unproven", level: .warning, title: "Isolation is not proved",
        why: "Nothing was found, and it is not proven that there is nothing.", isSecurity: true)
    /// Both.
    public static let rules = [counterexampleRule, unprovenRule]

    /// Whether every role is proved.
    public var isProved: Bool {
        entries.allSatisfy { if case .proved = $0.proof.verdict { true } else { false } }
    }

    /// The roles that are not proved, for SARIF.
    /// - Parameter place: where the role is described.
    public func reviewFindings(place: (String) -> (file: String, position: TextPosition)) -> [ReviewFinding] {
        entries.compactMap { entry in
            switch entry.proof.verdict {
            case .proved: return nil
            case .counterexample(let story):
                let decided = story.explanation.findings.first { $0.outcome == .decided }
                let place = decided.map { ($0.file, $0.position) } ?? place(entry.proof.role)
                return ReviewFinding(
                    Self.counterexampleRule, file: place.0, position: place.1,
                    message: "`\(entry.proof.role)`: \(story.story)")
            case .unproven(let reasons):
                let place = place(entry.proof.role)
                return ReviewFinding(
                    Self.unprovenRule, file: place.file, position: place.position,
                    message: "`\(entry.proof.role)`: \(reasons.joined(separator: "; "))")
            }
        }
    }

    /// Writes `{"isClean", "roles": [{"role", "verdict": "proved" | "counterexample" | "unproven", "milliseconds", "questions",
    /// "states", "assumptions", "counterexample": {…}, "reasons": […]}]}`.
    /// - Parameter command: the AWS CLI command that makes a request.
    public func write(to json: inout JSONWriter, command: (DecisionRequest) -> String) {
        json.beginObject()
        json.member("isClean", isProved)
        json.name("roles")
        json.beginArray()
        for entry in entries {
            json.beginObject()
            json.member("role", entry.proof.role)
            switch entry.proof.verdict {
            case .proved: json.member("verdict", "proved")
            case .counterexample(let story):
                json.member("verdict", "counterexample")
                json.name("counterexample")
                story.write(to: &json, command: command)
            case .unproven(let reasons):
                json.member("verdict", "unproven")
                json.member("reasons", reasons)
            }
            json.name("milliseconds")
            json.double((entry.milliseconds * 1000).rounded() / 1000)
            json.member("questions", entry.proof.questions)
            json.member("states", entry.proof.states)
            json.member("assumptions", entry.proof.assumptions)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}

extension Counterexample {
    /// The partition key that it reaches, as text; nil where there is none.
    public var keyText: String? { key.map { String(decoding: $0, as: UTF8.self) } }

    /// The whole of it in one sentence without a full stop.
    public var story: String {
        let who =
            tags.isEmpty
            ? "a session without tags"
            : "a session with " + tags.map { "\($0.name)=`\($0.value)`" }.joined(separator: ", ")
        let what = keyText.map { " reaches the key `\($0)` of \(owner)" } ?? " reaches \(owner)"
        return "\(who)\(what) by \(request.action.name)"
    }

    /// Writes `{"tags", "request", "command", "key", "owner", "table", "index", "explanation"}`.
    func write(to json: inout JSONWriter, command: (DecisionRequest) -> String) {
        json.beginObject()
        RequestDocument.write(tags: tags, to: &json)
        json.name("request")
        RequestDocument(request).write(to: &json)
        json.member("command", command(request))
        json.member("key", ifPresent: keyText)
        json.member("owner", owner)
        json.member("table", ifPresent: resource?.table)
        json.member("index", ifPresent: resource?.index)
        json.name("explanation")
        ExplanationDocument(explanation).write(to: &json)
        json.endObject()
    }
}
