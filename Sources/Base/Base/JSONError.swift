/// What a JSON value is, seen from its first byte.
public enum JSONKind: String, Sendable, Hashable {
    case object, array, string, number, bool, null
}

/// Why a JSON text could not be read as its reader wanted it.
public enum JSONError: Error, Equatable, Sendable {
    /// The text is not JSON: what was expected at that byte.
    case syntax(expected: String, offset: Int)
    /// The text is JSON, but another kind of value was wanted at that byte.
    case unexpected(JSONKind, expected: JSONKind, offset: Int)
    /// The string that begins at that byte is not UTF-8, or holds half a surrogate pair.
    case invalidText(offset: Int)
    /// A value nests deeper than `Limits.jsonDepthMax`; at that byte.
    case tooDeep(offset: Int)
}

extension JSONError: CustomStringConvertible {
    /// One sentence without a full stop.
    public var description: String {
        switch self {
        case .syntax(let expected, let offset): "expected \(expected) at byte \(offset)"
        case .unexpected(let found, let expected, let offset):
            "expected \(expected.rawValue), found \(found.rawValue) at byte \(offset)"
        case .invalidText(let offset): "the string at byte \(offset) is not UTF-8"
        case .tooDeep(let offset): "nested deeper than \(Limits.jsonDepthMax) levels at byte \(offset)"
        }
    }
}
