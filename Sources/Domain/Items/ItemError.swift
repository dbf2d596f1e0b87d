import Base

/// What is wrong with an item, a key or an expression that a client sent, in AWS's words.
public enum ItemError: Error, Hashable, Sendable {
    /// A value breaks a rule: the text of a ValidationException.
    case validation(String)
    /// The JSON has another shape than the API's: the text of a SerializationException.
    case serialization(String)
    /// An item is larger than `Limits.itemBytesMax`; a ValidationException with `text`.
    case itemTooLarge

    /// The text for the client.
    public var text: String {
        switch self {
        case .validation(let text), .serialization(let text): text
        case .itemTooLarge: "Item size has exceeded the maximum allowed size"
        }
    }

    /// A parameter that AWS introduces with "One or more parameter values were invalid".
    package static func invalidParameter(_ detail: String) -> ItemError {
        .validation("One or more parameter values were invalid: \(detail)")
    }

    /// Checks that an attribute may have this name.
    /// - Throws: `validation` in AWS's words.
    static func check(attributeName name: String) throws(ItemError) {
        let count = name.utf8.count
        guard count > 0 else { throw .validation("Empty attribute name") }
        guard count <= Limits.attributeNameBytesMax else {
            throw .validation("Attribute name is too large, must be less than 65536 bytes")
        }
    }

    /// JSON that cannot be read where nothing of the API's own was expected.
    public init(_ error: JSONError) {
        switch error {
        case .unexpected: self = .serialization("Unexpected value type in payload")
        default: self = .serialization("Unexpected token received from parser")
        }
    }
}
