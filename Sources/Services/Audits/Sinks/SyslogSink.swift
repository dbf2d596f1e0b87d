import Base
import Glibc

/// A syslog collector that gets each head as a message of RFC 5424: on this machine by its datagram socket, elsewhere by UDP. UDP
/// tells nobody whether a datagram has come: what proves it is what the collector has.
public struct SyslogSink: HeadSink {
    /// Where the collector listens.
    public enum Place: Hashable, Sendable {
        /// On this machine: the path of its socket.
        case local(path: String)
        /// At a host and a port.
        case udp(host: String, port: UInt16)
    }

    /// Facility 13 ("log audit"), severity 5 ("notice"). Source: RFC 5424 section 6.2.1.
    private static let priority = 13 * 8 + 5

    private let place: Place
    private let hostName: String

    /// A collector.
    public init(_ place: Place) {
        self.place = place
        var buffer = [CChar](repeating: 0, count: 256)
        // One less, so that a cut name still ends.
        let isKnown = gethostname(&buffer, buffer.count - 1) == 0
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        hostName = isKnown ? Self.field(name) : "-"
    }

    /// A name as a field of a message's head: printable ASCII without spaces, at most 255 of it. Source: RFC 5424 section 6.
    static func field(_ name: String) -> String {
        let kept = name.utf8.filter { (0x21...0x7E).contains($0) }.prefix(255)
        return kept.isEmpty ? "-" : String(decoding: kept, as: UTF8.self)
    }

    /// `syslog` or `syslog:HOST:PORT`.
    public var name: String {
        switch place {
        case .local: "syslog"
        case .udp(let host, let port): "syslog:\(host):\(port)"
        }
    }

    /// Sends the message.
    public func take(_ head: SealedHead) throws(HeadSinkError) {
        let message = message(head)
        switch place {
        case .local(let path): try sendLocally(message, to: path)
        case .udp(let host, let port): try send(message, to: host, port)
        }
    }

    /// `<109>1 TIME HOST homeroom PID audit-head - {…}`. Source: RFC 5424 section 6.
    func message(_ head: SealedHead) -> [UInt8] {
        let intro =
            "<\(Self.priority)>1 \(head.signedAt.iso8601) \(hostName) homeroom \(getpid()) audit-head - "
        return Array(intro.utf8) + head.line
    }

    private func sendLocally(_ message: [UInt8], to path: String) throws(HeadSinkError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("cannot make a socket") }
        defer { close(descriptor) }
        limitWait(descriptor)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else {
            throw HeadSinkError("the path `\(path)` is too long for a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0,
                    socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard sent == message.count else { throw failure("cannot send to `\(path)`") }
    }

    private func send(_ message: [UInt8], to host: String, _ port: UInt16) throws(HeadSinkError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0, let first = list else {
            throw HeadSinkError("cannot find `\(host)`: \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        let descriptor = socket(
            first.pointee.ai_family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("cannot make a socket") }
        defer { close(descriptor) }
        limitWait(descriptor)
        let sent = sendto(
            descriptor, message, message.count, Int32(MSG_NOSIGNAL), first.pointee.ai_addr,
            first.pointee.ai_addrlen)
        guard sent == message.count else { throw failure("cannot send to `\(host):\(port)`") }
    }

    private func limitWait(_ descriptor: Int32) {
        var time = timeval(tv_sec: Limits.auditSinkTimeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    private func failure(_ what: String) -> HeadSinkError {
        HeadSinkError("\(what): \(String(cString: strerror(errno)))")
    }
}
