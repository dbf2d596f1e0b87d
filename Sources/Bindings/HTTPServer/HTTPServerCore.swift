import CMicroHTTPD
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// What the library's threads need of a server. It outlives them: the server owns it and joins them before it goes.
final class HTTPServerCore: Sendable {
    /// The shortest that the system gives: whoever asks for something that takes less does not wait until what computes (a move, a
    /// backup) has had its own (figures in Benchmarks/PROFILE.md).
    private static let sliceNanoseconds: UInt64 = 100_000

    let configuration: HTTPServer.Configuration
    let handler: any HTTPHandler
    let exchanges: OpenExchanges
    let heldBytes: HeldBytes
    let streams = OpenStreams()
    /// Answers close their connections.
    let isStopping = Atomic<Bool>(false)
    /// Nobody waits for handlers any more.
    let isAbandoning = Atomic<Bool>(false)

    init(_ configuration: HTTPServer.Configuration, _ handler: any HTTPHandler) {
        self.configuration = configuration
        exchanges = OpenExchanges(
            crowded: configuration.crowdedConnections, closedAtOnce: configuration.connectionsClosedAtOnce)
        heldBytes = HeldBytes(limit: configuration.heldBytesMax)
        self.handler = handler
    }

    /// Starts the library's threads on a socket, which is the library's from then on; nil where it fails.
    func startDaemon(_ socket: ListenSocket) -> OpaquePointer? {
        var options = homeroom_http_options()
        options.listen_socket = socket.descriptor
        options.is_ipv6 = socket.isIPv6 ? 1 : 0
        options.is_tls = configuration.tls == nil ? 0 : 1
        options.threads = UInt32(configuration.threads)
        options.connections_max = UInt32(configuration.connectionsMax)
        options.idle_timeout_seconds = UInt32(configuration.idleTimeoutSeconds)
        options.connection_memory_bytes = configuration.connectionMemoryBytes
        options.context = Unmanaged.passUnretained(self).toOpaque()
        options.on_connection = { core, connection, context, code in
            HTTPServerCore.connectionChanged(core, connection, context, code)
        }
        options.on_target = { _, target, connection in
            let context = homeroom_http_connection_context(connection)
            if let target { HTTPExchange.from(context).begin(target: target) }
            return context
        }
        options.on_access = { _, _, _, method, _, bytes, count, context in
            HTTPServerCore.access(HTTPExchange.from(context?.pointee), method, bytes, count)
        }
        options.on_completed = { _, _, context, _ in
            if let exchange = context?.pointee { HTTPExchange.from(exchange).finish() }
        }
        // The target is handed on as it was sent, so nothing is decoded in place.
        options.on_unescape = { _, _, text in text.map { strlen($0) } ?? 0 }
        // The library's threads have it from the one that starts them.
        homeroom_http_set_slice(Self.sliceNanoseconds)
        defer { homeroom_http_set_slice(0) }
        return homeroom_http_start(&options)
    }

    /// The library calls this when the head is known, then for each piece of the body, then once more for its end, and
    /// after each resumption.
    private static func access(
        _ exchange: HTTPExchange, _ method: UnsafePointer<CChar>?, _ bytes: UnsafePointer<CChar>?,
        _ count: UnsafeMutablePointer<Int>?
    ) -> MHD_Result {
        let isAlive = MHD_Result.YES
        let isCut = MHD_Result.NO
        guard let method, let count else { return isCut }
        switch exchange.progress.load(ordering: .acquiring) {
        case .begun:
            exchange.takeHead(method: method)
            return exchange.isRefusedAtOnce ? exchange.refuseNow() : isAlive
        case .receiving:
            guard count.pointee > 0, let bytes else { return exchange.handOver() }
            defer { count.pointee = 0 }
            return exchange.takeBody(bytes, count: count.pointee) ? isAlive : isCut
        case .answered: return exchange.queuePending()
        case .abandoned: return exchange.queueAbandoned()
        case .handshaking, .waiting, .handling, .suspended, .sending, .streaming: return isCut
        }
    }

    private static func connectionChanged(
        _ core: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
        _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
    ) {
        guard let core, let connection, let context else { return }
        if homeroom_http_is_started(code) == 1 {
            let core = Unmanaged<HTTPServerCore>.fromOpaque(core).takeUnretainedValue()
            let exchange = HTTPExchange(core: core, connection: connection)
            if let tls = core.configuration.tls { exchange.beginHandshake(tls.certificate) }
            core.exchanges.insert(exchange, nowMilliseconds: HTTPExchange.nowMilliseconds())
            context.pointee = Unmanaged.passRetained(exchange).toOpaque()
        } else if let held = context.pointee {
            let exchange = Unmanaged<HTTPExchange>.fromOpaque(held).takeRetainedValue()
            exchange.core.exchanges.remove(exchange)
            exchange.giveBackHeldBytes()
            context.pointee = nil
        }
    }
}
