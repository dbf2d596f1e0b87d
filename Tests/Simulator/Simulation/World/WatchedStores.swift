import Base
import Items
import Registry
import Synchronization
import Tables

/// The stores of one process, as the gateway and the runs use them: before each call others may come between, and of each write
/// that is accepted it is seen whether the tenant was in the store's charge.
///
/// INVARIANT (one in charge): when a commit is acknowledged, the placement names the store that made it. The fence is a commit of
/// the same store: a switch comes after the acknowledgement of all that was written before it.
final class WatchedStores: StoreProvider {
    private let base: any StoreProvider
    private let world: World
    private let directory = Mutex<Directory?>(nil)

    init(_ base: any StoreProvider, world: World) {
        self.base = base
        self.world = world
    }

    /// Where placements are looked up.
    func follow(_ directory: Directory?) { self.directory.withLock { $0 = directory } }

    /// Finds out, at a start, which stores take whose writes.
    func survey(except own: StoreID) throws(TableError) {
        var found: [StoreID: [TenantID: Resident]] = [:]
        for id in try base.list() where id != own {
            do { found[id] = try base.store(id).residents() } catch {
                // One that was being made, or removed: nobody is known there.
                world.say("`\(id)` cannot be opened at the start: \(error)")
            }
        }
        for tenant in found.values.flatMap(\.keys) { notePlacement(of: tenant) }
        for (tenant, stores) in world.residence.begin(found) { tell(tenant, stores) }
    }

    fileprivate func change(
        _ tenant: TenantID, at base: any MovableStore, to resident: Resident?,
        _ body: () throws(TableError) -> Void
    ) throws(TableError) {
        let store = base.id
        notePlacement(of: tenant)
        world.residence.beginChange(of: tenant, at: store)
        do { try body() } catch {
            // Made or not, the store goes by what it says now.
            do throws(TableError) { end(tenant, at: store, to: try base.resident(tenant)) } catch {
                world.say("nobody can say who is known in `\(store)`: \(error)")
            }
            throw error
        }
        end(tenant, at: store, to: resident)
    }

    private func end(_ tenant: TenantID, at store: StoreID, to resident: Resident?) {
        notePlacement(of: tenant)
        let stores = world.residence.endChange(of: tenant, at: store, to: resident)
        if !stores.isEmpty { tell(tenant, stores) }
    }

    /// Where requests of the tenant are routed now; nil where nobody knows.
    @discardableResult
    private func notePlacement(of tenant: TenantID) -> StoreID? {
        guard let placement = directory.withLock({ $0 })?.entry(tenant)?.placement else { return nil }
        world.residence.note(named: placement.store, epoch: placement.epoch, of: tenant)
        return placement.store
    }

    private func tell(_ tenant: TenantID, _ stores: [StoreID]) {
        let names = stores.map { "`\($0)`" }.joined(separator: " and ")
        world.find(.charge, "\(names) take writes of \(tenant) at the same time")
    }

    /// The changes as they come to the target.
    fileprivate func spoiled(_ changes: [MovedItem], of tenant: TenantID) -> [MovedItem] {
        guard let spoil = world.takeSpoil(of: tenant) else { return changes }
        do {
            let spoiled = try spoil.applied(to: changes)
            world.say("SPOILED \(tenant): \(spoil)")
            return spoiled
        } catch {
            world.find(.halted, "an item of \(tenant) cannot be spoiled: \(error)")
            return changes
        }
    }

    /// Others may come between.
    fileprivate func point() { Conducting.conductor?.wait { true } }

    fileprivate func noteWrite(of route: WriteRoute, at store: StoreID) {
        let newer = world.residence.noteWrite(of: route.tenant, at: store)
        if !newer.isEmpty { tell(route.tenant, newer + [store]) }
        guard let inCharge = notePlacement(of: route.tenant) else {
            return world.find(.charge, "`\(store)` accepted a write of \(route.tenant), who has no place")
        }
        if inCharge != store {
            world.find(.charge, "`\(store)` accepted a write while \(inCharge) is in charge")
        }
    }

