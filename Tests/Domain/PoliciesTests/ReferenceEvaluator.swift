/// Policies as the tests make them up: plain texts, evaluated slowly and without looking at the target's
/// code.
struct ReferencePolicy {
    struct Condition {
        let qualifier: String
        let comparison: String
        let isIfExists: Bool
        let key: String
        let values: [String]
    }

    struct Statement {
        let isAllow: Bool
        let isActionNegated: Bool
        let actions: [String]
        let isResourceNegated: Bool
        let resources: [String]
        let conditions: [Condition]
    }

    let statements: [Statement]
    var hasVariables = true

    /// The document's text. Conditions with the same operator and key are not written twice by the generator.
    var text: String {
        let list = { (values: [String]) in "[" + values.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
        let parts = statements.map { statement in
            var operators: [(String, [String])] = []
            for condition in statement.conditions {
                let name =
                    condition.qualifier + condition.comparison + (condition.isIfExists ? "IfExists" : "")
                let member = "\"\(condition.key)\": \(list(condition.values))"
                if let index = operators.firstIndex(where: { $0.0 == name }) {
                    operators[index].1.append(member)
                } else {
                    operators.append((name, [member]))
                }
            }
            let condition = operators.map { "\"\($0.0)\": {\($0.1.joined(separator: ", "))}" }.joined(
                separator: ", ")
            return """
                {"Effect": "\(statement.isAllow ? "Allow" : "Deny")",
                 "\(statement.isActionNegated ? "Not" : "")Action": \(list(statement.actions)),
                 "\(statement.isResourceNegated ? "Not" : "")Resource": \(list(statement.resources)),
                 "Condition": {\(condition)}}
                """
        }
        return
            "{\"Version\": \"\(hasVariables ? "2012-10-17" : "2008-10-17")\", \"Statement\": [\(parts.joined(separator: ",\n"))]}"
    }
}

/// A request as the tests make it up; keys in lower case.
struct ReferenceRequest {
    let action: String
    let arn: String
    let context: [String: [String]]
}

/// Evaluates by the text of policies.md: every statement, every condition, every value, with recursion.
struct ReferenceEvaluator {
    let request: ReferenceRequest

    /// `allow`, `explicit` or `implicit` with the layer that allowed nothing.
    func decide(_ layers: [[ReferencePolicy]?]) -> String {
        for layer in layers {
            for policy in layer ?? []
            where policy.statements.contains(where: { !$0.isAllow && applies($0, policy) }) {
                return "explicit"
            }
        }
        for (index, layer) in layers.enumerated() {
            guard let layer else { continue }
            let isAllowed = layer.contains { policy in
                policy.statements.contains { $0.isAllow && applies($0, policy) }
            }
            if !isAllowed { return "implicit \(index)" }
        }
        return "allow"
    }

    private func applies(_ statement: ReferencePolicy.Statement, _ policy: ReferencePolicy) -> Bool {
        let isNamed = statement.actions.contains { pattern in
            matches(
                tokens(pattern.lowercased(), wildcards: true, variables: false) ?? [],
                request.action.lowercased())
        }
        guard isNamed != statement.isActionNegated else { return false }
        let isCovered = statement.resources.contains { matchesARN($0, request.arn, policy.hasVariables) }
        guard isCovered != statement.isResourceNegated else { return false }
        if statement.isResourceNegated, statement.isAllow {
            let isNull = { tokens($0, wildcards: true, variables: policy.hasVariables) == nil }
            if statement.resources.contains(where: { !isNull("*") && isNull($0) }) { return false }
        }
        return statement.conditions.allSatisfy { holds($0, isAllow: statement.isAllow, policy.hasVariables) }
    }

    private func holds(_ condition: ReferencePolicy.Condition, isAllow: Bool, _ variables: Bool) -> Bool {
        let found = request.context[condition.key.lowercased()] ?? []
        if condition.comparison == "Null" {
            if found.isEmpty, condition.qualifier == "ForAllValues:" { return true }
            if found.isEmpty, condition.qualifier == "ForAnyValue:" { return false }
            return condition.values.contains(found.isEmpty ? "true" : "false")
        }
        let isNegated = condition.comparison.contains("Not")
        if found.isEmpty {
            if condition.isIfExists || condition.qualifier == "ForAllValues:" { return true }
            return condition.qualifier == "ForAnyValue:" ? false : isNegated
        }
        let answers = found.map { value in
            condition.values.contains {
                compare(condition.comparison.replacing("Not", with: ""), $0, value, variables)
            }
                != isNegated
        }
        switch condition.qualifier {
        case "ForAllValues:": return !answers.contains(false)
        case "ForAnyValue:": return answers.contains(true)
        default: return isAllow ? !answers.contains(false) : answers.contains(true)
        }
    }

