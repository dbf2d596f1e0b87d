import Base
import Items
import Synchronization
import Tables

/// A store that is one SQLite file: reads run on the caller's thread, writes share the commits of the one writer.
public final class LocalStore: MovableStore {
    /// Which store this is.
    public let id: StoreID
    let path: String
    let files: any StoreFiles
    let readers: ReaderPool
    let writer: StoreWriter
    let tables: Mutex<TableSet>
    /// The generation of `tables`, to be looked at without its lock.
    let tablesGeneration = Atomic<Int>(0)
    let clock: any Clock
    private let random: any RandomSource
    let housekeeping: Housekeeping
    let sizeBook = SizeBook()

    /// Who does the work that can wait: entries of new indexes, rows of deleted tables.
    public enum HousekeepingMode: Sendable {
        /// A thread of the store, whenever there is some.
        case automatic
        /// Whoever calls `keepHouse`.
        case byHand
    }

    /// Opens the file at `path`, or makes it where it may.
    /// - Throws: `.storage` where it cannot be opened or is of a later layout.
    public convenience init(
        id: StoreID, path: String, mayCreate: Bool = true,
        surroundings: StoreSurroundings = StoreSurroundings(), housekeeping: HousekeepingMode = .automatic
    ) throws(TableError) {
        try self.init(
            id: id, path: path, mayCreate: mayCreate, surroundings: surroundings, housekeeping: housekeeping,
            health: StoreHealth(id: id, path: path, report: surroundings.report))
    }

    init(
        id: StoreID, path: String, mayCreate: Bool, surroundings: StoreSurroundings,
        housekeeping: HousekeepingMode = .automatic, health: StoreHealth,
        untaken: UntakenTallies = UntakenTallies()
    ) throws(TableError) {
        self.id = id
        clock = surroundings.clock
        random = surroundings.random
        self.path = path
        files = surroundings.files
        health.expectTheBest()
        let session: WriterSession
        do throws(TableError) {
            session = try WriterSession(
                path: path, files: files, mayCreate: mayCreate, health: health, clock: surroundings.clock)
        } catch { throw health.described(error, by: .writer) }
        tables = Mutex(session.tables)
        readers = ReaderPool(id: id, path: path, files: files, health: health)
        writer = StoreWriter(
            id: id, path: path, session: session, readers: readers, health: health,
            surroundings: surroundings, untaken: untaken)
        self.housekeeping = Housekeeping(id: id, isAutomatic: housekeeping == .automatic)
        wakeHousekeeping()
    }

    /// Takes no more writes, finishes those that wait, and lets go of the file, whoever still holds the store: reads and writes that
    /// come later fail with `.noSuchStore`. A read that is under way ends first where it is.
    public func close() {
        housekeeping.close()
        writer.finish()
        readers.close()
        writer.letGoOfFile()
    }

    /// The shape of the table of that name, or nil.
    public func schema(of table: TableName) -> TableSchema? { tables.withLock { $0.byName[table]?.schema } }

    /// All tables, by name.
    public func schemas() -> [TableSchema] {
        tables.withLock { $0.byName.values.map(\.schema) }.sorted { $0.name < $1.name }
    }

    // MARK: Reads

    /// Reads one item; completes before it returns.
    public func get(
        _ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void
    ) {
        completion(Result { () throws(TableError) in try row(operation) })
    }

    /// Reads one item; always at once.
    public func getAtOnce(_ operation: GetItem) -> Result<ItemRow?, TableError>? {
        Result { () throws(TableError) in try row(operation) }
    }

    private func row(_ operation: GetItem) throws(TableError) -> ItemRow? {
        let table = try table(operation.table)
        do throws(TableError) {
            return try readers.withReader { reader throws(TableError) in
                try reader.get(operation.key, in: table)
            }
        } catch { throw reason(error, of: table) }
    }

    /// Reads several items as of one moment; completes before it returns.
    public func getTogether(
        _ operations: [GetItem], completion: @escaping @Sendable (Result<[ItemRow?], TableError>) -> Void
    ) {
        completion(
            Result { () throws(TableError) in
                var places: [(LocalTable, EncodedKey)] = []
                for operation in operations { places.append((try table(operation.table), operation.key)) }
                return try readers.withReader { [places] reader throws(TableError) in
                    try reader.together { () throws(TableError) in
                        var rows: [ItemRow?] = []
                        for (table, key) in places { rows.append(try reader.get(key, in: table)) }
                        return rows
                    }
                }
            })
    }

