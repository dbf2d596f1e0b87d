/// What answers the requests of a server.
public protocol HTTPHandler: AnyObject, Sendable {
    /// Answers a request whose whole body is there. Called on a server's thread, so it must not block: it calls
    /// `exchange.respond` once, before it returns or later from any thread.
    func handle(_ exchange: HTTPExchange)

    /// Answers a request that the server refuses, in the API's own form. It must respond before it returns; the
    /// connection is closed afterwards. The exchange's method, target and fields are there, its body is not.
    func refuse(_ exchange: HTTPExchange, _ refusal: HTTPRefusal)
}

/// Why the server refuses a request before its handler sees it.
public enum HTTPRefusal: Hashable, Sendable {
    /// The body is larger than `Configuration.bodyBytesMax`.
    case bodyTooLarge(limitBytes: Int)
    /// Target and header fields together are larger than `Configuration.headBytesMax`.
    case headTooLarge(limitBytes: Int)
    /// So many large bodies are held already that there is no room for this one.
    case noRoom
    /// The fields do not say without doubt where the body ends (RFC 9112, section 6.3), so that what follows it
    /// could be taken for a request by one program and for a body by another.
    case unclearLength

    /// The status it is answered with unless the handler knows better.
    public var status: Int {
        switch self {
        case .bodyTooLarge: 413
        case .headTooLarge: 431
        case .noRoom: 503
        case .unclearLength: 400
        }
    }

    /// What is wrong and what to do, for the caller.
    public var message: String {
        switch self {
        case .bodyTooLarge(let limit): "The body is larger than \(limit) bytes: send less at once."
        case .headTooLarge(let limit):
            "Target and header fields are larger than \(limit) bytes: send fewer or shorter ones."
        case .noRoom: "The server holds as many large bodies as it can: send this one again in a moment."
        case .unclearLength:
            "Send either one Content-Length or `Transfer-Encoding: chunked`: this request's fields leave its length open."
        }
    }
}

extension HTTPHandler {
    /// Answers with the refusal's status and message as plain text.
    public func refuse(_ exchange: HTTPExchange, _ refusal: HTTPRefusal) {
        exchange.respond(status: refusal.status, body: Array("\(refusal.message)\n".utf8)) { headers in
            headers.add("Content-Type", "text/plain; charset=utf-8")
        }
    }
}
