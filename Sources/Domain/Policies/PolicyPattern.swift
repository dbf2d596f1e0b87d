import Base

/// A text of a policy with its wildcards and variables found: what a value is compared with.
public struct PolicyPattern: Hashable, Sendable {
    /// A part of a pattern.
    public enum Token: Hashable, Sendable {
        /// These bytes of UTF-8; never empty.
        case literal([UInt8])
        /// `*`: any number of characters.
        case any
        /// `?`: one character, which is one Unicode scalar (Homeroom's rule; the guide says "any single
        /// character").
        case one
        /// The value of a key, literally; where the key is absent and there is no default the pattern matches
        /// nothing.
        case variable(PolicyVariable)
    }

    /// The parts in order; two literals never stand side by side, nor two `any`.
    public private(set) var tokens: [Token] = []

    /// Which marks of the text are more than characters.
    struct Syntax: OptionSet {
        let rawValue: Int
        static let wildcards = Syntax(rawValue: 1)
        static let variables = Syntax(rawValue: 2)
    }

    /// What is wrong with a pattern.
    struct Fault: Error, Equatable {
        let message: String
        let remedy: String
        let kind: PolicyProblemKind
    }

    init() {}

    /// Reads `text`.
    /// - Throws: `Fault` for a variable that is not closed, not known or not allowed here, or a text that is
    ///   too long.
    init(parsing text: String, _ syntax: Syntax) throws(Fault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Limits.policyValueBytesMax else {
            throw Fault(
                message:
                    "the value has \(bytes.count) bytes, at most \(Limits.policyValueBytesMax) are allowed",
                remedy: "shorten it", kind: .tooLarge)
        }
        var offset = 0
        while offset < bytes.count {
            guard syntax.contains(.variables), bytes[offset...].starts(with: "${".utf8) else {
                appendByte(bytes[offset], wildcards: syntax.contains(.wildcards))
                offset += 1
                continue
            }
            guard let close = bytes[offset...].firstIndex(of: UInt8(ascii: "}")) else {
                throw Fault(
                    message: "the variable in `\(text)` is not closed", remedy: "write `}` behind its name",
                    kind: .variableSyntax)
            }
            try appendVariable(String(decoding: bytes[offset + 2..<close], as: UTF8.self))
            offset = close + 1
        }
    }

    private mutating func appendVariable(_ content: String) throws(Fault) {
        switch content {
        case "*", "?", "$": for byte in content.utf8 { appendByte(byte, wildcards: false) }
        default: append(.variable(try PolicyVariable(parsing: content)))
        }
    }

    private mutating func appendByte(_ byte: UInt8, wildcards: Bool) {
        switch byte {
        case UInt8(ascii: "*") where wildcards: append(.any)
        case UInt8(ascii: "?") where wildcards: append(.one)
        default: append(.literal([byte]))
        }
    }

    mutating func append(_ token: Token) {
        switch (tokens.last, token) {
        case (.any, .any): return
        case (.literal(let before), .literal(let bytes)): tokens[tokens.count - 1] = .literal(before + bytes)
        default: tokens.append(token)
        }
    }

    /// The variables in it, in order.
    public var variables: [PolicyVariable] {
        tokens.compactMap { if case .variable(let variable) = $0 { variable } else { nil } }
    }
}

extension PolicyCondition.Value {
    /// The bytes of its patterns with a `*`, for which a value is compared from many places; a variable counts as the
    /// longest tag.
    var wildcardBytes: Int {
        switch self {
        case .text(let pattern): pattern.wildcardBytes
        case .arn(.segments(let segments)): segments.reduce(0) { $0 + $1.wildcardBytes }
        case .arn, .number, .date, .bool, .address: 0
        }
    }
}

extension PolicyPattern {
    fileprivate var wildcardBytes: Int {
        guard tokens.contains(.any) else { return 0 }
        return tokens.reduce(0) { count, token in
            switch token {
            case .literal(let bytes): count + bytes.count
            case .any, .one: count + 1
            case .variable: count + Limits.tagValueCharactersMax
            }
        }
    }
}

/// A variable of a policy: `${aws:PrincipalTag/school_id}` or `${aws:PrincipalTag/school_id, 'none'}`.
public struct PolicyVariable: Hashable, Sendable {
    /// The key whose value takes its place.
    public let key: ConditionKeyName
    /// What takes its place where the key is absent; a default is literal too.
    public let defaultValue: String?

    /// Reads what stands between the braces.
    /// - Throws: `Fault` for an unknown key, one that has several values or is no text, a space in the name,
    ///   or a default without single quotes.
    init(parsing content: String) throws(PolicyPattern.Fault) {
        let comma = content.firstIndex(of: ",")
        let name = content[..<(comma ?? content.endIndex)].trimmingSpaces
        guard !name.isEmpty else {
            throw .init(
                message: "the variable `${\(content)}` has no name",
                remedy: "name a key, or write `${$}` for `$`", kind: .variableSyntax)
        }
        guard let key = ConditionKeyName(named: name), !key.key.isTokenClaim else {
            let nearest = ConditionKeyName.suggestion(for: name)
            throw .init(
                message: "`${\(content)}` names no known key",
                remedy: nearest.map { "did you mean `\($0)`?" }
                    ?? "use a tag, such as `${aws:PrincipalTag/school_id}`",
                kind: name.contains(" ") ? .variableSyntax : .unknownVariable)
        }
        guard key.key.isVariable else {
            throw .init(
                message: "`\(key.key.name)` cannot stand in a variable: it is no text or has several values",
                remedy: "compare it in a Condition of its own", kind: .unknownVariable)
        }
        self.key = key
        guard let comma else {
            defaultValue = nil
            return
        }
        let quoted = content[content.index(after: comma)...].trimmingSpaces
        guard quoted.utf8.count >= 2, quoted.first == "'", quoted.last == "'",
            !quoted.dropFirst().dropLast().contains("'")
        else {
            throw .init(
                message: "the default in `${\(content)}` does not stand in single quotes",
                remedy: "write `${\(name), 'default'}`", kind: .variableSyntax)
        }
        defaultValue = String(quoted.dropFirst().dropLast())
    }
}

extension Substring {
    /// Without the spaces at both ends.
    var trimmingSpaces: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// Steps over UTF-8 a scalar at a time.
enum UTF8Step {
    /// How many bytes the scalar that begins with `lead` has; 1 for a byte that begins none.
    @inline(__always) static func length(of lead: UInt8) -> Int {
        lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1
    }
}
