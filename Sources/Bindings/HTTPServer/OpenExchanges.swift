import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The exchanges of the connections that are open now.
///
/// INVARIANT (open sockets): the library calls `remove` before it closes a connection's socket, and a socket is shut down only
/// under the lock and while its exchange is listed, so never a descriptor that has become another's.
final class OpenExchanges: Sendable {
    private let list = Mutex<[ObjectIdentifier: HTTPExchange]>([:])

    func insert(_ exchange: HTTPExchange) { list.withLock { $0[ObjectIdentifier(exchange)] = exchange } }

    func remove(_ exchange: HTTPExchange) { list.withLock { $0[ObjectIdentifier(exchange)] = nil } }

    /// Whether a request is under way on any connection.
    var isBusy: Bool {
        list.withLock { list in list.values.contains { $0.progress.load(ordering: .acquiring) != .waiting } }
    }

    /// Answers for every handler that has not answered yet.
    func abandonSuspended() {
        list.withLock { list in
            for exchange in list.values { exchange.abandon() }
        }
    }

    /// Shuts the sockets of clients that have taken longer than they may; the library then closes the connections.
    func cutOffOverdue(_ deadlines: ExchangeDeadlines, nowMilliseconds: Int64) {
        list.withLock { list in
            for exchange in list.values {
                let elapsed = nowMilliseconds - exchange.sinceMilliseconds.load(ordering: .relaxed)
                if deadlines.isOverdue(exchange.progress.load(ordering: .acquiring), milliseconds: elapsed) {
                    shutdown(exchange.socket, Int32(SHUT_RDWR))
                }
            }
        }
    }
}
