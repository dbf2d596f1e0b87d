import Base
import Items
import Synchronization
import Tables

/// The control plane's records, in one table of a table engine. All concurrency is the table's: conditional
/// writes and transactions.
///
/// Calls wait for the table, so they belong on threads that may wait.
public final class Registry: Sendable {
    let engine: any TableEngine
    /// The time.
    let clock: any Clock
    /// What there is where nothing has been said yet, and which actions are known.
    private let beginning: Ledger
    private let actions = KnownActions()
    /// Wakes those who wait for events.
    let eventBell = EventBell()
    /// INVARIANT (publication order): a transaction holds the locks of all records it changes from before its
    /// commit until the directory shows it, so that no later commit of one of them is shown earlier.
    private let publication = StripedLock()
    /// Held by `update` around its read and its commit, so that threads of this process do not race in vain.
    private let updates = StripedLock()
    private let directory = Mutex<Directory?>(nil)

    /// The registry in `engine`, which holds the table `schema` (see `prepare`). A registry of the version before goes on
    /// behind what it has: its newest entry and event are read.
    public init(engine: any TableEngine, clock: any Clock) throws(RegistryError) {
        self.engine = engine
        self.clock = clock
        if let ledger = try RegistryTable.ledger(in: engine) {
            beginning = ledger
        } else {
            beginning = Ledger(
                after: try RegistryTable.newest(AuditEntry.self, in: engine)?.id,
                try RegistryTable.newest(OutboxEvent.self, in: engine)?.id)
        }
    }

    /// Commits the changes, their audit entries and their events, or nothing. The directory shows the changes
    /// when this returns.
    /// - Throws: `.conflict` where a condition did not hold, `.tooManyItems`, `.tooLarge`, `.table`.
    @discardableResult
    public func transact(_ transaction: RegistryTransaction) throws(RegistryError) -> RegistryCommit {
        try transact(prepared(transaction))
    }

    /// Encodes a transaction, which takes about as long as a commit: for who has the time before somebody waits for it.
    /// - Throws: `.tooLarge`.
    public func prepared(_ transaction: RegistryTransaction) throws(RegistryError) -> PreparedTransaction {
        try PreparedTransaction(transaction)
    }

    /// Commits what was prepared, as if it had not been.
    @discardableResult
    public func transact(_ prepared: PreparedTransaction) throws(RegistryError) -> RegistryCommit {
        let transaction = prepared.transaction
        guard !transaction.isEmpty else { return RegistryCommit(records: []) }
        guard transaction.itemCount <= Limits.registryTransactionItemsMax else {
            throw .tooManyItems(
                count: transaction.itemCount, max: Limits.registryTransactionItemsMax)
        }
        let keys = transaction.changes.map(\.key)
        let result = publication.withLocks(of: keys) { commit(prepared) }
        let (outcome, touched) = result
        if !touched.isEmpty, let directory = directory.withLock({ $0 }) { touched.forEach(directory.notify) }
        return try outcome.get()
    }

    /// Reads a record, lets `mutate` change it and add to the transaction, commits; from the beginning again
    /// where somebody else was first, at most `Limits.registryUpdateAttemptsMax` times. `mutate` may run
    /// several times and must not write to the registry itself. Where it leaves the record as it was and adds
    /// nothing, nothing is written.
    /// - Throws: `RegistryError.notFound`, `.conflict` after the last attempt, and what `mutate` throws.
    @discardableResult
    public func update<Record: RegistryRecord>(
        _ type: Record.Type = Record.self, _ id: Record.ID,
        _ mutate: (inout Record, inout RegistryTransaction) throws -> Void
    ) throws -> Record {
        let key = Record.key(of: id)
        var attempt = 1
        while true {
            do {
                return try updates.withLocks(of: [key]) { try updateOnce(try require(type, id), mutate) }
            } catch let error as RegistryError {
                guard case .conflict = error, attempt < Limits.registryUpdateAttemptsMax else { throw error }
                ConflictPause.wait(afterAttempt: attempt)
                attempt += 1
            }
        }
    }

    /// Lets `directory` show what is committed from now on.
    func follow(with directory: Directory) { self.directory.withLock { $0 = directory } }

    private func updateOnce<Record: RegistryRecord>(
        _ old: Record, _ mutate: (inout Record, inout RegistryTransaction) throws -> Void
    ) throws -> Record {
        var record = old
        var transaction = RegistryTransaction()
        try mutate(&record, &transaction)
        precondition(record.key == old.key, "an update keeps the record's id")
        if record == old, transaction.isEmpty { return old }
        transaction.changes.insert(.replace(record), at: 0)
        return try transact(transaction).record(Record.self) ?? record
    }

    /// Under the locks of all changed records: commits and shows. The tenants whose entries changed, for the
    /// listeners.
    private func commit(_ prepared: PreparedTransaction) -> (
        Result<RegistryCommit, RegistryError>, [TenantID]
    ) {
        let (transaction, records) = (prepared.transaction, prepared.records)
        do throws(RegistryError) {
            try commit(prepared.writes, saying: prepared.notes, prepared.events)
            return (.success(RegistryCommit(records: records)), show(transaction.changes, records))
        } catch {
            guard case .table = error else { return (.failure(error), []) }
            return (.failure(error), showAfterDoubt(transaction.changes))
        }
    }

    /// A page of the table.
    func page(_ range: ReadRange) throws(RegistryError) -> ReadPage {
        do throws(TableError) { return try engine.read(range) } catch { throw .table(error) }
    }

    /// The ledger as it is now.
    func ledger() throws(RegistryError) -> Ledger { try RegistryTable.ledger(in: engine) ?? beginning }

    /// Commits these writes with what is said of them.
    func commit(
        _ writes: [ItemWrite], saying notes: [LedgerSequel.Note], _ events: [String] = []
    ) throws(RegistryError) {
        guard !notes.isEmpty || !events.isEmpty else { return try RegistryTable.commit(writes, to: engine) }
        let said = LedgerSequel(
            notes: notes, events: events, newActions: actions.unknown(of: notes.map(\.note)),
            beginning: beginning, clock: clock)
        try RegistryTable.commit(writes, said.sequel, to: engine)
        actions.remember(said.newActions)
        if !events.isEmpty { eventBell.ring() }
    }

    private func show(_ changes: [RegistryChange], _ records: [any RegistryRecord]) -> [TenantID] {
        guard let directory = directory.withLock({ $0 }) else { return [] }
        let stored = records.map { Directory.Change.stored($0) }
        let removed = changes.compactMap { change -> Directory.Change? in
            if case .delete(let record) = change { .removed(record) } else { nil }
        }
        return (stored + removed).compactMap { directory.apply($0) }
    }

    /// Where the engine failed nobody knows whether the transaction was written: shows what is stored, as far
    /// as that can be read; where it cannot, the store is lost to everybody and the directory goes on with
    /// what it has.
    private func showAfterDoubt(_ changes: [RegistryChange]) -> [TenantID] {
        guard let directory = directory.withLock({ $0 }) else { return [] }
        return changes.compactMap { change in
            switch change {
            case .insert(let record), .replace(let record), .delete(let record):
                reread(record).flatMap { directory.apply($0) }
            case .check, .checkAbsent: nil
            }
        }
    }

    private func reread(_ record: some RegistryRecord) -> Directory.Change? {
        do throws(RegistryError) {
            let stored = try RegistryTable.read(type(of: record), at: record.key, in: engine)
            return stored.map { .stored($0) } ?? .removed(record)
        } catch { return nil }
    }
}
