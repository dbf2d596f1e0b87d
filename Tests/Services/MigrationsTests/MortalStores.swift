import Base
import Items
import RunTestKit
import Synchronization
import Tables

/// Stores of a process that dies after the Nth commit to any of them, and its registry with it: from then on every call fails. Or of one
/// that lives on, of which that commit alone fails.
final class MortalStores: StoreProvider {
    /// What becomes of the Nth commit.
    enum Fault {
        /// It is made, and the process dies of it.
        case death
        /// It is not made, and says so.
        case refusal
        /// It is made, and says that it was not.
        case lostAnswer
    }

    private struct State {
        var commits = 0
        var isDead = false
        var faultyCommit: Int?
        var fault = Fault.death
    }

    fileprivate static let dead = TableError.storage("killed by the test")
    private static let failed = TableError.storage("failed by the test")

    private let base: any StoreProvider
    private let registry: MortalEngine
    private let beforeCommit: @Sendable (Int) -> Void
    fileprivate let adopting: @Sendable (Int) -> Void
    private let losing: @Sendable (MovedItem, _ isAtSwitch: Bool) -> Bool
    fileprivate let delays: @Sendable (StoreID, Int) -> CommitDelays.Sample
    private let state = Mutex(State())

    /// - Parameters:
    ///   - beforeCommit: is called before each commit with its number: what others do at that moment.
    ///   - delays: how long writes to a store waited, behind an earlier look.
    ///   - adopting: is called with the number of changes of a tenant's past that one commit brings.
    ///   - losing: whether of what a move brings this is lost on its way, at the switch or before it, though the store
    ///     says that it is there.
    init(
        _ base: any StoreProvider, registry: MortalEngine,
        delays: @escaping @Sendable (StoreID, Int) -> CommitDelays.Sample = { _, _ in CommitDelays.Sample() },
        adopting: @escaping @Sendable (Int) -> Void = { _ in },
        losing: @escaping @Sendable (MovedItem, _ isAtSwitch: Bool) -> Bool = { _, _ in false },
        beforeCommit: @escaping @Sendable (Int) -> Void
    ) {
        self.base = base
        self.registry = registry
        self.delays = delays
        self.adopting = adopting
        self.losing = losing
        self.beforeCommit = beforeCommit
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    /// From now on counts commits from 1; this one fails.
    func arm(atCommit faultyCommit: Int, _ fault: Fault = .death) {
        state.withLock { state in
            state.commits = 0
            state.faultyCommit = faultyCommit
            state.fault = fault
        }
    }

    /// Whether the commit that fails has come.
    var hasFailed: Bool {
        state.withLock { state in state.faultyCommit.map { state.commits >= $0 } ?? false }
    }

    /// What arrives of it.
    fileprivate func arriving(_ changes: [MovedItem], isAtSwitch: Bool) -> [MovedItem] {
        changes.filter { !losing($0, isAtSwitch) }
    }

    fileprivate func checkAlive() throws(TableError) { if isDead { throw MortalStores.dead } }

    fileprivate func commit<Value>(_ body: () throws(TableError) -> Value) throws(TableError) -> Value {
        try checkAlive()
        let (number, fault) = state.withLock { state in
            state.commits += 1
            return (state.commits, state.commits == state.faultyCommit ? state.fault : nil)
        }
        beforeCommit(number)
        if case .refusal = fault { throw MortalStores.failed }
        let value = try body()
        switch fault {
        case nil, .refusal: return value
        case .lostAnswer: throw MortalStores.failed
        case .death:
            state.withLock { $0.isDead = true }
            registry.kill()
            throw MortalStores.dead
        }
    }

    func store(_ id: StoreID) throws(TableError) -> any MovableStore {
        try checkAlive()
        return MortalStore(try base.store(id), of: self)
    }

    func create(_ id: StoreID, tables: [TableSchema]) throws(TableError) -> any MovableStore {
        let made = try commit { () throws(TableError) in try base.create(id, tables: tables) }
        return MortalStore(made, of: self)
    }

    func remove(_ id: StoreID) throws(TableError) {
        try commit { () throws(TableError) in try base.remove(id) }
    }

    func list() throws(TableError) -> [StoreID] {
        try checkAlive()
        return try base.list()
    }

    func diskBytes(of id: StoreID) throws(TableError) -> Int { try base.diskBytes(of: id) }
}

extension MortalStore: StreamSource {
    private var streamed: (any StreamSource)? { base as? any StreamSource }

