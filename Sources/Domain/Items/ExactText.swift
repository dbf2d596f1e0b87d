/// A text as a key of dictionaries, told apart by its UTF-8 bytes: to Swift's own strings `é` in one scalar and in two are one
/// key, to DynamoDB they are two names.
public struct ExactText: Hashable, Sendable {
    /// The text.
    public let text: String

    /// This text.
    public init(_ text: String) { self.text = text }

    /// Whether the bytes are the same.
    public static func == (left: ExactText, right: ExactText) -> Bool {
        ByteOrder.areEqual(left.text, right.text)
    }

    /// Feeds the bytes to a hasher.
    public func hash(into hasher: inout Hasher) { ByteOrder.hash(text, into: &hasher) }
}