    /// Reads single items of the table; nil where there is none of that name.
    public func pointReader(of table: TableName) -> (any PointReader)? {
        let generation = tablesGeneration.load(ordering: .acquiring)
        guard let found = tables.withLock({ $0.byName[table] }) else { return nil }
        return LocalPointReader(self, found, generation: generation)
    }

    /// Reads a page; completes before it returns.
    public func read(
        _ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void
    ) {
        completion(
            Result { () throws(TableError) in
                let table = try table(operation.table)
                do throws(TableError) {
                    return try readers.withReader { reader throws(TableError) in
                        try reader.read(operation, in: table)
                    }
                } catch { throw reason(error, of: table) }
            })
    }

    /// Why a read of `table` failed: it may have been deleted, or have lost the index, since it was found.
    private func reason(_ error: TableError, of table: LocalTable) -> TableError {
        guard case .storage = error else { return error }
        do throws(TableError) {
            let current = try tables.withLock { (tables) throws(TableError) in try tables.current(table) }
            let lost = table.schema.indexes.first { current.schema.index(named: $0.name) == nil }
            return lost.map { .noSuchIndex($0.name) } ?? error
        } catch { return error }
    }

    func table(_ name: TableName) throws(TableError) -> LocalTable {
        try tables.withLock { (tables) throws(TableError) in try tables.table(name) }
    }

    // MARK: Writes

    /// Queues the writes; completes on the writer's thread when they are durable.
    public func write(
        _ request: WriteRequest, completion: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void
    ) {
        let prepared: PreparedWrite
        do { prepared = try PreparedWrite(request, tables: tables.withLock { $0 }) } catch {
            completion(.failure(error))
            return
        }
        writer.submit(.write(prepared, completion))
    }

    // MARK: Tables and moves

    /// Makes the table, or does nothing where it is there in this shape.
    public func create(_ schema: TableSchema) throws(TableError) { try create([schema]) }

    /// Makes the table, or does nothing where it is there in this shape.
    public func create(_ record: TableRecord) throws(TableError) { try create(records: [record]) }

    /// Makes the tables that are not there, in one commit.
    /// - Throws: `.tableExists` where one is there in another shape; then none is made.
    public func create(_ schemas: [TableSchema]) throws(TableError) {
        let now = clock.now()
        try create(
            records: schemas.map { TableRecord(schema: $0, id: TableRecord.newID(random), createdAt: now) })
    }

    private func create(records: [TableRecord]) throws(TableError) {
        try change { session throws(TableError) in for record in records { try session.create(record) } }
    }

    /// Changes the tables in a transaction of the writer, and shows readers the new set when it is durable.
    @discardableResult
    func change<Value: Sendable>(
        _ body: @escaping @Sendable (WriterSession) throws(TableError) -> Value
    ) throws(TableError) -> Value {
        let (value, changed) = try writer.perform { session throws(TableError) in
            let value = try body(session)
            session.tables.generation += 1
            return (value, session.tables)
        }
        // Two threads may come here in the other order than the writer served them.
        tables.withLock { tables in
            guard changed.generation > tables.generation else { return }
            tables = changed
            tablesGeneration.store(changed.generation, ordering: .releasing)
        }
        return value
    }

    /// What the store knows of the tenant.
    public func resident(_ tenant: TenantID) throws(TableError) -> Resident? {
        try writer.perform { session throws(TableError) in session.resident(tenant) }
    }

    /// All tenants that the store knows.
    public func residents() throws(TableError) -> [TenantID: Resident] {
        try writer.perform { session throws(TableError) in session.allResidents }
    }

    /// Notes the tenant's standing; writes queued before are durable when this returns.
    public func setResident(_ tenant: TenantID, to resident: Resident) throws(TableError) {
        try writer.perform { session throws(TableError) in try session.setResident(tenant, to: resident) }
    }

    /// Forgets the tenant, its change log and the tokens of its transactions: part by part, so that no write waits for all of it.
    public func removeResident(_ tenant: TenantID) throws(TableError) {
        var isForgotten = false
        while !isForgotten {
            isForgotten = try writer.perform { session throws(TableError) in
                try session.removeResident(tenant, entriesMax: Limits.forgottenEntriesMax)
            }
        }
    }

    /// Items of the range in key order, as of one moment.
    public func rows(
        in range: KeyRange, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow] {
        let table = try table(range.table)
        return try readers.withReader { reader throws(TableError) in
            try reader.rows(in: range, table: table, after: after, itemsMax: itemsMax, bytesMax: bytesMax)
        }
    }

    /// How many items the range holds.
    public func extent(of range: KeyRange) throws(TableError) -> Extent {
        let table = try table(range.table)
        return try readers.withReader { reader throws(TableError) in
            try reader.extent(of: range, table: table)
        }
    }