    private func compare(_ comparison: String, _ wanted: String, _ value: String, _ variables: Bool) -> Bool {
        switch comparison {
        case "StringEquals":
            return tokens(wanted, wildcards: false, variables: variables).map { matches($0, value) } ?? false
        case "StringEqualsIgnoreCase":
            guard let parts = tokens(wanted, wildcards: false, variables: variables) else { return false }
            let text = parts.map { if case .scalar(let scalar) = $0 { String(scalar) } else { "" } }.joined()
            return text.lowercased() == value.lowercased()
        case "StringLike":
            return tokens(wanted, wildcards: true, variables: variables).map { matches($0, value) } ?? false
        case "ArnEquals", "ArnLike": return matchesARN(wanted, value, variables)
        case "Bool", "BinaryEquals", "DateEquals", "NumericEquals", "IpAddress": return wanted == value
        case "NumericLessThan", "DateLessThan": return number(value) < number(wanted)
        case "NumericLessThanEquals", "DateLessThanEquals": return number(value) <= number(wanted)
        case "NumericGreaterThan", "DateGreaterThan": return number(value) > number(wanted)
        case "NumericGreaterThanEquals", "DateGreaterThanEquals": return number(value) >= number(wanted)
        default: fatalError("the generator knows no \(comparison)")
        }
    }

    private func number(_ text: String) -> Int { Int(text) ?? 0 }

    private enum Token: Equatable {
        case scalar(Unicode.Scalar)
        case any, one
    }

    /// The pattern with its variables replaced by literal scalars; nil where one has no value.
    private func tokens(_ text: String, wildcards: Bool, variables: Bool) -> [Token]? {
        var rest = text.unicodeScalars[...]
        var tokens: [Token] = []
        while let scalar = rest.first {
            if variables, scalar == "$", rest.dropFirst().first == "{", let close = rest.firstIndex(of: "}") {
                let content = String(rest[rest.startIndex..<close].dropFirst(2))
                rest = rest[rest.index(after: close)...]
                guard let value = value(of: content) else { return nil }
                tokens += value.unicodeScalars.map { .scalar($0) }
                continue
            }
            switch scalar {
            case "*" where wildcards: tokens.append(.any)
            case "?" where wildcards: tokens.append(.one)
            default: tokens.append(.scalar(scalar))
            }
            rest = rest.dropFirst()
        }
        return tokens
    }

    private func value(of content: String) -> String? {
        if ["*", "?", "$"].contains(content) { return content }
        let parts = content.split(separator: ", ", maxSplits: 1)
        let found = request.context[parts[0].lowercased()] ?? []
        if found.count == 1 { return found[0] }
        if !found.isEmpty || parts.count == 1 { return nil }
        return String(parts[1].dropFirst().dropLast())
    }

    private func matches(_ tokens: [Token], _ text: String) -> Bool {
        var reached = [true] + Array(repeating: false, count: tokens.count)
        let close = { (reached: inout [Bool]) in
            for index in tokens.indices where reached[index] && tokens[index] == .any {
                reached[index + 1] = true
            }
        }
        close(&reached)
        for scalar in text.unicodeScalars {
            var next = Array(repeating: false, count: reached.count)
            for index in tokens.indices where reached[index] {
                switch tokens[index] {
                case .any: next[index] = true
                case .one: next[index + 1] = true
                case .scalar(let wanted): if wanted == scalar { next[index + 1] = true }
                }
            }
            close(&next)
            reached = next
        }
        return reached[tokens.count]
    }

    private func matchesARN(_ pattern: String, _ text: String, _ variables: Bool) -> Bool {
        if pattern == "*" { return true }
        let wanted = segments(pattern)
        let found = segments(text)
        guard wanted.count == 6, found.count == 6 else { return false }
        for (one, other) in zip(wanted, found) {
            guard let parts = tokens(one, wildcards: true, variables: variables), matches(parts, other) else {
                return false
            }
        }
        return true
    }

    private func segments(_ text: String) -> [String] {
        var segments = [""]
        var isVariable = false
        for character in text {
            if character == "{" { isVariable = true }
            if character == "}" { isVariable = false }
            if character == ":", segments.count < 6, !isVariable {
                segments.append("")
            } else {
                segments[segments.count - 1].append(character)
            }
        }
        return segments
    }
}