    func streams() throws(TableError) -> [TableStream] {
        try stores.checkAlive()
        return try streamed?.streams() ?? []
    }

    func streamBounds(of table: TableName, startedAt: Timestamp) throws(TableError) -> StreamBounds? {
        try stores.checkAlive()
        return try streamed?.streamBounds(of: table, startedAt: startedAt)
    }

    func streamChanges(_ selection: ChangeSelection) throws(TableError) -> [ItemChange] {
        try stores.checkAlive()
        return try streamed?.streamChanges(selection) ?? []
    }
}

/// One of them.
private final class MortalStore: MovableStore {
    private let base: any MovableStore
    private let stores: MortalStores

    init(_ base: any MovableStore, of stores: MortalStores) {
        self.base = base
        self.stores = stores
    }

    var id: StoreID { base.id }

    func commitDelays(after through: Int) -> CommitDelays.Sample { stores.delays(id, through) }

    func writeRates() -> [TenantID: Double] { base.writeRates() }

    func journalCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> JournalCount {
        try stores.checkAlive()
        return try base.journalCount(of: tenant, after: sequence)
    }

    func schema(of table: TableName) -> TableSchema? { base.schema(of: table) }

    func schemas() -> [TableSchema] { base.schemas() }

    func get(_ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void) {
        guard !stores.isDead else { return completion(.failure(MortalStores.dead)) }
        base.get(operation, completion: completion)
    }

    func getTogether(
        _ operations: [GetItem], completion: @escaping @Sendable (Result<[ItemRow?], TableError>) -> Void
    ) {
        guard !stores.isDead else { return completion(.failure(MortalStores.dead)) }
        base.getTogether(operations, completion: completion)
    }

    func read(
        _ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void
    ) {
        guard !stores.isDead else { return completion(.failure(MortalStores.dead)) }
        base.read(operation, completion: completion)
    }

    func write(
        _ request: WriteRequest, completion: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void
    ) {
        guard !stores.isDead else { return completion(.failure(MortalStores.dead)) }
        base.write(request, completion: completion)
    }

    func create(_ schema: TableSchema) throws(TableError) {
        try stores.commit { () throws(TableError) in try base.create(schema) }
    }

    func record(of table: TableName) -> TableRecord? { base.record(of: table) }

    func records() -> [TableRecord] { base.records() }

    func create(_ record: TableRecord) throws(TableError) {
        try stores.commit { () throws(TableError) in try base.create(record) }
    }

    func updateOptions(
        of table: TableName, _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        try stores.commit { () throws(TableError) in try base.updateOptions(of: table, body) }
    }

    func addIndex(
        _ index: IndexSchema, to table: TableName,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        try stores.commit { () throws(TableError) in try base.addIndex(index, to: table, body) }
    }

    func removeIndex(
        _ index: String, of table: TableName,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        try stores.commit { () throws(TableError) in try base.removeIndex(index, of: table, body) }
    }

    func delete(
        _ table: TableName, if check: @escaping @Sendable (TableRecord) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        try stores.commit { () throws(TableError) in try base.delete(table, if: check) }
    }

    func builds(of table: TableName) -> [IndexBuild] { base.builds(of: table) }

    func sizes(of table: TableName) throws(TableError) -> TableSizes {
        try stores.checkAlive()
        return try base.sizes(of: table)
    }

    func resident(_ tenant: TenantID) throws(TableError) -> Resident? {
        try stores.checkAlive()
        return try base.resident(tenant)
    }

