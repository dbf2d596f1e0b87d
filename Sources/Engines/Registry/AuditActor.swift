/// Who did something: a person, a key or the system itself, as the audit log names them.
public struct AuditActor: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name in the log: `system`, or kind and name such as `credential:<key id>`.
    public let text: String

    /// The system by itself.
    public static let system = AuditActor("system")

    /// Whoever that text names.
    public init(_ text: String) { self.text = text }

    /// The holder of a key for the control API.
    public static func credential(_ id: String) -> AuditActor { AuditActor("credential:\(id)") }

    /// The name in the log.
    public var description: String { text }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
