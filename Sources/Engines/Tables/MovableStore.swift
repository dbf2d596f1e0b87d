import Base
import Items

/// What a store knows of a tenant whose items it holds, in the store itself: the word that its commits go by.
public struct Resident: Hashable, Sendable, Codable {
    /// What may be written for the tenant.
    public enum State: Hashable, Sendable, Codable {
        /// Its requests write here, if routed by this epoch.
        case active
        /// Nobody writes: its move is about to switch.
        case fenced
        /// Only the mover of this run writes: the items are on their way here.
        case arriving(RunID)
        /// Only the mover of this run writes: the items were here and are kept for an undo.
        case kept(RunID)
    }

    /// The epoch of the placement. It only grows.
    public var epoch: Int64
    /// What may be written.
    public var state: State
    /// Whether each write leaves its key in the change log.
    public var isCaptured: Bool

    /// A tenant's standing in a store.
    public init(epoch: Int64, state: State, isCaptured: Bool = false) {
        self.epoch = epoch
        self.state = state
        self.isCaptured = isCaptured
    }
}

/// A run of partition keys of one table: from `lower` on, to before `upper`.
public struct KeyRange: Hashable, Sendable, Codable {
    /// The physical table.
    public var table: TableName
    /// The first encoded partition key that belongs to it.
    public var lower: [UInt8]
    /// The first behind it, or nil where it has no end.
    public var upper: [UInt8]?

    /// A run of keys.
    public init(table: TableName, lower: [UInt8], upper: [UInt8]?) {
        self.table = table
        self.lower = lower
        self.upper = upper
    }
}

/// An entry of the change log: a key that was written.
public struct CapturedChange: Hashable, Sendable {
    /// Its place in the order of commits of this store.
    public var sequence: Int64
    /// The physical table.
    public var table: TableName
    /// The key that was written.
    public var key: EncodedKey

    /// An entry.
    public init(sequence: Int64, table: TableName, key: EncodedKey) {
        self.sequence = sequence
        self.table = table
        self.key = key
    }
}

/// What the mover does to one item at the other side: store this image, or remove the item.
public struct MovedItem: Hashable, Sendable {
    /// The physical table at that side.
    public var table: TableName
    /// The key.
    public var key: EncodedKey
    /// The image, or nil where there is no item.
    public var image: ItemImage?

    /// A change.
    public init(table: TableName, key: EncodedKey, image: ItemImage?) {
        self.table = table
        self.key = key
        self.image = image
    }
}

/// How many items, and of what size.
public struct Extent: Hashable, Sendable, Codable {
    /// Items.
    public var items: Int
    /// Bytes by DynamoDB's rule.
    public var bytes: Int

    /// So many items of so many bytes.
    public init(items: Int = 0, bytes: Int = 0) {
        self.items = items
        self.bytes = bytes
    }
}

/// A store that tenants can be moved out of and into. All calls wait and are durable when they return.
public protocol MovableStore: TableKeeper {
    /// Makes the table, or does nothing where it is there in this shape.
    /// - Throws: `.tableExists` where it is there in another shape.
    func create(_ schema: TableSchema) throws(TableError)

    /// What the store knows of the tenant.
    func resident(_ tenant: TenantID) throws(TableError) -> Resident?

    /// All tenants that the store knows.
    func residents() throws(TableError) -> [TenantID: Resident]

    /// Notes the tenant's standing in place of the old one. Writes accepted before are durable when this returns, and
    /// writes after it go by the new standing.
    func setResident(_ tenant: TenantID, to resident: Resident) throws(TableError)

    /// Forgets the tenant and its change log; its items are untouched. The log may go in several commits, the tenant goes with the last of
    /// them: whoever is cut short calls it again.
    func removeResident(_ tenant: TenantID) throws(TableError)

    /// Items of the range in key order, behind `after`: at most so many, at most so many bytes (at least one item).
    func rows(in range: KeyRange, after: EncodedKey?, itemsMax: Int, bytesMax: Int) throws(TableError)
        -> [ItemRow]

    /// How many items the range holds.
    func extent(of range: KeyRange) throws(TableError) -> Extent

