#if canImport(Glibc)
    import Glibc
#endif

/// A client that sends exactly the bytes a test gives it, and waits ten seconds at most for the answer.
final class RawConnection {
    struct Response: Equatable {
        var status: Int
        var head: [String]
        var body: String

        func header(_ name: String) -> String? {
            head.first { $0.lowercased().hasPrefix(name + ":") }
                .map { String($0.dropFirst(name.utf8.count + 1).drop { $0 == " " }) }
        }
    }

    enum Failure: Error {
        case cannotConnect, closed
        case notHTTP(String)
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var wait = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard code == 0 else { throw Failure.cannotConnect }
    }

    deinit { close(descriptor) }

    /// Whether somebody listens there.
    static func isAccepted(port: UInt16) -> Bool {
        do {
            _ = try RawConnection(port: port)
            return true
        } catch { return false }
    }

    /// False where the server has closed the connection.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Says that nothing more will be sent.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads one response; with a body unless it answers HEAD or is provisional.
    func read(isHead: Bool = false) throws -> Response {
        while true {
            if let end = headEnd() {
                let lines = String(decoding: received[..<end], as: UTF8.self).split(separator: "\r\n").map(
                    String.init)
                guard let first = lines.first, first.hasPrefix("HTTP/1.1 "),
                    let status = Int(first.split(separator: " ")[1])
                else { throw Failure.notHTTP(lines.first ?? "") }
                var response = Response(status: status, head: Array(lines.dropFirst()), body: "")
                if response.header("transfer-encoding") == "chunked" {
                    received.removeFirst(end + 4)
                    response.body = try readChunks()
                    return response
                }
                let count = isHead || status == 100 ? 0 : Int(response.header("content-length") ?? "") ?? 0
                while received.count < end + 4 + count { try receiveMore() }
                response.body = String(decoding: received[(end + 4)..<(end + 4 + count)], as: UTF8.self)
                received.removeFirst(end + 4 + count)
                return response
            }
            try receiveMore()
        }
    }

    /// The rest of a response in chunks (RFC 9112, section 7.1).
    private func readChunks() throws -> String {
        var body: [UInt8] = []
        while true {
            while received.firstIndex(of: 10) == nil { try receiveMore() }
            let line = received.prefix { $0 != 13 }
            guard let count = Int(String(decoding: line, as: UTF8.self), radix: 16) else {
                throw Failure.notHTTP(String(decoding: line, as: UTF8.self))
            }
            while received.count < line.count + 2 + count + 2 { try receiveMore() }
            body += received[(line.count + 2)..<(line.count + 2 + count)]
            received.removeFirst(line.count + 2 + count + 2)
            if count == 0 { return String(decoding: body, as: UTF8.self) }
        }
    }

    /// Whether the server closes the connection; whatever it still sends before is thrown away.
    func isClosed() -> Bool {
        while true {
            do { try receiveMore() } catch { return errno != EAGAIN }
        }
    }

    private func headEnd() -> Int? {
        guard received.count >= 4 else { return nil }
        return (0...(received.count - 4)).first { received[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }
    }

    private func receiveMore() throws {
        var piece = [UInt8](repeating: 0, count: 65536)
        errno = 0
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { throw Failure.closed }
        received += piece[..<count]
    }
}
