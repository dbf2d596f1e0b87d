import Items

/// An expression as it stands in a statement, before anything is known of what it is for.
struct SyntaxNode: Sendable {
    enum Operator: String, Sendable {
        case or = "OR"
        case and = "AND"
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case like = "LIKE"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divided = "/"
        case modulo = "%"
        case concatenate = "||"
    }

    indirect enum Kind: Sendable {
        case path(DocumentPath)
        case string(String)
        /// A number as it is written, its sign included.
        case number(String)
        case bool(Bool)
        case null
        case missing
        /// The parameter of this position, from 0.
        case parameter(Int)
        case list([SyntaxNode])
        case map([(key: SyntaxNode, value: SyntaxNode)])
        case set([SyntaxNode])
        /// A function's call; the name in lower case.
        case call(String, [SyntaxNode])
        case not(SyntaxNode)
        case negative(SyntaxNode)
        case binary(Operator, SyntaxNode, SyntaxNode)
        case between(SyntaxNode, SyntaxNode, SyntaxNode)
        case isIn(SyntaxNode, [SyntaxNode])
        /// IS, and the name of a type in lower case.
        case isType(SyntaxNode, String)
    }

    let kind: Kind
    /// The bytes of the token that errors point at.
    let range: Range<Int>

    /// The path, where it is one.
    var path: DocumentPath? { if case .path(let path) = kind { path } else { nil } }
}

/// A statement's clauses as they stand there.
struct SelectSyntax: Sendable {
    /// The paths asked for; nil for `*`.
    var projection: [SyntaxNode]?
    var source: [String]
    var condition: SyntaxNode?
    var order: [PartiQLOrder] = []
}

/// What one SET or REMOVE does.
struct ChangeSyntax: Sendable {
    let target: SyntaxNode
    /// The right-hand side; nil for REMOVE.
    let value: SyntaxNode?
}

/// A statement as it stands there.
enum StatementSyntax: Sendable {
    case select(SelectSyntax)
    case exists(SelectSyntax)
    case insert(table: String, SyntaxNode)
    case update(table: String, [ChangeSyntax], SyntaxNode?, PartiQLReturning?)
    case delete(table: String, SyntaxNode?, PartiQLReturning?)
}
