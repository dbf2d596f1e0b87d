import Base

@testable import Policies

extension SMTQuestion {
    /// What a model is asked for; to be called behind `text`.
    var modelNames: [String] {
        var found: [String] = []
        for tag in SmallWorld.tagValues { found += ["has_tag_\(tag.name)", "tag_\(tag.name)"] }
        for key in SMTQuestion.keyNames { found += key }
        for key in texts {
            let name = names.name(key)
            found += ["has_\(name)", name]
            if key.key.isMultivalued { found += ["has_more_\(name)", "more_\(name)"] }
        }
        for key in choices { found.append("choice_\(names.name(key))") }
        return found
    }

    /// The request that a model describes.
    func violation(of model: String) throws -> Violation {
        let values = SMTQuestion.read(model)
        let tags = SmallWorld.tagValues.filter { values["has_tag_\($0.name)"] == "true" }
            .map { (name: $0.name, value: values["tag_\($0.name)"] ?? "") }
        guard let resource = PolicyResource(arn: "arn:aws:dynamodb:us-east-1:000000000000:\(place.path)")
        else {
            preconditionFailure("the ARN of a table")
        }
        let picked = choices.map { key in
            ContextStock.choices(of: key.key)[values["choice_\(names.name(key))"].flatMap { Int($0) } ?? 0]
        }
        let isTimed = choices.contains { $0.key == .currentTime || $0.key == .epochTime }
        var request = DecisionRequest(
            concern.action, on: resource, by: try PrincipalAttributes(tags: tags),
            at: isTimed ? picked.compactMap(\.time).first : ContextStock.now)
        for choice in picked { for value in choice.values { request.context.append(value, to: choice.key) } }
        for key in texts {
            let name = names.name(key)
            guard values["has_\(name)"] == "true" else { continue }
            request.context.append(values[name] ?? "", to: key)
            if key.key.isMultivalued, values["has_more_\(name)"] == "true" {
                request.context.append(values["more_\(name)"] ?? "", to: key)
            }
        }
        let keys = SMTQuestion.keyNames.filter { !isScan && values[$0[0]] == "true" }.map {
            values[$0[1]] ?? ""
        }
        for key in keys { request.context.append(key, to: .leadingKeys) }
        return Violation(tags: tags, request: request, place: place, keys: keys.map { Array($0.utf8) })
    }

    /// The pairs of `((name value) …)`.
    private static func read(_ model: String) -> [String: String] {
        var found: [String: String] = [:]
        var rest = model[...]
        while let open = rest.firstIndex(where: { $0 != "(" && $0 != ")" && !$0.isWhitespace }) {
            rest = rest[open...]
            guard let space = rest.firstIndex(where: \.isWhitespace) else { break }
            let name = String(rest[..<space])
            rest = rest[rest.index(after: space)...]
            guard rest.first == "\"" else {
                let end = rest.firstIndex(of: ")") ?? rest.endIndex
                found[name] = String(rest[..<end])
                rest = rest[end...]
                continue
            }
            rest.removeFirst()
            var end = rest.startIndex
            while end < rest.endIndex {
                let next = rest.index(after: end)
                if rest[end] == "\"" {
                    guard next < rest.endIndex, rest[next] == "\"" else { break }
                    end = rest.index(after: next)
                } else {
                    end = next
                }
            }
            found[name] = SMTText.text(ofLiteral: rest[..<end])
            rest = rest[end...].dropFirst()
        }
        return found
    }
}
