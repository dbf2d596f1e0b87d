import CMicroHTTPD
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// An answer whose end is not known when it begins: whoever has something to say writes it, from any thread. While there is
/// nothing to send the connection is suspended, so it costs no thread.
///
/// Sendable, unchecked: INVARIANT (no freed connection): `connection` is used under the lock, by the library's thread inside its
/// call for more, or by others while `isSuspended`: the library closes no suspended connection.
public final class HTTPStream: @unchecked Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isEnded = false
        var isSuspended = false
        var isGone = false
    }

    /// Bytes that wait for a client that reads too slowly; at the next one the stream ends.
    private static let waitingBytesMax = 256 * 1024
    private static let pieceBytes = 4096

    private let connection: OpaquePointer
    private let state = Mutex(State())

    init(connection: OpaquePointer) { self.connection = connection }

    /// Sends these bytes behind those before; false where nobody reads any more.
    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            guard !state.isEnded, !state.isGone else { return false }
            guard state.bytes.count + bytes.count <= HTTPStream.waitingBytesMax else {
                state.isEnded = true
                wake(&state)
                return false
            }
            state.bytes += bytes
            wake(&state)
            return true
        }
    }

    /// Ends the answer when all is sent. A second call does nothing.
    public func end() {
        state.withLock { state in
            state.isEnded = true
            wake(&state)
        }
    }

    /// Whether nobody reads any more, or nothing more can be said.
    public var isOver: Bool { state.withLock { $0.isEnded || $0.isGone } }

    private func wake(_ state: inout State) {
        guard state.isSuspended else { return }
        state.isSuspended = false
        MHD_resume_connection(connection)
    }

    // MARK: The library's side

    /// A response that is made of what is written; nil where there is no memory for it.
    func makeResponse() -> OpaquePointer? {
        let context = Unmanaged.passRetained(self).toOpaque()
        let made = homeroom_http_stream(
            HTTPStream.pieceBytes,
            { context, _, buffer, count in HTTPStream.from(context).take(into: buffer, count) },
            context,
            { context in
                HTTPStream.from(context).state.withLock { $0.isGone = true }
                if let context { Unmanaged<HTTPStream>.fromOpaque(context).release() }
            })
        if made == nil { Unmanaged<HTTPStream>.fromOpaque(context).release() }
        return made
    }

    /// The next bytes; 0 with the connection suspended where there are none yet. Source: libmicrohttpd's manual, content reader
    /// callbacks.
    private func take(into buffer: UnsafeMutablePointer<CChar>?, _ room: Int) -> Int {
        state.withLock { state in
            guard !state.bytes.isEmpty, let buffer else {
                if state.isEnded { return homeroom_http_stream_end() }
                state.isSuspended = true
                MHD_suspend_connection(connection)
                return 0
            }
            let count = min(room, state.bytes.count)
            state.bytes.withUnsafeBytes { bytes in
                if let start = bytes.baseAddress { memcpy(buffer, start, count) }
            }
            state.bytes.removeFirst(count)
            return count
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPStream {
        guard let context else { preconditionFailure("the library handed no stream back") }
        return Unmanaged<HTTPStream>.fromOpaque(context).takeUnretainedValue()
    }
}

/// The streams that are open, so that a server which stops can end them: the library ends the process where it stops with a
/// suspended connection.
final class OpenStreams: Sendable {
    private struct State {
        var streams: [HTTPStream] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Keeps the stream in mind; ends it at once where the server stops.
    func insert(_ stream: HTTPStream) {
        let isLate = state.withLock { state in
            state.streams.removeAll(where: \.isOver)
            if !state.isClosed { state.streams.append(stream) }
            return state.isClosed
        }
        if isLate { stream.end() }
    }

    /// Ends all, and each that comes later.
    func endAll() {
        let streams = state.withLock { state in
            defer { (state.streams, state.isClosed) = ([], true) }
            return state.streams
        }
        for stream in streams { stream.end() }
    }
}
