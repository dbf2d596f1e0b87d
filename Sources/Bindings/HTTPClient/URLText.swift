/// The little that is looked at in a URL before libcurl reads it.
enum URLText {
    /// The URL without user, password, query and fragment, which may be secret.
    static func shortened(_ url: String) -> String {
        let end = url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
        let plain = url[..<end]
        guard let range = authority(of: plain), let at = plain[range].lastIndex(of: "@") else {
            return String(plain)
        }
        return String(plain[..<range.lowerBound] + plain[plain.index(after: at)...])
    }

    /// Whether the scheme is `http` or `https`.
    static func isHTTP(_ url: String) -> Bool {
        let start = url.prefix(8).lowercased()
        return start.hasPrefix("http://") || start.hasPrefix("https://")
    }

    /// Whether the scheme is `https`.
    static func isHTTPS(_ url: String) -> Bool { url.prefix(8).lowercased() == "https://" }

    /// Whether the host is this machine, which no proxy in the environment can stand for.
    static func isLoopback(_ url: String) -> Bool {
        let plain = shortened(url)
        guard let range = authority(of: plain[...]) else { return false }
        let host = plain[range].lowercased()
        return ["localhost", "127.0.0.1", "[::1]"].contains { host == $0 || host.hasPrefix($0 + ":") }
    }

    private static func authority(of url: Substring) -> Range<Substring.Index>? {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        let start = url.index(colon, offsetBy: 3)
        return start..<(url[start...].firstIndex(of: "/") ?? url.endIndex)
    }
}