    func residents() throws(TableError) -> [TenantID: Resident] {
        try stores.checkAlive()
        return try base.residents()
    }

    func setResident(_ tenant: TenantID, to resident: Resident) throws(TableError) {
        try stores.commit { () throws(TableError) in try base.setResident(tenant, to: resident) }
    }

    func removeResident(_ tenant: TenantID) throws(TableError) {
        try stores.commit { () throws(TableError) in try base.removeResident(tenant) }
    }

    func rows(
        in range: KeyRange, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow] {
        try stores.checkAlive()
        return try base.rows(in: range, after: after, itemsMax: itemsMax, bytesMax: bytesMax)
    }

    func extent(of range: KeyRange) throws(TableError) -> Extent {
        try stores.checkAlive()
        return try base.extent(of: range)
    }

    func apply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) throws(TableError) {
        let changes = stores.arriving(changes, isAtSwitch: false)
        try stores.commit { () throws(TableError) in try base.apply(changes, for: tenant, run: run) }
    }

    func prepareForHaste() throws(TableError) {
        try stores.checkAlive()
        try base.prepareForHaste()
    }

    func takeOver(
        _ changes: [MovedItem], _ tokens: [SpentToken], of tenant: TenantID, run: RunID, as resident: Resident
    ) throws(TableError) {
        let changes = stores.arriving(changes, isAtSwitch: true)
        try stores.commit { () throws(TableError) in
            try base.takeOver(changes, tokens, of: tenant, run: run, as: resident)
        }
    }

    func removeRows(in range: KeyRange, itemsMax: Int, for tenant: TenantID) throws(TableError) -> Int {
        try stores.commit { () throws(TableError) in
            try base.removeRows(in: range, itemsMax: itemsMax, for: tenant)
        }
    }

    func changes(
        of tenant: TenantID, after sequence: Int64, itemsMax: Int
    ) throws(TableError) -> [CapturedChange] {
        try stores.checkAlive()
        return try base.changes(of: tenant, after: sequence, itemsMax: itemsMax)
    }

    func leftovers(
        of tenant: TenantID, in keys: OwnedRanges, countsJournal: Bool
    ) throws(TableError) -> Leftovers {
        try stores.checkAlive()
        return try base.leftovers(of: tenant, in: keys, countsJournal: countsJournal)
    }

    func tokens(
        of tenant: TenantID, since: Timestamp?, itemsMax: Int
    ) throws(TableError) -> [SpentToken] {
        try stores.checkAlive()
        return try base.tokens(of: tenant, since: since, itemsMax: itemsMax)
    }

    func adopt(_ tokens: [SpentToken], of tenant: TenantID) throws(TableError) {
        guard !tokens.isEmpty else { return }
        try stores.commit { () throws(TableError) in try base.adopt(tokens, of: tenant) }
    }

    func pastChanges(
        of tenant: TenantID, in ranges: [KeyRange], from: Timestamp, after sequence: Int64,
        entriesMax: Int, changesMax: Int
    ) throws(TableError) -> PastChanges {
        try stores.checkAlive()
        return try base.pastChanges(
            of: tenant, in: ranges, from: from, after: sequence, entriesMax: entriesMax,
            changesMax: changesMax)
    }

    func adopt(_ changes: [PastChange], of tenant: TenantID) throws(TableError) {
        stores.adopting(changes.count)
        try stores.commit { () throws(TableError) in try base.adopt(changes, of: tenant) }
    }

    func removeAdopted(of tenant: TenantID, entriesMax: Int) throws(TableError) -> Int {
        try stores.commit { () throws(TableError) in
            try base.removeAdopted(of: tenant, entriesMax: entriesMax)
        }
    }

    func changeCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> Int {
        try stores.checkAlive()
        return try base.changeCount(of: tenant, after: sequence)
    }

    func discardChanges(of tenant: TenantID, through sequence: Int64) throws(TableError) {
        try stores.commit { () throws(TableError) in
            try base.discardChanges(of: tenant, through: sequence)
        }
    }
}