    /// Carries out the mover's changes in one commit.
    public func apply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) throws(TableError) {
        try writer.perform { session throws(TableError) in try session.apply(changes, for: tenant, run: run) }
    }

    /// Queues the mover's changes for a commit of their own group.
    public func beginApply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) -> PendingApply {
        begin { session throws(TableError) in try session.apply(changes, for: tenant, run: run) }
    }

    private func begin(
        _ body: @escaping @Sendable (WriterSession) throws(TableError) -> Void
    ) -> PendingApply {
        let begun = writer.begin(body)
        return PendingApply { () throws(TableError) in try begun.result() }
    }

    /// Carries out the mover's last changes and gives the tenant its new standing, in one commit.
    public func takeOver(
        _ changes: [MovedItem], _ tokens: [SpentToken], of tenant: TenantID, run: RunID, as resident: Resident
    ) throws(TableError) {
        try beginTakeOver(changes, tokens, of: tenant, run: run, as: resident).wait()
    }

    /// Queues the mover's last changes and the tenant's new standing for one commit.
    public func beginTakeOver(
        _ changes: [MovedItem], _ tokens: [SpentToken], of tenant: TenantID, run: RunID, as resident: Resident
    ) -> PendingApply {
        begin { session throws(TableError) in
            try session.apply(changes, for: tenant, run: run)
            for token in tokens { try session.tokens.note(token, of: tenant) }
            try session.setResident(tenant, to: resident)
        }
    }

    /// Removes up to `itemsMax` items of the range; answers how many.
    public func removeRows(in range: KeyRange, itemsMax: Int, for tenant: TenantID) throws(TableError) -> Int
    {
        try writer.perform { session throws(TableError) in
            try session.removeRows(in: range, itemsMax: itemsMax, for: tenant)
        }
    }

    /// The tenant's entries of the change log behind `sequence`, oldest first.
    public func changes(
        of tenant: TenantID, after sequence: Int64, itemsMax: Int
    ) throws(TableError) -> [CapturedChange] {
        let tables = tables.withLock { $0 }
        return try readers.withReader { reader throws(TableError) in
            try reader.changes(of: tenant, after: sequence, itemsMax: itemsMax, tables: tables)
        }
    }

    /// The tokens of the tenant's transactions that still count and were spent at this moment or later, in time.
    public func tokens(
        of tenant: TenantID, since: Timestamp?, itemsMax: Int
    ) throws(TableError) -> [SpentToken] {
        let oldest = max(TokenLog.oldest(clock.now()) + 1, since?.milliseconds ?? .min)
        return try readers.withReader { reader throws(TableError) in
            try reader.tokens(of: tenant, since: oldest, itemsMax: itemsMax)
        }
    }

    /// Remembers tokens that the tenant spent at another store.
    public func adopt(_ tokens: [SpentToken], of tenant: TenantID) throws(TableError) {
        guard !tokens.isEmpty else { return }
        try writer.perform { session throws(TableError) in
            for token in tokens { try session.tokens.note(token, of: tenant) }
        }
    }

    /// How many entries wait behind `sequence`.
    public func changeCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> Int {
        try readers.withReader { reader throws(TableError) in
            try reader.changeCount(of: tenant, after: sequence)
        }
    }

    /// Copies the log into the file now.
    public func prepareForHaste() throws(TableError) { try writer.copyLog() }

    /// How long writes waited for their commits since an earlier look.
    public func commitDelays(after through: Int) -> CommitDelays.Sample {
        writer.delays.sample(after: through)
    }

    /// Items a second that each tenant has written of late.
    public func writeRates() -> [TenantID: Double] { writer.writeRates() }

    /// Forgets the tenant's entries up to and with `sequence`, the oldest first and part by part.
    public func discardChanges(of tenant: TenantID, through sequence: Int64) throws(TableError) {
        var rest: Int64? = sequence
        while let through = rest {
            rest = try writer.perform { session throws(TableError) in
                try session.discardChanges(
                    of: tenant, through: through, entriesMax: Limits.forgottenEntriesMax)
            }
        }
    }
}

extension LocalStore {
    /// Lets the file grow to so many pages at the most: a disk quota. Beyond it writes fail and leave nothing behind.
    /// Source: sqlite.org/pragma.html#pragma_max_page_count.
    public func limitFile(pages: Int) throws(TableError) {
        try writer.perform { session throws(TableError) in
            try session.execute("PRAGMA max_page_count = \(pages)")
        }
    }
}
