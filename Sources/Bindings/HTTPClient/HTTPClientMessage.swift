/// A request that a client sends.
public struct HTTPClientRequest: Sendable {
    /// The method, such as `GET`.
    public var method: String
    /// The whole URL; its scheme is `http` or `https`.
    public var url: String
    /// Header fields in order. Neither names nor values may hold a line break.
    public var headers: [HTTPClientHeader]
    /// The body; empty for none.
    public var body: [UInt8]
    /// How long it may take until the connection stands.
    public var connectTimeoutSeconds = 10
    /// How long everything together may take.
    public var timeoutSeconds = 60
    /// The largest answer that is taken, in bytes without header fields.
    public var responseBytesMax = 64 * 1024 * 1024
    /// Whether the answer says when the server's certificate ends.
    public var asksForCertificate = false

    /// A request with the default limits.
    public init(method: String = "GET", url: String, headers: [HTTPClientHeader] = [], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// A header field.
public struct HTTPClientHeader: Hashable, Sendable {
    /// The name; of a response's field: in lower case.
    public var name: String
    /// The value, without white space around it.
    public var value: String

    /// A field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The answer that a client has received.
public struct HTTPClientResponse: Hashable, Sendable {
    /// The status: 200, 404 and so on. Every status is an answer, none is thrown.
    public var status: Int
    /// The header fields in order, names in lower case.
    public var headers: [HTTPClientHeader]
    /// The body as sent: no content coding is removed.
    public var body: [UInt8]
    /// When the server's own certificate ends, in seconds since 1970; nil where the request did not ask, where the connection was
    /// one of an earlier request, and without TLS.
    public var certificateEndsAtSeconds: Int64?

    /// The value of the first field called `name`, given in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The body as text. Bytes that are no UTF-8 become U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
