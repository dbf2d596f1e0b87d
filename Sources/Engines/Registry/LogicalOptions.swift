import Base
import Tables
import Tenancy

/// What the catalog has switched on for a logical table, as it holds for all its physical tables: remembered, so that a stream
/// has one label in all stores, and another one where it is switched on again.
public struct LogicalOptions: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "options"

    /// The logical table.
    public let id: TableName
    /// The stream, where there is one.
    public var stream: TableOptions.Stream?
    /// The attribute that ends an item's life, where there is one.
    public var timeToLiveAttribute: String?
    /// Whether the tables of all stores have them.
    public var isApplied = false
    /// How many times the record was written.
    public var version: Int64 = 0

    /// Options that are not recorded yet.
    init(id: TableName) { self.id = id }

    /// Gives a physical table these options.
    func apply(to options: inout TableOptions) {
        if options.stream?.viewType != stream?.viewType || options.stream?.startedAt != stream?.startedAt {
            options.stream = stream
        }
        options.timeToLiveAttribute = timeToLiveAttribute
    }
}

extension Placements {
    /// Records what the catalog says now, and gives it to the tables of all placements where it is news; call it at start.
    /// A store that cannot be opened keeps what it has, and is told to `onFailure`; the next start tries again.
    public func applyOptions(
        stores: any StoreProvider, now: Timestamp, onFailure: (StoreID, any Error) -> Void
    ) throws {
        var isNews = false
        for table in catalog.tables {
            let known = try registry.read(LogicalOptions.self, table.name)
            let wanted = table.options(after: known, now: now)
            if wanted != known { try save(wanted, isNew: known == nil) }
            isNews = isNews || !wanted.isApplied
        }
        let isRecoveryNews = try noteRecovery(now: now)
        guard isNews || isRecoveryNews else { return }
        var failures = 0
        var seen: Set<TableName> = []
        try registry.forEach(PlacementRecord.self) { placement in
            let fresh = placement.tables.filter { seen.insert($0.value).inserted }
            guard !fresh.isEmpty else { return }
            do { try apply(to: stores.store(placement.store), tables: fresh, now: now) } catch {
                failures += 1
                onFailure(placement.store, error)
            }
        }
        guard failures == 0 else { return }
        try noteRecoveryApplied()
        for table in catalog.tables {
            _ = try registry.update(LogicalOptions.self, table.name) { options, _ in options.isApplied = true
            }
        }
    }

    private func save(_ options: LogicalOptions, isNew: Bool) throws {
        guard !isNew else {
            try registry.transact(RegistryTransaction([.insert(options)]))
            return
        }
        _ = try registry.update(LogicalOptions.self, options.id) { known, _ in
            known.stream = options.stream
            known.timeToLiveAttribute = options.timeToLiveAttribute
            known.isApplied = options.isApplied
        }
    }

    /// Gives the physical tables of a store what is recorded for their logical ones; `tables` has the physical names by logical
    /// ones. Nothing is written where they have it.
    /// - Parameter now: the time, where tables that have been written to are to begin with a recovery (see `RecoveryOptions`).
    public func apply(
        to store: any MovableStore, tables: [String: TableName], now: Timestamp? = nil
    ) throws {
        let recovery = try recoveryOptions(of: store.id)
        for table in catalog.tables {
            guard let physical = tables[table.name.text], let record = store.record(of: physical) else {
                continue
            }
            let options = try registry.read(LogicalOptions.self, table.name)
            let change = { @Sendable (wanted: inout TableOptions) in
                options?.apply(to: &wanted)
                if let recovery { wanted.recovery = recovery.recovery(of: record, now: now) }
            }
            var wanted = record.options
            change(&wanted)
            guard wanted != record.options else { continue }
            try store.updateOptions(of: physical) { change(&$0) }
        }
    }
}

extension LogicalTable {
    /// The record that says what the table's options are: `known`, where that says so already.
    fileprivate func options(after known: LogicalOptions?, now: Timestamp) -> LogicalOptions {
        let viewType = stream.flatMap { TableOptions.Stream.ViewType(rawValue: $0.rawValue) }
        var options = known ?? LogicalOptions(id: name)
        if options.stream?.viewType != viewType {
            options.stream = viewType.map { TableOptions.Stream(viewType: $0, startedAt: now) }
            options.isApplied = false
        }
        if options.timeToLiveAttribute != timeToLive {
            options.timeToLiveAttribute = timeToLive
            options.isApplied = false
        }
        // Where there is nothing to switch on or off no store need be looked at.
        if known == nil, options.stream == nil, options.timeToLiveAttribute == nil {
            options.isApplied = true
        }
        return options
    }
}
