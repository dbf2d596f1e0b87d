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
    /// The server's certificate is of no authority that is known here.
    case unknownAuthority(url: String)
    /// The server's certificate is for other names than the one in the URL.
    case wrongName(url: String)
    /// The server's certificate has ended.
    case certificateEnded(url: String)
    /// The server has another key than the one it is known by.
    case otherKey(url: String)
    /// The file with authorities is not there, or is none.
    case badAuthorities(reason: String)
    /// The URL says `https`, and the server answers in something else, or closes the connection.
    case noTLS(url: String)
    /// The TLS handshake failed, or the certificate is not good for another reason.
    case untrusted(url: String, reason: String)
    /// No answer, or none in HTTP: as of a server that speaks TLS where the URL says `http`.
    case noAnswer(url: String)
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
        case .unknownAuthority(let url):
            "the certificate of `\(url)` is signed by an authority that is not known here: add that to the system's, or name its "
                + "file"
        case .wrongName(let url):
            "the certificate of `\(url)` is for other names: use the name that it is for, or have one made for this name"
        case .certificateEnded(let url):
            "the certificate of `\(url)` has ended: whoever runs the server has to renew it; check this machine's clock, too"
        case .otherKey(let url):
            "the server at `\(url)` has another key than the one it is known by: another program may have its port"
        case .badAuthorities(let reason):
            "the file with authorities cannot be used (\(reason)): expected certificates in PEM"
        case .noTLS(let url):
            "the server at `\(url)` gives no answer in TLS: if it has none, say http://; check the port, too"
        case .untrusted(let url, let reason):
            "the server at `\(url)` cannot be trusted: \(reason); check its certificate"
        case .noAnswer(let url):
            "`\(url)` gives no answer in HTTP: if the server speaks TLS, say https://"
        case .responseTooLarge(let url, let limit):
            "the answer of `\(url)` is larger than \(limit) bytes: ask for less at once"
        case .failed(let url, let reason): "the request to `\(url)` failed: \(reason)"
        }
    }
}
