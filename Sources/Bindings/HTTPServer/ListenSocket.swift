import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#endif

/// A TCP socket that listens. Whoever makes one closes it or hands it on.
struct ListenSocket {
    let descriptor: Int32
    let port: UInt16
    let isIPv6: Bool

    init(host: String, port: UInt16, backlog: Int) throws(HTTPServerError) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
        guard code == 0, let address = found else {
            throw .unknownHost(host: host, reason: String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(found) }

        let descriptor = socket(
            address.pointee.ai_family, address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
            address.pointee.ai_protocol)
        var on: Int32 = 1
        guard descriptor >= 0,
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size)) == 0,
            bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
            listen(descriptor, Int32(clamping: backlog)) == 0,
            let bound = ListenSocket.boundPort(of: descriptor)
        else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw .cannotListen(host: host, port: port, reason: reason)
        }
        self.descriptor = descriptor
        self.port = bound
        isIPv6 = address.pointee.ai_family == AF_INET6
    }

    private static func boundPort(of descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &length) == 0 else { return nil }
                return UInt16(SocketAddressText.parts(of: address, length: length)?.port ?? "")
            }
        }
    }
}

/// The numeric text of a socket's address.
enum SocketAddressText {
    static func parts(
        of address: UnsafePointer<sockaddr>, length: socklen_t? = nil
    ) -> (host: String, port: String)? {
        let family = Int32(address.pointee.sa_family)
        let size = family == AF_INET6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST) + Int(NI_MAXSERV)) {
            text in
            guard let host = text.baseAddress else { return nil }
            let port = host + Int(NI_MAXHOST)
            let code = getnameinfo(
                address, length ?? socklen_t(size), host, socklen_t(NI_MAXHOST), port, socklen_t(NI_MAXSERV),
                NI_NUMERICHOST | NI_NUMERICSERV)
            guard code == 0 else { return nil }
            return (String(cString: host), String(cString: port))
        }
    }
}
