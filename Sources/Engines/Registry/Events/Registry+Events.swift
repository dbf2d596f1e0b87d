import Base
import Items
import Tables

/// Some events of the outbox, in order.
public struct EventPage: Sendable {
    /// The events.
    public var events: [OutboxEvent]
    /// The sequence up to which all were looked at: what to hand in as `after` for what comes behind them.
    public var next: Int64
    /// Whether there was nothing behind them.
    public var isEnd: Bool
}

/// Which events are asked for.
public struct EventQuery: Hashable, Sendable {
    /// Those behind this sequence.
    public var after: Int64 = 0
    /// Those from this moment on.
    public var from: Timestamp?
    /// Those of this tenant.
    public var tenant: TenantID?
    /// Those whose type begins so.
    public var type: String?
    /// How many are wanted: 1 to `Limits.eventPageMax`.
    public var limit = 100

    /// All of them.
    public init() {}

    fileprivate func matches(_ event: OutboxEvent) -> Bool {
        if event.id.sequence <= after { return false }
        if let from, event.id.time < from { return false }
        if let tenant, event.tenant != tenant { return false }
        if let type, !event.type.utf8.starts(with: type.utf8) { return false }
        return true
    }
}

extension Registry {
    /// Events of the outbox, of one tenant or all, in the order of the commits that announced them.
    ///
    /// Whoever goes on behind each page's `next` gets every event once, and misses none that commits later. At most
    /// `Limits.eventLookedAtMax` are looked at; a page may be empty and not be the end.
    public func events(
        after: Int64, tenant: TenantID? = nil, type: String? = nil, limit: Int = 100
    ) throws(RegistryError) -> EventPage {
        var query = EventQuery()
        query.after = after
        query.tenant = tenant
        query.type = type
        query.limit = limit
        return try events(query)
    }

    /// Events of the outbox.
    public func events(_ query: EventQuery) throws(RegistryError) -> EventPage {
        let limit = max(1, min(query.limit, Limits.eventPageMax))
        let ledger = try ledger()
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(OutboxEvent.partition.utf8)
        range.itemsMax = Limits.eventPageMax
        if let after = try beginning(of: query, ledger) {
            range.sort = SortRange(lower: Self.sort(after), isLowerIncluded: false)
        }
        var page = EventPage(events: [], next: query.after, isEnd: true)
        var lookedAt = 0
        while true {
            let read = try self.page(range)
            for row in read.rows {
                if page.events.count == limit || lookedAt == Limits.eventLookedAtMax {
                    page.isEnd = false
                    return page
                }
                let event: OutboxEvent = try RegistryTable.decoded(row)
                lookedAt += 1
                if query.matches(event) { page.events.append(event) }
                page.next = max(page.next, event.id.sequence)
            }
            guard let next = read.next else { return page }
            range.after = next
        }
    }

    /// Where the events that are asked for begin: behind this sequence; nil for behind nothing. Those of the version before lie
    /// before the others and are looked at one by one.
    private func beginning(of query: EventQuery, _ ledger: Ledger) throws(RegistryError) -> Int64? {
        var after = query.after
        if let from = query.from {
            // Relies on stamps: time never falls as the sequence grows. What was removed was earlier.
            var (low, high) = (ledger.eventsAfter, ledger.events)
            while low < high {
                let middle = low + (high - low + 1) / 2
                let event = try read(
                    OutboxEvent.self, RecordStamp(time: Timestamp(milliseconds: 0), sequence: middle))
                if event.map({ $0.id.time < from }) ?? true { low = middle } else { high = middle - 1 }
            }
            after = max(after, low)
        }
        return after > ledger.eventsAfter ? after : nil
    }

    private static func sort(_ sequence: Int64) -> [UInt8] {
        Array(
            OutboxEvent.sortKey(of: RecordStamp(time: Timestamp(milliseconds: 0), sequence: sequence)).utf8)
    }

    /// The sequence of the newest event; 0 where there was none.
    public func newestEvent() throws(RegistryError) -> Int64 { try ledger().events }

    /// The same as `events`, but where there are none it waits until there is one: so long at the most, and not at all where
    /// `Limits.eventWaitersMax` wait already. It wakes by the commits of this process.
    public func awaitEvents(_ query: EventQuery, milliseconds: Int) throws(RegistryError) -> EventPage {
        let start = clock.monotonicNanoseconds()
        let longest = min(milliseconds, Limits.eventWaitMillisecondsMax)
        var query = query
        guard longest > 0, let waiter = eventBell.enter() else { return try events(query) }
        defer { eventBell.leave(waiter) }
        while true {
            // Entered before it is read: what commits behind the page rings.
            let page = try events(query)
            let rest = longest - Int((clock.monotonicNanoseconds() - start) / 1_000_000)
            if !page.events.isEmpty || !page.isEnd || rest <= 0 || eventBell.isClosed { return page }
            query.after = page.next
            if !waiter.wait(milliseconds: rest) { return page }
        }
    }

    /// Lets nobody wait for events any more; those who do are answered. For the end of the process.
    public func stopWaiting() { eventBell.close() }

    /// Removes events that are older than so many days; one round of a chore. Their sequence goes on as before.
    /// - Returns: how many were removed.
    @discardableResult
    public func trimEvents(
        days: Int = Limits.eventDays, isStopping: () -> Bool = { false }
    ) throws(RegistryError) -> Int {
        let oldest = clock.now().advanced(bySeconds: -Int64(days) * 86_400)
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(OutboxEvent.partition.utf8)
        range.itemsMax = Limits.eventTrimMax
        var removed = 0
        while !isStopping() {
            let page = try self.page(range)
            var writes: [ItemWrite] = []
            for row in page.rows {
                guard try (RegistryTable.decoded(row) as OutboxEvent).id.time < oldest else { break }
                writes.append(ItemWrite(table: Registry.tableName, key: row.key, action: .delete))
            }
            guard !writes.isEmpty else { break }
            try RegistryTable.commit(writes, to: engine)
            removed += writes.count
        }
        return removed
    }
}
