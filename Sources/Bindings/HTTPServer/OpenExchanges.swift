// For SHUT_RDWR: it includes sys/socket.h, whose constants are then its own for every file that the compiler sees after
// one that imports it.
import CMicroHTTPD
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The exchanges of the connections that are open now.
///
/// INVARIANT (open sockets): the library calls `remove` before it closes a connection's socket, and a socket is shut down only
/// under the lock and while its exchange is listed, so never a descriptor that has become another's.
final class OpenExchanges: Sendable {
    /// How long a client that is slow or silent is left alone while there is little room for others, in milliseconds.
    private static let crowdedPatienceMilliseconds: Int64 = 250
    private static let patienceMilliseconds: Int64 = 1000
    private static let largeBodyPatienceMilliseconds: Int64 = 5000
    /// How long after a look for clients to close the next one comes, in milliseconds.
    private static let lookMilliseconds: Int64 = 100

    /// `POLLRDHUP`, which Swift does not import. Source: poll(2).
    private static let peerIsDone: Int16 = 0x2000

    private struct Open {
        var exchanges: [ObjectIdentifier: HTTPExchange] = [:]
        var lastLookMilliseconds: Int64 = 0
    }

    private let crowded: Int
    private let closedAtOnce: Int
    private let list = Mutex(Open())

    /// - Parameters:
    ///   - crowded: from this many connections on, a new one makes room for further ones.
    ///   - closedAtOnce: how many are then closed.
    init(crowded: Int, closedAtOnce: Int) {
        self.crowded = crowded
        self.closedAtOnce = closedAtOnce
    }

    func insert(_ exchange: HTTPExchange, nowMilliseconds: Int64) {
        list.withLock { list in
            list.exchanges[ObjectIdentifier(exchange)] = exchange
            makeRoom(&list, nowMilliseconds)
        }
    }

    /// Makes room where there is little: to be called now and then, since at the very limit nobody comes in who could do it.
    func makeRoom(nowMilliseconds: Int64) { list.withLock { makeRoom(&$0, nowMilliseconds) } }

    /// Closes the connections that have been without a request the longest, then those that have been sending one the longest:
    /// a client that finds an idle connection closed opens another.
    private func makeRoom(_ list: inout Open, _ nowMilliseconds: Int64) {
        guard list.exchanges.count >= crowded,
            nowMilliseconds - list.lastLookMilliseconds >= OpenExchanges.lookMilliseconds
        else { return }
        list.lastLookMilliseconds = nowMilliseconds
        var candidates: [(rank: Int, since: Int64, exchange: HTTPExchange)] = []
        for exchange in list.exchanges.values {
            let since = exchange.sinceMilliseconds.load(ordering: .relaxed)
            guard nowMilliseconds - since >= OpenExchanges.crowdedPatienceMilliseconds,
                let rank = exchange.progress.load(ordering: .acquiring).closingRank
            else { continue }
            candidates.append((rank, since, exchange))
        }
        candidates.sort { ($0.rank, $0.since) < ($1.rank, $1.since) }
        for candidate in candidates.prefix(closedAtOnce) {
            shutdown(candidate.exchange.socket, Int32(SHUT_RDWR))
        }
    }

    /// Closes the connections whose clients will say no more, though a request is not complete.
    ///
    /// The library waits for the edge of an event: where the end of what the client says comes together with the last of it, it
    /// reads the one and learns of the other only when the connection has been idle for too long.
    func closeAbandoned(nowMilliseconds: Int64) {
        list.withLock { list in
            var watched: [pollfd] = []
            for exchange in list.exchanges.values {
                let since = exchange.sinceMilliseconds.load(ordering: .relaxed)
                guard nowMilliseconds - since >= OpenExchanges.patienceMilliseconds,
                    exchange.progress.load(ordering: .acquiring).closingRank != nil
                else { continue }
                watched.append(pollfd(fd: exchange.socket, events: OpenExchanges.peerIsDone, revents: 0))
            }
            guard poll(&watched, nfds_t(watched.count), 0) > 0 else { return }
            for one in watched where one.revents & (OpenExchanges.peerIsDone | Int16(POLLHUP | POLLERR)) != 0
            {
                shutdown(one.fd, Int32(SHUT_RDWR))
            }
        }
    }

    /// Cuts off the client that has held up a large body the longest, be it one that it sends or one that it reads.
    func cutOffLargest(nowMilliseconds: Int64) {
        list.withLock { list in
            let slow = list.exchanges.values.filter { exchange in
                let since = exchange.sinceMilliseconds.load(ordering: .relaxed)
                switch exchange.progress.load(ordering: .acquiring) {
                case .receiving, .sending: break
                case .handshaking, .waiting, .begun, .handling, .suspended, .answered, .streaming, .abandoned:
                    return false
                }
                return exchange.heldBytes.load(ordering: .relaxed) > 0
                    && nowMilliseconds - since >= OpenExchanges.largeBodyPatienceMilliseconds
            }
            .sorted {
                $0.sinceMilliseconds.load(ordering: .relaxed) < $1.sinceMilliseconds.load(ordering: .relaxed)
            }
            for exchange in slow.prefix(closedAtOnce) { shutdown(exchange.socket, Int32(SHUT_RDWR)) }
        }
    }

    func remove(_ exchange: HTTPExchange) {
        list.withLock { $0.exchanges[ObjectIdentifier(exchange)] = nil }
    }

    /// Whether a request is under way on any connection.
    var isBusy: Bool {
        list.withLock { list in
            list.exchanges.values.contains { exchange in
                let progress = exchange.progress.load(ordering: .acquiring)
                return progress != .waiting && progress != .handshaking
            }
        }
    }

    /// Answers for every handler that has not answered yet.
    func abandonSuspended() {
        list.withLock { list in
            for exchange in list.exchanges.values { exchange.abandon() }
        }
    }

    /// Shuts the sockets of clients that have taken longer than they may; the library then closes the connections.
    func cutOffOverdue(_ deadlines: ExchangeDeadlines, nowMilliseconds: Int64) {
        list.withLock { list in
            for exchange in list.exchanges.values {
                let elapsed = nowMilliseconds - exchange.sinceMilliseconds.load(ordering: .relaxed)
                if deadlines.isOverdue(exchange.progress.load(ordering: .acquiring), milliseconds: elapsed) {
                    shutdown(exchange.socket, Int32(SHUT_RDWR))
                }
            }
        }
    }
}