    /// Carries out the mover's changes in one commit.
    /// - Throws: `.notArriving` unless the tenant is `arriving` or `kept` here by this run.
    func apply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) throws(TableError)

    /// Begins what `apply` does and does not wait for it: the caller can read what comes next meanwhile.
    func beginApply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) -> PendingApply

    /// Gives the store charge of the tenant: the last of the mover's changes, tokens spent at the side that was in charge, and the new
    /// standing, in one commit.
    /// - Throws: `.notArriving` unless the tenant is `arriving` or `kept` here by this run.
    func takeOver(
        _ changes: [MovedItem], _ tokens: [SpentToken], of tenant: TenantID, run: RunID, as resident: Resident
    ) throws(TableError)

    /// Begins what `takeOver` does and does not wait for it. Whatever changes the store or asks for the tenant's standing later comes
    /// behind it.
    func beginTakeOver(
        _ changes: [MovedItem], _ tokens: [SpentToken], of tenant: TenantID, run: RunID, as resident: Resident
    ) -> PendingApply

    /// Removes up to `itemsMax` items of the range, for a tenant that is not active here; answers how many.
    /// - Throws: `.notArriving` where the tenant is active or fenced here.
    func removeRows(in range: KeyRange, itemsMax: Int, for tenant: TenantID) throws(TableError) -> Int

    /// The tenant's entries of the change log behind `sequence`, oldest first.
    func changes(of tenant: TenantID, after sequence: Int64, itemsMax: Int) throws(TableError)
        -> [CapturedChange]

    /// The tokens of the tenant's transactions that still count and were spent at this moment or later, those of the earliest first, at
    /// most so many. None is spent later with an earlier time.
    func tokens(of tenant: TenantID, since: Timestamp?, itemsMax: Int) throws(TableError) -> [SpentToken]

    /// Remembers tokens that the tenant spent at another store.
    func adopt(_ tokens: [SpentToken], of tenant: TenantID) throws(TableError)

    /// What the journal knows of the tenant's past behind `sequence`, as far as one look goes.
    /// - Parameter ranges: the tenant's keys, by which what others wrote there is noticed.
    /// - Parameter from: from which moment on.
    /// - Parameter entriesMax: how many entries, of whomever, one look goes over.
    /// - Parameter changesMax: how many changes of the tenant it answers.
    func pastChanges(
        of tenant: TenantID, in ranges: [KeyRange], from: Timestamp, after sequence: Int64,
        entriesMax: Int, changesMax: Int
    ) throws(TableError) -> PastChanges

    /// Adds changes that the tenant made at another store to the journal, in one commit, where it keeps a table's past; those that it
    /// knows already are left out. No stream shows them, and no restore of a whole table goes by them.
    /// - Throws: `.misrouted` unless the store is in charge of the tenant.
    func adopt(_ changes: [PastChange], of tenant: TenantID) throws(TableError)

    /// Forgets up to `entriesMax` of the changes that were added so, for a tenant that is not active here; answers how many.
    /// - Throws: `.notArriving` where the tenant is active or fenced here.
    func removeAdopted(of tenant: TenantID, entriesMax: Int) throws(TableError) -> Int

    /// How many entries wait behind `sequence`.
    func changeCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> Int

    /// Looks in indexes, ends of lives and logs for what is the tenant's. Writes go on meanwhile. It reads what lies under `keys`, the
    /// keys of each index that they do not name, and, where it is asked to, the whole journal.
    func leftovers(
        of tenant: TenantID, in keys: OwnedRanges, countsJournal: Bool
    ) throws(TableError) -> Leftovers

    /// Counts what is the tenant's in the next part of the journal behind `sequence`: one short look.
    func journalCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> JournalCount

    /// Forgets the tenant's entries up to and with `sequence`, the oldest first, in as many commits as it takes.
    func discardChanges(of tenant: TenantID, through sequence: Int64) throws(TableError)

    /// Does now what the store does from time to time and would hold its next commits up.
    func prepareForHaste() throws(TableError)

    /// How long writes waited for their commits since an earlier look.
    func commitDelays(after through: Int) -> CommitDelays.Sample

    /// Items a second that each tenant has written of late.
    func writeRates() -> [TenantID: Double]
}

extension MovableStore {
    /// All of the journal in one look.
    public func journalCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> JournalCount {
        let found = try leftovers(of: tenant, in: OwnedRanges(items: []), countsJournal: true)
        return JournalCount(entries: found.journalEntries, newestAt: found.journalAt)
    }

    /// Nothing is known.
    public func commitDelays(after through: Int) -> CommitDelays.Sample { CommitDelays.Sample() }

    /// Nothing is known.
    public func writeRates() -> [TenantID: Double] { [:] }

    /// Nothing is to be done.
    public func prepareForHaste() throws(TableError) {}

    /// At once.
    public func beginApply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) -> PendingApply {
        PendingApply(doing: { () throws(TableError) in try apply(changes, for: tenant, run: run) })
    }

    /// At once.
    public func beginTakeOver(
        _ changes: [MovedItem], _ tokens: [SpentToken], of tenant: TenantID, run: RunID, as resident: Resident
    ) -> PendingApply {
        PendingApply(doing: { () throws(TableError) in
            try takeOver(changes, tokens, of: tenant, run: run, as: resident)
        })
    }

    /// One after the other, where a store has no commit for all of it: a crash in between leaves a side in charge to which nothing is
    /// routed, or one that is still arriving.
    public func takeOver(
        _ changes: [MovedItem], _ tokens: [SpentToken], of tenant: TenantID, run: RunID, as resident: Resident
    ) throws(TableError) {
        try apply(changes, for: tenant, run: run)
        try adopt(tokens, of: tenant)
        try setResident(tenant, to: resident)
    }
}

/// Changes of a mover on their way into a store.
public struct PendingApply: Sendable {
    private let finish: @Sendable () throws(TableError) -> Void

    /// What is done by `finish`, which waits until it is durable.
    public init(_ finish: @escaping @Sendable () throws(TableError) -> Void) { self.finish = finish }

    /// What `apply` does at once.
    public init(doing apply: () throws(TableError) -> Void) {
        let result = Result(catching: apply)
        finish = { () throws(TableError) in try result.get() }
    }

    /// Waits until the changes are durable. To be called once.
    /// - Throws: as `MovableStore.apply`.
    public func wait() throws(TableError) { try finish() }
}

/// Where stores are made and found.
public protocol StoreProvider: AnyObject, Sendable {
    /// The store of that name, opened if need be.
    /// - Throws: `.noSuchStore` where there is none.
    func store(_ id: StoreID) throws(TableError) -> any MovableStore

    /// Makes the store and its tables, or does nothing where they are there.
    func create(_ id: StoreID, tables: [TableSchema]) throws(TableError) -> any MovableStore

    /// Removes the store with all it holds, or does nothing where there is none.
    func remove(_ id: StoreID) throws(TableError)

    /// The names of all stores, in order.
    func list() throws(TableError) -> [StoreID]

    /// How many bytes the store takes up on its disk.
    func diskBytes(of id: StoreID) throws(TableError) -> Int
}
