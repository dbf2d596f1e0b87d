import Policies

/// What a statement's Resource or NotResource covers, in words.
enum ResourceWords {
    /// One phrase: "table `student-table`", "every table", "everything except table `registry`".
    static func phrase(for resources: PolicyStatement.Resources) -> Phrase {
        let phrases = zip(resources.patterns, resources.texts).map { phrase(for: $0, written: $1.value) }
        guard resources.isNegated else { return Phrase.list(phrases) }
        if phrases.isEmpty { return "everything" }
        return "everything except \(Phrase.list(phrases))"
    }

    private static func phrase(for pattern: ARNPattern, written: String) -> Phrase {
        switch pattern {
        case .everything: return "everything there is"
        case .incomplete(let count):
            return "nothing (\(exact: written) has \(count) parts of six, so it fits no resource)"
        case .segments(let segments):
            guard isDynamoDB(segments), segments[5].variables.isEmpty else {
                return "what fits \(exact: written)\(variables(segments[5]))"
            }
            return "\(last(text(segments[5]), segments[5], written))\(place(segments))"
        }
    }

    private static func variables(_ pattern: PolicyPattern) -> Phrase {
        let named = pattern.variables.map { variable -> Phrase in
            "\(exact: variable.key.text) stands for \(PatternWords.words(for: variable))"
        }
        return named.isEmpty ? "" : " (\(Phrase.list(named)))"
    }

    private static func isDynamoDB(_ segments: [PolicyPattern]) -> Bool {
        zip(segments.prefix(3), ["arn", "aws", "dynamodb"]).allSatisfy { pattern, wanted in
            pattern.tokens == [.literal(Array(wanted.utf8))]
        }
    }

    /// What the sixth part names, where it is one of the forms that people write.
    private static func last(_ text: String, _ pattern: PolicyPattern, _ written: String) -> Phrase {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isPlain = { (part: String) in !part.isEmpty && !part.contains("*") && !part.contains("?") }
        // A `*` or `?` that was written as a character cannot be told from a wildcard in the text.
        let marks = pattern.tokens.filter { $0 == .any || $0 == .one }.count
        guard marks == text.filter({ $0 == "*" || $0 == "?" }).count else { return quoted(written) }
        switch parts.count {
        case 1 where text == "*": return "everything of DynamoDB"
        case 2 where parts[0] == "table" && isPlain(parts[1]): return "table \(exact: parts[1])"
        case 2 where text == "table/*":
            return "every table, with all indexes, streams, backups and exports of it"
        case 3 where parts[0] == "table" && isPlain(parts[1]) && parts[2] == "*":
            return "all indexes, streams, backups and exports of table \(exact: parts[1])"
        case 4 where parts[0] == "table" && isPlain(parts[1]):
            return kind(parts[2], of: parts[1], name: parts[3], isPlain(parts[3])) ?? quoted(written)
        default: return quoted(written)
        }
    }

    private static func kind(_ kind: String, of table: String, name: String, _ isPlain: Bool) -> Phrase? {
        let names = [
            "index": "index", "stream": "stream", "backup": "backup", "export": "export", "import": "import",
        ]
        guard let word = names[kind] else { return nil }
        if name == "*" { return "every \(Phrase(stringLiteral: word)) of table \(exact: table)" }
        guard isPlain else { return nil }
        return "\(Phrase(stringLiteral: word)) \(exact: name) of table \(exact: table)"
    }

    private static func quoted(_ written: String) -> Phrase {
        let wildcards: Phrase = "\(exact: "*") stands for any characters and \(exact: "?") for one"
        return "every resource whose ARN fits \(exact: written), where \(wildcards)"
    }

    /// Region and account, where the policy names them.
    private static func place(_ segments: [PolicyPattern]) -> Phrase {
        var phrase = Phrase()
        for (segment, word) in [(segments[3], "region"), (segments[4], "account")]
        where segment.tokens != [.any] {
            phrase.append(", \(Phrase(stringLiteral: word)) \(exact: text(segment))")
        }
        return phrase
    }

    /// The pattern with its wildcards, as it was written but for escapes.
    static func text(_ pattern: PolicyPattern) -> String {
        pattern.tokens.map { token in
            switch token {
            case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
            case .any: "*"
            case .one: "?"
            case .variable(let variable): "${\(variable.key.text)}"
            }
        }.joined()
    }
}
