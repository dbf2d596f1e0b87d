import Base

@testable import Policies

/// A request that the evaluator allows and that reaches what is not the session's.
struct Violation: CustomStringConvertible {
    let tags: [(name: String, value: String)]
    let request: DecisionRequest
    let place: SmallWorld.Place
    /// The keys it names; none where it reaches them all.
    let keys: [[UInt8]]

    var description: String {
        let tags = tags.map { "\($0.name)=`\($0.value)`" }.joined(separator: " ")
        let keys = keys.map { "`\(String(decoding: $0, as: UTF8.self))`" }.joined(separator: ", ")
        let context = request.context.entries.map { entry in
            let name = entry.key.name
            let found = ConditionKeyName(entry.key).map { request.context.texts(of: $0) } ?? []
            return "\(name)=\(found)"
        }
        return "\(request.action.name) on \(request.resource.text), session {\(tags)}, "
            + (keys.isEmpty ? "reaches every key" : "keys \(keys)") + ", context \(context), "
            + "time \(request.currentTime.map { "\($0.seconds)" } ?? "absent")"
    }
}
