import Base
import CMicroHTTPD
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The server's side of an exchange: all of it on the thread that serves the connection.
extension HTTPExchange {
    /// A new request's target is known, nothing else of it.
    func begin(target text: UnsafePointer<CChar>) {
        let count = strlen(text)
        text.withMemoryRebound(to: UInt8.self, capacity: count) {
            target.replaceSubrange(target.startIndex..., with: UnsafeBufferPointer(start: $0, count: count))
        }
        fields.removeAll(keepingBytes: core.configuration.keptBytesMax)
        HTTPExchange.empty(&body, keepingBytes: core.configuration.keptBytesMax)
        answer.removeAll(keepingBytes: core.configuration.keptBytesMax)
        refusal = nil
        (isRefusedAtOnce, isStream) = (false, false)
        receivedBytes = 0
        enter(.begun)
    }

    /// Takes method and fields over from the library and decides whether the request is refused.
    func takeHead(method text: UnsafePointer<CChar>) {
        method = HTTPMethod(text)
        fields.take(from: connection)
        if isFromTrustedProxy { remoteAddress = clientAddress() }
        let framing = HTTPFraming(fields)
        refusal = framing.refusal(fields, targetBytes: target.count, core.configuration)
        declaredBytes = framing.declaredBytes ?? 0
        progress.store(.receiving, ordering: .releasing)
        isRefusedAtOnce = refusal != nil && !framing.canDiscardBody(core.configuration)
    }

    /// Takes a piece of the body over. False where the client has sent so much that it is cut off.
    func takeBody(_ bytes: UnsafePointer<CChar>, count: Int) -> Bool {
        let limit = core.configuration.bodyBytesMax
        receivedBytes += count
        if refusal == nil, receivedBytes > limit { refusal = .bodyTooLarge(limitBytes: limit) }
        if refusal == nil, !makeRoom(for: count) { refusal = .noRoom }
        if refusal != nil {
            HTTPExchange.empty(&body, keepingBytes: core.configuration.keptBytesMax)
            giveBackHeldBytes()
            return receivedBytes <= limit + core.configuration.discardedBytesMax
        }
        UnsafeRawBufferPointer(start: bytes, count: count).withMemoryRebound(to: UInt8.self) {
            body.append(contentsOf: $0)
        }
        return true
    }

    /// Makes room for the next piece of the body; false where there is none.
    private func makeRoom(for count: Int) -> Bool {
        guard receivedBytes > core.configuration.smallBodyBytesMax else { return true }
        guard hold(heldBytes.load(ordering: .relaxed) == 0 ? receivedBytes : count) else { return false }
        // Room for all of it at once, which takes memory only as it is filled: growing it by doubling would copy it, and take
        // up to three times as much.
        if declaredBytes > body.capacity { body.reserveCapacity(declaredBytes) }
        return true
    }

    /// Counts bytes that are held until the exchange is over; false where there is no room for them.
    func hold(_ count: Int) -> Bool {
        guard core.heldBytes.take(count) else { return false }
        heldBytes.wrappingAdd(count, ordering: .relaxed)
        return true
    }

    /// Gives back the room of what is held.
    func giveBackHeldBytes() { core.heldBytes.giveBack(heldBytes.exchange(0, ordering: .relaxed)) }

    /// Lets the handler answer, and waits for the answer with the connection suspended where it is not there yet.
    func handOver() -> MHD_Result {
        progress.store(.handling, ordering: .releasing)
        if refusal != nil { return refuseNow() }
        core.handler.handle(self)
        if progress.load(ordering: .acquiring) == .answered { return queuePending() }
        // The response may come at any moment from here on. Whoever comes second resumes: `respond` when it finds
        // `.suspended`, this thread when the response has come in between.
        MHD_suspend_connection(connection)
        let (exchanged, _) = progress.compareExchange(
            expected: .handling, desired: .suspended, ordering: .sequentiallyConsistent)
        if !exchanged {
            MHD_resume_connection(connection)
        } else if core.isAbandoning.load(ordering: .sequentiallyConsistent) {
            abandon()
        }
        return .YES
    }

    /// Lets the handler refuse the request.
    func refuseNow() -> MHD_Result {
        guard let refusal else { preconditionFailure("a request is refused for a reason") }
        progress.store(.handling, ordering: .releasing)
        core.handler.refuse(self, refusal)
        precondition(
            progress.load(ordering: .acquiring) == .answered, "refuse must respond before it returns")
        return queuePending()
    }

    /// Gives the response that is there to the library.
    func queuePending() -> MHD_Result {
        guard let response = pending else { preconditionFailure("an answered exchange has a response") }
        pending = nil
        enter(isStream ? .streaming : .sending)
        let isQueued = homeroom_http_queue(connection, pendingStatus, response)
        MHD_destroy_response(response)
        return isQueued == 1 ? .YES : .NO
    }

    /// Answers in the place of a handler that has not answered in time before the server stops.
    func queueAbandoned() -> MHD_Result {
        guard let response = homeroom_http_response(nil, 0) else { return .NO }
        let isQueued =
            homeroom_http_add_header(response, "Connection", "close") == 1
            ? homeroom_http_queue(connection, 503, response) : 0
        MHD_destroy_response(response)
        return isQueued == 1 ? .YES : .NO
    }

    /// The library is done with the request, well or not.
    func finish() {
        // An abandoned exchange may still be in its handler's hands: it is not touched, and its connection closes.
        guard progress.load(ordering: .acquiring) != .abandoned else { return }
        if let pending { MHD_destroy_response(pending) }
        pending = nil
        if heldBytes.load(ordering: .relaxed) > 0 {
            HTTPExchange.empty(&body, keepingBytes: core.configuration.keptBytesMax)
            giveBackHeldBytes()
        }
        enter(.waiting)
    }

    /// Takes the request away from its handler where the connection is suspended. Called when the server stops.
    ///
    /// INVARIANT (nobody stays suspended): the library ends the process when it stops with a suspended connection. The
    /// server sets `isAbandoning` and then looks for `.suspended`; a connection's thread sets `.suspended` and then looks
    /// for `isAbandoning`: one of the two sees the other.
    func abandon() {
        let (exchanged, _) = progress.compareExchange(
            expected: .suspended, desired: .abandoned, ordering: .sequentiallyConsistent)
        if exchanged { MHD_resume_connection(connection) }
    }

    func enter(_ next: ExchangeProgress) {
        sinceMilliseconds.store(HTTPExchange.nowMilliseconds(), ordering: .relaxed)
        progress.store(next, ordering: .releasing)
    }

    /// A clock that costs next to nothing and is good to some milliseconds.
    static func nowMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> HTTPExchange {
        guard let context else { preconditionFailure("the library handed no exchange back") }
        return Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
    }

    /// Empties a buffer that is used again, and gives the memory back where one large request has blown it up.
    private static func empty(_ buffer: inout [UInt8], keepingBytes limit: Int) {
        if buffer.capacity > limit { buffer = [] } else { buffer.removeAll(keepingCapacity: true) }
    }
}