    func store(_ id: StoreID) throws(TableError) -> any MovableStore {
        WatchedStore(try base.store(id), of: self)
    }

    func create(_ id: StoreID, tables: [TableSchema]) throws(TableError) -> any MovableStore {
        point()
        return WatchedStore(try base.create(id, tables: tables), of: self)
    }

    func remove(_ id: StoreID) throws(TableError) {
        point()
        world.residence.forget(id)
        try base.remove(id)
    }

    func list() throws(TableError) -> [StoreID] {
        point()
        return try base.list()
    }

    func diskBytes(of id: StoreID) throws(TableError) -> Int { try base.diskBytes(of: id) }
}

/// One of them.
private final class WatchedStore: MovableStore, HistoryKeeper {
    private let base: any MovableStore
    private let stores: WatchedStores

    init(_ base: any MovableStore, of stores: WatchedStores) {
        self.base = base
        self.stores = stores
    }

    var id: StoreID { base.id }

    func schema(of table: TableName) -> TableSchema? { base.schema(of: table) }

    func leftovers(
        of tenant: TenantID, in keys: OwnedRanges, countsJournal: Bool
    ) throws(TableError) -> Leftovers {
        stores.point()
        return try base.leftovers(of: tenant, in: keys, countsJournal: countsJournal)
    }

    func commitDelays(after through: Int) -> CommitDelays.Sample { base.commitDelays(after: through) }
    func writeRates() -> [TenantID: Double] { base.writeRates() }

    func schemas() -> [TableSchema] { base.schemas() }

    func get(_ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void) {
        stores.point()
        base.get(operation, completion: completion)
    }

    func getTogether(
        _ operations: [GetItem], completion: @escaping @Sendable (Result<[ItemRow?], TableError>) -> Void
    ) {
        stores.point()
        base.getTogether(operations, completion: completion)
    }

    func read(
        _ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void
    ) {
        stores.point()
        base.read(operation, completion: completion)
    }

    func write(
        _ request: WriteRequest, completion: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void
    ) {
        stores.point()
        guard let route = request.route else { return base.write(request, completion: completion) }
        base.write(request) { [self] result in
            if case .success = result { stores.noteWrite(of: route, at: id) }
            completion(result)
        }
    }

    func create(_ schema: TableSchema) throws(TableError) {
        stores.point()
        try base.create(schema)
    }

    func record(of table: TableName) -> TableRecord? { base.record(of: table) }

    func records() -> [TableRecord] { base.records() }

    func create(_ record: TableRecord) throws(TableError) {
        stores.point()
        try base.create(record)
    }

    func updateOptions(
        of table: TableName, _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        stores.point()
        return try base.updateOptions(of: table, body)
    }

    func addIndex(
        _ index: IndexSchema, to table: TableName,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        stores.point()
        return try base.addIndex(index, to: table, body)
    }

    func removeIndex(
        _ index: String, of table: TableName,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        stores.point()
        return try base.removeIndex(index, of: table, body)
    }

    func delete(
        _ table: TableName, if check: @escaping @Sendable (TableRecord) throws(TableError) -> Void
    ) throws(TableError) -> TableRecord {
        stores.point()
        return try base.delete(table, if: check)
    }

    func builds(of table: TableName) -> [IndexBuild] { base.builds(of: table) }

    func sizes(of table: TableName) throws(TableError) -> TableSizes {
        stores.point()
        return try base.sizes(of: table)
    }

    func resident(_ tenant: TenantID) throws(TableError) -> Resident? {
        stores.point()
        return try base.resident(tenant)
    }

    func residents() throws(TableError) -> [TenantID: Resident] {
        stores.point()
        return try base.residents()
    }

    func setResident(_ tenant: TenantID, to resident: Resident) throws(TableError) {
        stores.point()
        try stores.change(tenant, at: base, to: resident) { () throws(TableError) in
            try base.setResident(tenant, to: resident)
        }
    }

