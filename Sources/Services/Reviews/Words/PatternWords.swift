import Policies

/// What texts with wildcards and variables match, in words.
enum PatternWords {
    /// How often a predicate is said: of one value, or that it does not hold of it.
    enum Sense { case positive, negated }

    /// `is …`, `begins with …`; negated `is not …`, `does not begin with …`. What has another shape is quoted as
    /// it stands in the file.
    static func predicate(_ pattern: PolicyPattern, written: String, _ sense: Sense) -> Phrase {
        let tokens = pattern.tokens
        let plain = tokens.filter { token in
            switch token {
            case .literal, .variable: true
            case .any, .one: false
            }
        }
        let wildcards = tokens.count - plain.count
        if wildcards == 0 {
            let what: Phrase = tokens.isEmpty ? "the empty text" : concatenation(plain)
            return sense == .positive ? "is \(what)" : "is not \(what)"
        }
        let isOpenEnd = tokens.last == .any
        let isOpenStart = tokens.first == .any
        if tokens == [.any] { return sense == .positive ? "is anything" : "is nothing at all" }
        let what = concatenation(plain)
        if wildcards == 1, isOpenEnd {
            return sense == .positive ? "begins with \(what)" : "does not begin with \(what)"
        }
        if wildcards == 1, isOpenStart {
            return sense == .positive ? "ends with \(what)" : "does not end with \(what)"
        }
        if wildcards == 2, isOpenStart, isOpenEnd, tokens.dropFirst().dropLast().allSatisfy({ $0 != .any }) {
            return sense == .positive ? "contains \(what)" : "does not contain \(what)"
        }
        let form: Phrase =
            "the form \(exact: written), where \(exact: "*") stands for any characters and \(exact: "?") for one"
        var phrase: Phrase = sense == .positive ? "has \(form)" : "does not have \(form)"
        let variables = pattern.variables
        if !variables.isEmpty {
            let named = variables.map { variable -> Phrase in
                "\(exact: "${\(variable.key.text)\(defaultText(variable))}") for \(words(for: variable))"
            }
            phrase.append(", \(Phrase.list(named))")
        }
        return phrase
    }

    private static func defaultText(_ variable: PolicyVariable) -> String {
        variable.defaultValue.map { ", '\($0)'" } ?? ""
    }

    /// Literals and variables one behind the other: "`TENANT#` + the session's school id + `#`".
    static func concatenation(_ tokens: [PolicyPattern.Token]) -> Phrase {
        Phrase.joined(
            tokens.map { token in
                switch token {
                case .literal(let bytes): "\(exact: String(decoding: bytes, as: UTF8.self))"
                case .variable(let variable): words(for: variable)
                case .any: "\(exact: "*")"
                case .one: "\(exact: "?")"
                }
            }, by: " + ")
    }

    /// What stands in a variable's place, and what where the session has no such value.
    static func words(for variable: PolicyVariable) -> Phrase {
        let noun = KeyWords(variable.key).noun
        guard let value = variable.defaultValue else { return noun }
        return "\(noun) (\(exact: value) where there is none)"
    }
}
