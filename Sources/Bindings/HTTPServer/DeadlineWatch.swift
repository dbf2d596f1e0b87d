#if canImport(Glibc)
    import Glibc
#endif

/// A thread that cuts off overdue clients once a second, and makes room for others where there is little.
///
/// Sendable, unchecked: nothing changes after the start; `stop` closes one end of a pair of sockets, the thread watches the other.
final class DeadlineWatch: @unchecked Sendable {
    private static let tickMilliseconds: Int32 = 250
    private static let roundMilliseconds: Int64 = 1000

    private let exchanges: OpenExchanges
    private let deadlines: ExchangeDeadlines
    private let heldBytes: HeldBytes
    private let ends: (watched: Int32, closedToStop: Int32)
    private var thread = pthread_t()

    /// Starts the thread; nil where the system has none left.
    init?(_ exchanges: OpenExchanges, _ deadlines: ExchangeDeadlines, _ heldBytes: HeldBytes) {
        self.exchanges = exchanges
        self.deadlines = deadlines
        self.heldBytes = heldBytes
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        self.ends = (watched: ends[0], closedToStop: ends[1])
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<DeadlineWatch>.fromOpaque(context).takeUnretainedValue().run() }
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
        guard code == 0 else {
            close(self.ends.watched)
            close(self.ends.closedToStop)
            return nil
        }
    }

    /// Ends the thread and waits for it. To be called once, before the last reference goes.
    func stop() {
        close(ends.closedToStop)
        pthread_join(thread, nil)
        close(ends.watched)
    }

    private func run() {
        var event = pollfd(fd: ends.watched, events: Int16(POLLIN), revents: 0)
        var lastRound: Int64 = 0
        while poll(&event, 1, DeadlineWatch.tickMilliseconds) <= 0 {
            let now = HTTPExchange.nowMilliseconds()
            exchanges.makeRoom(nowMilliseconds: now)
            guard now - lastRound >= DeadlineWatch.roundMilliseconds else { continue }
            lastRound = now
            exchanges.cutOffOverdue(deadlines, nowMilliseconds: now)
            exchanges.closeAbandoned(nowMilliseconds: now)
            if heldBytes.takeShortage() { exchanges.cutOffLargest(nowMilliseconds: now) }
        }
    }
}
