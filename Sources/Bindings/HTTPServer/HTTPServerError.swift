/// Why a server could not be started.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The host is neither an address nor a name that can be resolved; `reason` is the resolver's.
    case unknownHost(host: String, reason: String)
    /// The address cannot be listened on; `reason` is the system's.
    case cannotListen(host: String, port: UInt16, reason: String)
    /// The configuration asks for something impossible.
    case badConfiguration(String)
    /// libmicrohttpd did not start, although the socket was open: memory or threads ran out.
    case cannotStart

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .unknownHost(let host, let reason):
            "cannot resolve the host `\(host)`: \(reason); give an address such as 127.0.0.1"
        case .cannotListen(let host, let port, let reason):
            "cannot listen on `\(host):\(port)`: \(reason); choose another port or stop what uses it"
        case .badConfiguration(let what): "the server's configuration is impossible: \(what)"
        case .cannotStart: "the HTTP server did not start: not enough memory or threads"
        }
    }
}
