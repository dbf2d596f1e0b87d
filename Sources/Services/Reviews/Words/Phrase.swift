/// A piece of prose in which every text that comes from a file is marked as such.
///
///     let phrase: Phrase = "table \(exact: name)"
public struct Phrase: Hashable, Sendable {
    /// A part of a phrase.
    public enum Piece: Hashable, Sendable {
        /// Our own words.
        case words(String)
        /// What a file or a session holds, byte for byte.
        case exact(String)
    }

    /// In order; two words never stand side by side.
    public private(set) var pieces: [Piece] = []

    /// Nothing.
    public init() {}

    /// For a terminal or a log: what is exact stands in backticks.
    public var text: String {
        pieces.map { piece in
            switch piece {
            case .words(let words): words
            case .exact(let exact): "`\(exact)`"
            }
        }.joined()
    }

    /// Whether it says nothing.
    public var isEmpty: Bool { pieces.isEmpty }

    /// Adds words of our own.
    public mutating func append(words: String) {
        guard !words.isEmpty else { return }
        if case .words(let before) = pieces.last {
            pieces[pieces.count - 1] = .words(before + words)
        } else {
            pieces.append(.words(words))
        }
    }

    /// Adds a text of a file.
    public mutating func append(exact: String) { pieces.append(.exact(exact)) }

    /// Adds a phrase.
    public mutating func append(_ phrase: Phrase) {
        for piece in phrase.pieces {
            switch piece {
            case .words(let words): append(words: words)
            case .exact(let exact): append(exact: exact)
            }
        }
    }

    /// The phrases one behind the other, `separator` between them.
    static func joined(_ phrases: [Phrase], by separator: String) -> Phrase {
        var joined = Phrase()
        for (index, phrase) in phrases.enumerated() {
            if index > 0 { joined.append(words: separator) }
            joined.append(phrase)
        }
        return joined
    }

    /// `a`, `a and b`, `a, b and c`; the word between the last two is `conjunction`.
    static func list(_ phrases: [Phrase], _ conjunction: String = "and") -> Phrase {
        guard phrases.count > 1, let last = phrases.last else { return phrases.first ?? Phrase() }
        var list = joined(Array(phrases.dropLast()), by: ", ")
        list.append(words: " \(conjunction) ")
        list.append(last)
        return list
    }

    /// With its first letter in upper case, where that is one of our own.
    var capitalized: Phrase {
        guard case .words(let words) = pieces.first else { return self }
        var phrase = self
        phrase.pieces[0] = .words(words.prefix(1).uppercased() + words.dropFirst())
        return phrase
    }
}

extension Phrase: ExpressibleByStringInterpolation {
    /// Collects a literal's parts.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var phrase = Phrase()

        /// An empty phrase.
        public init(literalCapacity: Int, interpolationCount: Int) {}

        /// Adds words of our own.
        public mutating func appendLiteral(_ literal: String) { phrase.append(words: literal) }

        /// Adds a text of a file.
        public mutating func appendInterpolation(exact: String) { phrase.append(exact: exact) }

        /// Adds a phrase.
        public mutating func appendInterpolation(_ other: Phrase) { phrase.append(other) }

        /// Adds a number.
        public mutating func appendInterpolation(_ number: Int) { phrase.append(words: String(number)) }
    }

    /// Words of our own.
    public init(stringLiteral words: String) { append(words: words) }

    /// Words of our own with exact texts between them.
    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.phrase }
}