    func removeResident(_ tenant: TenantID) throws(TableError) {
        stores.point()
        try stores.change(tenant, at: base, to: nil) { () throws(TableError) in
            try base.removeResident(tenant)
        }
    }

    func rows(
        in range: KeyRange, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow] {
        stores.point()
        return try base.rows(in: range, after: after, itemsMax: itemsMax, bytesMax: bytesMax)
    }

    func extent(of range: KeyRange) throws(TableError) -> Extent {
        stores.point()
        return try base.extent(of: range)
    }

    func apply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) throws(TableError) {
        stores.point()
        try base.apply(changes, for: tenant, run: run)
    }

    func beginApply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) -> PendingApply {
        stores.point()
        return base.beginApply(stores.spoiled(changes, of: tenant), for: tenant, run: run)
    }

    func prepareForHaste() throws(TableError) {
        stores.point()
        try base.prepareForHaste()
    }

    func takeOver(
        _ changes: [MovedItem], _ tokens: [SpentToken], of tenant: TenantID, run: RunID, as resident: Resident
    ) throws(TableError) {
        stores.point()
        try stores.change(tenant, at: base, to: resident) { () throws(TableError) in
            try base.takeOver(changes, tokens, of: tenant, run: run, as: resident)
        }
    }

    func removeRows(in range: KeyRange, itemsMax: Int, for tenant: TenantID) throws(TableError) -> Int {
        stores.point()
        return try base.removeRows(in: range, itemsMax: itemsMax, for: tenant)
    }

    func changes(
        of tenant: TenantID, after sequence: Int64, itemsMax: Int
    ) throws(TableError) -> [CapturedChange] {
        stores.point()
        return try base.changes(of: tenant, after: sequence, itemsMax: itemsMax)
    }

    func tokens(
        of tenant: TenantID, since: Timestamp?, itemsMax: Int
    ) throws(TableError) -> [SpentToken] {
        stores.point()
        return try base.tokens(of: tenant, since: since, itemsMax: itemsMax)
    }

    func adopt(_ tokens: [SpentToken], of tenant: TenantID) throws(TableError) {
        guard !tokens.isEmpty else { return }
        stores.point()
        try base.adopt(tokens, of: tenant)
    }

    func pastChanges(
        of tenant: TenantID, in ranges: [KeyRange], from: Timestamp, after sequence: Int64,
        entriesMax: Int, changesMax: Int
    ) throws(TableError) -> PastChanges {
        stores.point()
        return try base.pastChanges(
            of: tenant, in: ranges, from: from, after: sequence, entriesMax: entriesMax,
            changesMax: changesMax)
    }

    func adopt(_ changes: [PastChange], of tenant: TenantID) throws(TableError) {
        stores.point()
        try base.adopt(changes, of: tenant)
    }

    func removeAdopted(of tenant: TenantID, entriesMax: Int) throws(TableError) -> Int {
        stores.point()
        return try base.removeAdopted(of: tenant, entriesMax: entriesMax)
    }

    func changeCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> Int {
        stores.point()
        return try base.changeCount(of: tenant, after: sequence)
    }

    func discardChanges(of tenant: TenantID, through sequence: Int64) throws(TableError) {
        stores.point()
        try base.discardChanges(of: tenant, through: sequence)
    }

    func trimHistory(entriesMax: Int) throws(TableError) -> Int {
        stores.point()
        return try (base as? any HistoryKeeper)?.trimHistory(entriesMax: entriesMax) ?? 0
    }

    func expireItems(
        itemsMax: Int, owner: @escaping @Sendable (TableName, [UInt8]) -> ItemOwner
    ) throws(TableError) -> Int {
        stores.point()
        return try (base as? any HistoryKeeper)?.expireItems(itemsMax: itemsMax, owner: owner) ?? 0
    }
}
