/// Who did something, and how they came: a person, a key or the system itself, as the audit log names them.
///
/// Two actors are the same if they are the same one, however they came.
public struct AuditActor: Hashable, Sendable, Codable, CustomStringConvertible {
    /// How an actor was known, from where, and by which request.
    public struct Origin: Hashable, Sendable, Codable {
        /// How it showed who it is: `key`, `session`, `token`; nil where nobody asked.
        public var signIn: String?
        /// The address it came from, as text; nil for what this machine does by itself.
        public var address: String?
        /// The id of the request, as its answer gave it.
        public var request: String?
        /// The id of the trace that the request belongs to (W3C Trace Context); nil where nobody traces.
        public var trace: String?

        /// An origin of what is known of it.
        public init(
            signIn: String? = nil, address: String? = nil, request: String? = nil, trace: String? = nil
        ) {
            self.trace = trace
            self.signIn = signIn
            self.address = address
            self.request = request
        }
    }

    /// The name in the log: `system`, or kind and name such as `credential:<key id>`.
    public let text: String
    /// How it came; empty for the system by itself.
    public var origin = Origin()

    /// The system by itself.
    public static let system = AuditActor("system")

    /// Whoever that text names.
    public init(_ text: String, origin: Origin = Origin()) {
        self.text = text
        self.origin = origin
    }

    /// The holder of a key for the control API.
    public static func credential(_ id: String) -> AuditActor { AuditActor("credential:\(id)") }

    /// The name in the log.
    public var description: String { text }

    /// Whether both are the same one.
    public static func == (left: AuditActor, right: AuditActor) -> Bool { left.text == right.text }

    /// By the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    private enum CodingKeys: String, CodingKey { case text, origin }

    /// Reads the text, alone or with the origin.
    public init(from decoder: any Decoder) throws {
        do {
            text = try decoder.singleValueContainer().decode(String.self)
        } catch DecodingError.typeMismatch {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            text = try container.decode(String.self, forKey: .text)
            origin = try container.decode(Origin.self, forKey: .origin)
        }
    }

    /// Writes the text alone where no origin is known.
    public func encode(to encoder: any Encoder) throws {
        guard origin != Origin() else {
            var container = encoder.singleValueContainer()
            try container.encode(text)
            return
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(text, forKey: .text)
        try container.encode(origin, forKey: .origin)
    }
}
