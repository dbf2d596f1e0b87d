import Base

/// A place outside that heads are sent to, as `--audit-sink` names it.
public enum SinkAddress: Hashable, Sendable, CustomStringConvertible {
    /// `file:PATH`.
    case file(path: String)
    /// `syslog`, or `syslog:HOST:PORT`.
    case syslog(SyslogSink.Place)
    /// `https://…`, or `http://` and an address of this machine.
    case http(url: String)

    /// Where syslog listens on this machine.
    public static let localSyslog = "/dev/log"

    /// Nil where the text is none of the forms.
    public init?(_ text: String) {
        if text.hasPrefix("file:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, !path.contains("\0") else { return nil }
            self = .file(path: path)
        } else if text == "syslog" {
            self = .syslog(.local(path: Self.localSyslog))
        } else if text.hasPrefix("syslog:") {
            guard let place = Self.place(text.dropFirst(7)) else { return nil }
            self = .syslog(place)
        } else if text.hasPrefix("https://") {
            guard Self.isPlain(text), Self.hasHost(Self.authority(of: text, behind: 8)) else { return nil }
            self = .http(url: text)
        } else if text.hasPrefix("http://") {
            // Without TLS only where nobody else can listen in, or answer in its place.
            guard Self.isPlain(text), Self.isThisMachine(Self.authority(of: text, behind: 7)) else {
                return nil
            }
            self = .http(url: text)
        } else {
            return nil
        }
    }

    /// Whether a URL has nothing but what one may have: no space, no control character, no backslash, which some read as a slash.
    /// Source: RFC 3986 section 2.
    private static func isPlain(_ url: String) -> Bool {
        url.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
    }

    /// What stands before the path. Source: RFC 3986 section 3.2.
    private static func authority(of url: String, behind count: Int) -> Substring {
        url.dropFirst(count).prefix { !["/", "?", "#"].contains($0) }
    }

    /// Whether there is a host behind the user and the password that may stand there.
    private static func hasHost(_ authority: Substring) -> Bool {
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return !host.isEmpty && host.first != ":"
    }

    /// Whether that is this machine, with or without a port. A name with a password before the host would make the host another.
    private static func isThisMachine(_ authority: Substring) -> Bool {
        ["127.0.0.1", "localhost", "[::1]"].contains { host in
            guard authority.hasPrefix(host) else { return false }
            let rest = authority.dropFirst(host.count)
            return rest.isEmpty
                || rest.first == ":" && UInt16(rest.dropFirst()) != nil && rest.dropFirst().first != "+"
        }
    }

    /// `HOST:PORT`; an IPv6 address stands in brackets. A path that begins with `/` is a socket of this machine.
    private static func place(_ text: Substring) -> SyslogSink.Place? {
        if text.hasPrefix("/") { return .local(path: String(text)) }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            port > 0
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : .udp(host: String(host), port: port)
    }

    /// The place that takes heads there.
    public var sink: any HeadSink {
        switch self {
        case .file(let path): FileSink(path: path)
        case .syslog(let place): SyslogSink(place)
        case .http(let url): HTTPSink(url: url)
        }
    }

    /// As the option has it.
    public var description: String { sink.name }
}
