import Base

/// A URL of an identity provider: `https`, or `http` on this machine, where nobody listens in between.
struct ProviderURL {
    let text: String
    /// Whether it says that it is on this machine. That one that does not is elsewhere nobody knows before it is asked.
    let isLoopback: Bool
    /// Scheme, host and port, in small letters.
    private let origin: String

    /// What is expected, for messages.
    static let words = "a URL that begins with https:// (http:// for this machine alone)"

    /// Nil where it is none, has user, password or fragment, or is longer than `Limits.providerURLBytesMax`.
    init?(_ text: String) {
        guard (1...Limits.providerURLBytesMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != UInt8(ascii: "#") }),
            let start = text.firstRange(of: "://")?.upperBound
        else { return nil }
        let end = text[start...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
        let authority = text[start..<end].lowercased()
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let isLoopback = ["localhost", "127.0.0.1", "[::1]"].contains {
            authority == $0 || authority.hasPrefix($0 + ":")
        }
        switch text[..<start].lowercased() {
        case "https://": break
        case "http://" where isLoopback: break
        default: return nil
        }
        self.text = text
        self.isLoopback = isLoopback
        origin = text[..<start].lowercased() + authority
    }

    /// Whether both are at the same host and port.
    func isBeside(_ other: ProviderURL) -> Bool { origin == other.origin }

    /// Nil where it is no URL of an issuer: those have no query. Source: OpenID Connect Discovery 1.0 section 3.
    init?(issuer text: String) {
        guard !text.contains("?") else { return nil }
        self.init(text)
    }

    /// Where an issuer publishes what it says of itself. Source: the same, section 4.
    var discovery: String {
        (text.hasSuffix("/") ? String(text.dropLast()) : text) + "/.well-known/openid-configuration"
    }
}
