import Base
import JSONText
import Policies

/// Why a request was decided as it was, as JSON.
public struct ExplanationDocument {
    private let explanation: DecisionExplanation

    /// The document of an explanation.
    public init(_ explanation: DecisionExplanation) { self.explanation = explanation }

    /// Writes `{"decision", "summary", "statements": [{"file", "line", "column", "sid", "layer", "effect", "outcome", "text",
    /// …}]}`, the statements in the order of the files.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("decision", explanation.decision.name)
        json.member("summary", explanation.summary)
        json.name("statements")
        json.beginArray()
        for finding in explanation.findings { ExplanationDocument.write(finding, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ finding: DecisionExplanation.Finding, to json: inout JSONWriter) {
        json.beginObject()
        json.member("file", finding.file)
        json.member("line", finding.position.line)
        json.member("column", finding.position.column)
        json.member("sid", ifPresent: finding.sid)
        json.member("layer", name(of: finding.layer))
        json.member("effect", finding.effect.rawValue)
        switch finding.outcome {
        case .decided: json.member("outcome", "decided")
        case .applies: json.member("outcome", "applies")
        case .otherAction: json.member("outcome", "other-action")
        case .otherResource(let texts):
            json.member("outcome", "other-resource")
            json.member("resources", texts)
        case .condition(let name, let key, let wanted, let found, let position):
            json.member("outcome", "condition")
            json.member("operator", name)
            json.member("key", key)
            json.member("wanted", wanted)
            json.member("found", found)
            json.member("conditionLine", position.line)
            json.member("conditionColumn", position.column)
        case .malformedValue(let key, let found, let position):
            json.member("outcome", "malformed-value")
            json.member("key", key)
            json.member("found", found)
            json.member("conditionLine", position.line)
            json.member("conditionColumn", position.column)
        }
        json.member("text", finding.outcome.text)
        json.endObject()
    }

    private static func name(of layer: PolicyLayer) -> String {
        switch layer {
        case .role: "role"
        case .boundary: "boundary"
        case .session: "session"
        }
    }
}

/// What was asked of the policies, as JSON.
public struct RequestDocument {
    private let request: DecisionRequest

    /// The document of a request.
    public init(_ request: DecisionRequest) { self.request = request }

    /// Writes `{"action", "resource", "context": {KEY: [VALUE]}}`.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("action", request.action.name)
        json.member("resource", request.resource.text)
        json.name("context")
        json.beginObject()
        for name in request.context.names {
            json.name(text: name.text)
            json.beginArray()
            for text in request.context.texts(of: name) { json.string(text) }
            json.endArray()
        }
        json.endObject()
        json.endObject()
    }

    /// Writes the tags of a session as an object.
    static func write(tags: [(name: String, value: String)], to json: inout JSONWriter) {
        json.name("tags")
        json.beginObject()
        for tag in tags {
            json.name(text: tag.name)
            json.string(tag.value)
        }
        json.endObject()
    }
}
