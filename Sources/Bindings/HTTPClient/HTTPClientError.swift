/// Why there is no answer. URLs in it are shortened to scheme, host, port and path: the rest may hold secrets.
public enum HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The URL cannot be read, or its scheme is neither `http` nor `https`.
    case badURL(String)
    /// A method or header field that cannot be sent: empty, or with a line break or a zero byte in it.
    case badField(name: String)
    /// The host's name is unknown.
    case unknownHost(url: String)
    /// Nothing listens there, or it cannot be reached.
    case refused(url: String)
    /// No answer in time.
    case timedOut(url: String, seconds: Int)
    /// The server's certificate is not trusted, or the TLS handshake failed.
    case untrusted(url: String, reason: String)
    /// The answer is larger than the request allows.
    case responseTooLarge(url: String, limitBytes: Int)
    /// The connection broke, or the answer was no HTTP.
    case failed(url: String, reason: String)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .badURL(let url): "cannot read the URL `\(url)`: expected http://HOST:PORT/PATH or https://…"
        case .badField(let name):
            "cannot send the field `\(name)`: its name is empty, or it holds a line break"
        case .unknownHost(let url): "cannot resolve the host of `\(url)`: check its spelling and the network"
        case .refused(let url): "connection refused: is `homeroom serve` running at `\(url)`?"
        case .timedOut(let url, let seconds):
            "no answer from `\(url)` within \(seconds) s: is the server overloaded or the network cut?"
        case .untrusted(let url, let reason):
            "the server at `\(url)` cannot be trusted: \(reason); check its certificate"
        case .responseTooLarge(let url, let limit):
            "the answer of `\(url)` is larger than \(limit) bytes: ask for less at once"
        case .failed(let url, let reason): "the request to `\(url)` failed: \(reason)"
        }
    }
}
