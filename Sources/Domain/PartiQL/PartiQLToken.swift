/// One word, literal or sign of a statement.
struct PartiQLToken: Sendable {
    enum Kind: Sendable, Equatable {
        /// A name or a keyword, not quoted.
        case word
        /// A name in double quotes.
        case quotedName
        case string, number, parameter, end
        case sign(Sign)
    }

    enum Sign: String, Sendable {
        case equal = "="
        case notEqual = "<>"
        case bangEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case plus = "+"
        case minus = "-"
        case star = "*"
        case slash = "/"
        case percent = "%"
        case concatenate = "||"
        case comma = ","
        case point = "."
        case colon = ":"
        case semicolon = ";"
        case open = "("
        case close = ")"
        case openBracket = "["
        case closeBracket = "]"
        case openBrace = "{"
        case closeBrace = "}"
        case openSet = "<<"
        case closeSet = ">>"
    }

    let kind: Kind
    /// What a name or a string means, its quotes off; a number as it is written.
    let text: String
    /// A word in lower case; empty for others.
    let lowered: String
    /// The bytes of the statement that it covers.
    let range: Range<Int>

    /// Whether it is this keyword, which is given in lower case.
    func isWord(_ keyword: String) -> Bool { lowered == keyword }

    /// Whether it can be a name where it stands.
    var isName: Bool {
        kind == .quotedName || (kind == .word && !PartiQLWords.isReserved(lowered))
    }
}
