import Base
import CMicroHTTPD
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// An HTTP/1.1 server (libmicrohttpd) that hands whole requests to one handler.
///
/// Its threads wait with epoll; a request whose handler answers later costs no thread while it waits. Keep-alive,
/// pipelining, chunked bodies, `Expect: 100-continue` and TLS (1.2 and 1.3) are the library's and work without the handler's
/// doing.
public final class HTTPServer: Sendable {
    /// Where a server listens and what it puts up with.
    public struct Configuration: Sendable {
        /// The address, or a name that resolves to one.
        public var host = "127.0.0.1"
        /// The port; 0 lets the system pick one.
        public var port: UInt16 = 0
        /// How many threads serve connections.
        public var threads = 1
        /// How many connections may be open at once; further ones wait in the backlog. Before it comes to that, those that
        /// have been silent the longest are closed.
        public var connectionsMax = 1024
        /// How long a connection may be silent before it is closed.
        public var idleTimeoutSeconds = 60
        /// How long a client may take to send one request, and then to read the answer.
        public var requestTimeoutSeconds = 60
        /// The size of target and header fields together.
        public var headBytesMax = 16 * 1024
        /// The size of a request's body, transfer coding removed.
        public var bodyBytesMax = Limits.bodyBytesMax
        /// How many bytes of large bodies may be held at once, of requests and answers on all connections together.
        public var heldBytesMax = 256 * 1024 * 1024
        /// What a client is shown where the server speaks TLS; nil for plain HTTP.
        public var tls: TLSIdentity?
        /// The proxies that say for whom they ask.
        public var trustedProxies = TrustedProxies()
        /// How long a client may take for its part of the TLS handshake.
        public var handshakeTimeoutSeconds = 10
        /// How many connections may wait to be accepted.
        public var backlog = 1024

        /// The defaults above.
        public init() {}

        /// How much of a body that is too large is read before the answer, so that the answer arrives.
        var discardedBytesMax: Int { bodyBytesMax }
        /// The largest buffer that a connection keeps for its next request.
        var keptBytesMax: Int { 32 * 1024 }
        /// A body up to this size always finds room: connections are few enough.
        var smallBodyBytesMax: Int { 32 * 1024 }
        /// When this many connections are open, some are closed to make room.
        var crowdedConnections: Int { connectionsMax - max(1, connectionsMax / 8) }
        /// How many are then closed at once.
        var connectionsClosedAtOnce: Int { max(1, connectionsMax / 4) }
        /// What the library may use for a connection: the head and its table of fields, and the answer's head.
        var connectionMemoryBytes: Int { headBytesMax * 2 }
    }

    /// The port it listens on.
    public let port: UInt16
    private let core: HTTPServerCore
    /// The listening socket, which the daemon closes.
    private let listening: Int32
    private let daemon: Daemon
    private let watch: DeadlineWatch
    private let isStopped = Atomic<Bool>(false)
    /// Whether the process gives back what large bodies have used: once for all servers.
    private static let returnsLargeMemory = homeroom_http_return_large_memory() == 1

    /// Listens at once.
    /// - Throws: `unknownHost`, `cannotListen`, `badConfiguration` or `cannotStart`.
    public init(_ configuration: Configuration, handler: any HTTPHandler) throws(HTTPServerError) {
        try HTTPServer.check(configuration)
        _ = HTTPServer.returnsLargeMemory
        let socket = try ListenSocket(
            host: configuration.host, port: configuration.port, backlog: configuration.backlog)
        port = socket.port
        core = HTTPServerCore(configuration, handler)
        let deadlines = ExchangeDeadlines(
            handshakeSeconds: configuration.handshakeTimeoutSeconds,
            idleSeconds: configuration.idleTimeoutSeconds, requestSeconds: configuration.requestTimeoutSeconds
        )
        guard let daemon = core.startDaemon(socket) else {
            close(socket.descriptor)
            throw .cannotStart
        }
        listening = socket.descriptor
        self.daemon = Daemon(pointer: daemon)
        guard let watch = DeadlineWatch(core.exchanges, deadlines, core.heldBytes) else {
            MHD_stop_daemon(daemon)
            throw .cannotStart
        }
        self.watch = watch
    }

    deinit { stop(graceSeconds: 0) }

    /// Stops listening, lets the requests that are under way finish for so many seconds at most, then closes every
    /// connection. Requests whose handler still has not answered get status 503. Blocks; a second call does nothing.
    public func stop(graceSeconds: Int) {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        core.isStopping.store(true, ordering: .releasing)
        // Not by MHD_quiesce_daemon: it and its threads both take the socket out of their epoll sets, and the library ends the
        // process where they meet (src/microhttpd/daemon.c). A socket that is shut down takes no one in any more; the library
        // closes it when the daemon stops.
        shutdown(listening, Int32(SHUT_RDWR))
        core.streams.endAll()
        waitWhileBusy(milliseconds: Int64(graceSeconds) * 1000)
        watch.stop()
        core.isAbandoning.store(true, ordering: .sequentiallyConsistent)
        core.exchanges.abandonSuspended()
        waitWhileBusy(milliseconds: HTTPServer.lastAnswersMilliseconds)
        MHD_stop_daemon(daemon.pointer)
    }

    /// How long the answers that the server gives in its handler's place may take to leave.
    private static let lastAnswersMilliseconds: Int64 = 500

    private func waitWhileBusy(milliseconds: Int64) {
        let deadline = HTTPExchange.nowMilliseconds() + milliseconds
        while core.exchanges.isBusy, HTTPExchange.nowMilliseconds() < deadline { usleep(5_000) }
    }

    private static func check(_ configuration: Configuration) throws(HTTPServerError) {
        let positive = [
            ("threads", configuration.threads), ("connectionsMax", configuration.connectionsMax),
            ("idleTimeoutSeconds", configuration.idleTimeoutSeconds),
            ("requestTimeoutSeconds", configuration.requestTimeoutSeconds),
            ("handshakeTimeoutSeconds", configuration.handshakeTimeoutSeconds),
            ("backlog", configuration.backlog),
        ]
        for (name, value) in positive where !(1...1_000_000).contains(value) {
            throw .badConfiguration("`\(name)` is \(value), expected 1 to 1000000")
        }
        guard configuration.threads <= configuration.connectionsMax else {
            throw .badConfiguration("more threads (\(configuration.threads)) than connections")
        }
        guard (1024...1_048_576).contains(configuration.headBytesMax) else {
            throw .badConfiguration(
                "`headBytesMax` is \(configuration.headBytesMax), expected 1024 to 1048576")
        }
        guard configuration.heldBytesMax >= configuration.bodyBytesMax else {
            throw .badConfiguration("`heldBytesMax` is less than one body may have, `bodyBytesMax`")
        }
        guard configuration.bodyBytesMax >= 0 else {
            throw .badConfiguration("`bodyBytesMax` is \(configuration.bodyBytesMax), expected 0 or more")
        }
    }

    /// Sendable, unchecked: the library's calls on a daemon are safe from any thread, and `stop` uses it last.
    private struct Daemon: @unchecked Sendable {
        let pointer: OpaquePointer
    }
}
