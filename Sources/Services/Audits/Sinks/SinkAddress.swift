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
        } else if text.hasPrefix("https://"), text.utf8.count > 8 {
            self = .http(url: text)
        } else if text.hasPrefix("http://") {
            // Without TLS only where nobody else can listen in, or answer in its place.
            let host = text.dropFirst(7).prefix { !["/", ":", "?"].contains($0) }
            guard ["127.0.0.1", "localhost"].contains(host) || text.hasPrefix("http://[::1]") else {
                return nil
            }
            self = .http(url: text)
        } else {
            return nil
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
