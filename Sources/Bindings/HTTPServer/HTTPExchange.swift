import Base
import CMicroHTTPD
import Synchronization

/// A request and its answer. There is one exchange for each connection, used again for each request on it, so that a
/// request allocates nothing once the buffers have grown.
///
/// The handler owns it from `handle` until it calls `respond`; before and after, it is the server's: read nothing from it
/// then, and hold it no longer.
///
/// Sendable, unchecked: INVARIANT (one owner): the plain properties are touched only by the current owner, and `progress`
/// hands over: the server's thread writes before it calls the handler; the handler writes before it sets `.answered`
/// (release); the server's thread goes on when it has seen that (acquire).
///
/// INVARIANT (no freed connection): libmicrohttpd never closes a suspended connection, whatever its client does, so
/// `connection` is valid while `progress` is `.suspended`; other threads than the connection's own use it in no other state.
public final class HTTPExchange: @unchecked Sendable {
    let core: HTTPServerCore
    let progress = Atomic<ExchangeProgress>(.waiting)
    let sinceMilliseconds = Atomic<Int64>(0)
    let connection: OpaquePointer
    let socket: Int32
    var pending: OpaquePointer?
    var pendingStatus: UInt32 = 0
    var refusal: HTTPRefusal?
    /// Whether the refusal does not wait until the body has been read and thrown away.
    var isRefusedAtOnce = false
    /// Whether the answer has no end yet.
    var isStream = false
    var receivedBytes = 0
    var declaredBytes = 0
    /// What the connection's TLS session reads for as long as it lives; nil without TLS.
    var certificate: TLSCertificate?
    /// The bytes of large bodies that are counted for this exchange.
    let heldBytes = Atomic<Int>(0)

    /// The address of whoever is connected, without port, in numeric form; empty where it is unknown.
    let peerAddress: String
    /// Whether that is a proxy which is taken at its word about for whom it asks.
    let isFromTrustedProxy: Bool
    /// The client's address without port, in numeric form; empty where it is unknown. Of a request that comes through a trusted
    /// proxy it is the one that the proxy names.
    public internal(set) var remoteAddress: String
    /// The request's method.
    public internal(set) var method = HTTPMethod.other
    /// The request's target as sent: path and query, percent-encoding untouched.
    public internal(set) var target: [UInt8] = []
    /// The request's header fields.
    public internal(set) var fields = HTTPFields()
    /// The request's body, transfer coding removed; content coding (gzip) is left to the handler.
    public internal(set) var body: [UInt8] = []
    /// Where the handler may put an answer's body together, for `respondWithAnswer`: empty when a request begins.
    public let answer = ByteBuffer()
    /// The handler's own: kept for the connection, for scratch objects that are worth using again.
    public var userState: AnyObject?

    init(core: HTTPServerCore, connection: OpaquePointer) {
        self.core = core
        self.connection = connection
        socket = homeroom_http_connection_socket(connection)
        let address = homeroom_http_connection_address(connection)
        peerAddress = address.flatMap { SocketAddressText.parts(of: $0)?.host } ?? ""
        remoteAddress = peerAddress
        let proxies = core.configuration.trustedProxies
        isFromTrustedProxy = !proxies.networks.isEmpty && proxies.include(IPAddress(peerAddress))
        sinceMilliseconds.store(HTTPExchange.nowMilliseconds(), ordering: .relaxed)
    }

    /// Answers the request: once, from any thread. The body is copied, so its memory is the caller's again at once. The
    /// answer to HEAD carries the body's length and no body. `headers` is called once, before this returns.
    public func respond(
        status: Int, body: [UInt8], headers: (inout HTTPResponseHeaders) -> Void = { _ in }
    ) {
        body.withUnsafeBufferPointer { respond(status: status, bytes: $0, headers: headers) }
    }

    /// The same for a part of a larger buffer.
    public func respond(
        status: Int, body: Span<UInt8>, headers: (inout HTTPResponseHeaders) -> Void = { _ in }
    ) {
        body.withUnsafeBufferPointer { respond(status: status, bytes: $0, headers: headers) }
    }

    /// Answers the request with what is in `answer`, which is not copied: it must not be changed any more.
    ///
    /// INVARIANT (lent answer): the library reads the buffer until it is done with the request; `begin` empties it, and no
    /// request begins on a connection before the one before it has ended.
    public func respondWithAnswer(status: Int, headers: (inout HTTPResponseHeaders) -> Void) {
        guard hasRoom(for: answer.count) else { return respondWithoutRoom() }
        respond(
            status: status, made: homeroom_http_response_lent(answer.bytes.baseAddress, answer.count),
            headers: headers)
    }

    /// Begins an answer that goes on until its stream is ended, by whoever has it or by a server that stops.
    public func respondStreaming(
        status: Int, headers: (inout HTTPResponseHeaders) -> Void = { _ in }
    ) -> HTTPStream {
        let stream = HTTPStream(connection: connection)
        isStream = true
        core.streams.insert(stream)
        respond(status: status, made: stream.makeResponse(), headers: headers)
        return stream
    }

    private func respond(
        status: Int, bytes: UnsafeBufferPointer<UInt8>, headers: (inout HTTPResponseHeaders) -> Void
    ) {
        guard hasRoom(for: bytes.count) else { return respondWithoutRoom() }
        respond(
            status: status, made: homeroom_http_response(bytes.baseAddress, bytes.count), headers: headers)
    }

    private func respond(
        status: Int, made: OpaquePointer?, headers: (inout HTTPResponseHeaders) -> Void
    ) {
        precondition((200...599).contains(status), "a response's status is 200 to 599, not \(status)")
        guard let made else { preconditionFailure("out of memory for a response") }
        var fields = HTTPResponseHeaders(made)
        headers(&fields)
        if refusal != nil || core.isStopping.load(ordering: .relaxed) { fields.add("Connection", "close") }
        if fields.isValid {
            publish(made, status: UInt32(status))
        } else {
            MHD_destroy_response(made)
            guard let empty = homeroom_http_response(nil, 0) else { preconditionFailure("out of memory") }
            publish(empty, status: 500)
        }
    }

    private func hasRoom(for count: Int) -> Bool {
        count <= core.configuration.smallBodyBytesMax || hold(count)
    }

    /// Asks the client to come again: other clients read their large answers too slowly.
    private func respondWithoutRoom() {
        guard let empty = homeroom_http_response(nil, 0) else { preconditionFailure("out of memory") }
        var fields = HTTPResponseHeaders(empty)
        fields.add("Retry-After", "1")
        publish(empty, status: 503)
    }

    /// Hands the response over to the server's thread, waking it where the connection is suspended.
    private func publish(_ response: OpaquePointer, status: UInt32) {
        while true {
            let current = progress.load(ordering: .acquiring)
            switch current {
            case .handling, .suspended:
                pending = response
                pendingStatus = status
                let (exchanged, _) = progress.compareExchange(
                    expected: current, desired: .answered, ordering: .acquiringAndReleasing)
                if exchanged {
                    if current == .suspended { MHD_resume_connection(connection) }
                    return
                }
                pending = nil
            case .abandoned:
                MHD_destroy_response(response)
                return
            case .handshaking, .waiting, .begun, .receiving, .answered, .sending, .streaming:
                preconditionFailure("respond was called twice for one request, or outside of one")
            }
        }
    }
}
