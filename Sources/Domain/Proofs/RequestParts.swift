import Base
import Policies

/// A request as it was put together: each key and its values.
struct RequestParts: Sendable {
    var values: [ConditionKeyName: [String]] = [:]
    /// Whether the time was to be left out.
    var isTimeAbsent = false

    /// The session's tags, by name.
    var tags: [(name: String, value: String)] {
        values.compactMap { name, texts in
            guard name.key == .principalTag, let tag = name.tag, let value = texts.first else { return nil }
            return (tag, value)
        }.sorted { $0.name < $1.name }
    }

    /// The partition keys.
    var leadingKeys: [String] { ConditionKeyName(.leadingKeys).flatMap { values[$0] } ?? [] }

    /// The moment that requests are made at where the policies do not care.
    private static let moment = Timestamp(milliseconds: 1_772_000_000_000)

    /// The request, or nil where a time is none.
    func request(_ question: Question) -> DecisionRequest? {
        var time: Timestamp? = isTimeAbsent ? nil : RequestParts.moment
        for name in values.keys where name.key == .currentTime {
            guard let text = values[name]?.first else { continue }
            guard let milliseconds = Array(text.utf8).conditionMilliseconds else { return nil }
            time = Timestamp(milliseconds: milliseconds)
        }
        let principal: PrincipalAttributes
        var isTagged = true
        do throws(PrincipalAttributes.TagFault) {
            principal = try PrincipalAttributes(tags: tags)
        } catch {
            // A tag that no session has: a model of sessions can have such, and the evaluator finds it in the context.
            isTagged = false
            principal = .unknown
        }
        // What every assumed role has.
        let type = isTagged ? nil : ConditionKeyName(.principalType)
        var request = DecisionRequest(question.action, on: question.resource, by: principal, at: time)
        for (name, texts) in values.sorted(by: { $0.key.text < $1.key.text }) {
            if isTagged, name.key == .principalTag || name.key == .principalType { continue }
            if name.key == .currentTime { continue }
            for text in texts { request.context.append(text, to: name) }
        }
        if let type, values[type] == nil { request.context.append("AssumedRole", to: type) }
        return request
    }
}
