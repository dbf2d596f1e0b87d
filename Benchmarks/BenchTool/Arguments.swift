/// What was typed in a wrong way.
struct UsageError: Error, CustomStringConvertible {
    let text: String

    var description: String { text }
}

/// The words of a command line: some by place, some by `--name value`.
struct Arguments {
    private var words: [String] = []
    private var options: [String: String] = [:]

    init(_ all: some Sequence<String>) {
        var name: String?
        for word in all {
            if let option = name {
                options[option] = word
                name = nil
            } else if word.hasPrefix("--") {
                name = String(word.dropFirst(2))
            } else {
                words.append(word)
            }
        }
    }

    /// Whether there are more words that are no options.
    var hasWords: Bool { !words.isEmpty }

    /// The next word that is no option.
    mutating func next(_ what: String) throws -> String {
        guard !words.isEmpty else { throw UsageError(text: "the \(what) is missing") }
        return words.removeFirst()
    }

    mutating func nextNumber(_ what: String) throws -> Int { try Arguments.number(try next(what), what) }

    func option(_ name: String) throws -> String {
        guard let value = options[name] else { throw UsageError(text: "--\(name) is missing") }
        return value
    }

    func number(_ name: String) throws -> Int { try Arguments.number(try option(name), name) }

    private static func number(_ text: String, _ what: String) throws -> Int {
        guard let number = Int(text), number >= 0 else {
            throw UsageError(text: "\(what): expected a whole number, found `\(text)`")
        }
        return number
    }
}
