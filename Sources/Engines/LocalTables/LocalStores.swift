import Base
import SQLite
import Synchronization
import Tables

/// The stores of a folder: a file `<store>.sqlite` each.
public final class LocalStores: StoreProvider {
    private static let ending = ".sqlite"
    // SQLite's own files beside a database in WAL mode. Source: sqlite.org/walformat.html.
    private static let companions = ["-wal", "-shm"]

    private let folder: String
    private let surroundings: StoreSurroundings
    private let slots = Mutex<[StoreID: Slot]>([:])

    /// One store's place: who opens, makes or removes it holds its lock, and no other store's.
    private final class Slot: Sendable {
        private let turnstile = Turnstile()
        private let store = Mutex<LocalStore?>(nil)
        let health: StoreHealth
        /// What was written to the store, as often as it is opened, and nobody has taken yet. Beside the store: who takes it needs none,
        /// and waits for nobody who opens, makes or removes it.
        let untaken = UntakenTallies()

        init(health: StoreHealth) { self.health = health }

        func close() {
            turnstile.pass {
                store.withLock { store in
                    store?.close()
                    store = nil
                }
            }
        }

        /// Runs `body` with the slot's lock, which is held while the store is closed.
        func withStore<Value>(
            _ body: (inout LocalStore?) throws(TableError) -> Value
        ) throws(TableError) -> Value {
            try turnstile.pass { () throws(TableError) in
                try store.withLock { (store) throws(TableError) in try body(&store) }
            }
        }
    }

    /// The stores in the folder at `path`, which is made (mode 0700) where there is none.
    /// - Throws: `.storage` where it cannot be made.
    public init(
        folder path: String, surroundings: StoreSurroundings = StoreSurroundings()
    ) throws(TableError) {
        folder = path
        self.surroundings = surroundings
        try files.makeFolder(path)
    }

    /// The file system that the stores lie on.
    var files: any StoreFiles { surroundings.files }

    /// Closes every store: finishes the writes that wait.
    public func close() {
        for slot in slots.withLock({ Array($0.values) }) {
            slot.close()
        }
    }

    /// The store of that name, opened if need be.
    public func store(_ id: StoreID) throws(TableError) -> any MovableStore {
        try opened(id, mayCreate: false)
    }

    /// Makes the store and its tables, or does nothing where they are there.
    public func create(_ id: StoreID, tables: [TableSchema]) throws(TableError) -> any MovableStore {
        let store = try opened(id, mayCreate: true)
        try store.create(tables)
        return store
    }

    /// Removes the store's files, or does nothing where there are none.
    public func remove(_ id: StoreID) throws(TableError) {
        let slot = slot(id)
        try slot.withStore { (store) throws(TableError) in
            store?.close()
            store = nil
            // The database last: a log that is left without it would be taken for the log of the next file of that name.
            // A disk may keep the second removal and lose the first where nothing is synced in between.
            for companion in LocalStores.companions { try files.remove(path(of: id) + companion) }
            try files.sync(folder: folder)
            try files.remove(path(of: id))
            try files.sync(folder: folder)
            slot.health.noteRemoval()
        }
    }

    /// How much the items of tenants have changed by what was committed to any of the stores since this was asked last: all of it, be the
    /// store open or not. So whoever counts a tenant anew knows also what it wrote where it was before.
    public func takeTallies() -> [TenantID: Extent] {
        var changes: [TenantID: Extent] = [:]
        for slot in slots.withLock({ Array($0.values) }) {
            changes.merge(slot.untaken.take(), uniquingKeysWith: +)
        }
        return changes
    }

    /// The names of all stores, in order.
    public func list() throws(TableError) -> [StoreID] {
        try files.names(in: folder)
            .filter { $0.hasSuffix(LocalStores.ending) }
            .compactMap { StoreID(String($0.dropLast(LocalStores.ending.count))) }
            .sorted()
    }

    /// How many bytes the store's files take up.
    public func diskBytes(of id: StoreID) throws(TableError) -> Int {
        var total = 0
        for path in [path(of: id)] + LocalStores.companions.map({ path(of: id) + $0 }) {
            total += try files.bytes(at: path) ?? 0
        }
        return total
    }

    /// Looks all of the store's file over; nothing is changed. For a folder that no server uses.
    /// - Throws: `.noSuchStore` where there is none.
    public func check(_ id: StoreID) throws(TableError) -> StoreCheck {
        try slot(id).withStore { (store) throws(TableError) in
            precondition(store == nil, "a store is checked while nobody has it open")
            guard try files.isThere(path(of: id)) else { throw .noSuchStore(id) }
            return StoreChecker.check(id, path: path(of: id), on: files)
        }
    }

    private func path(of id: StoreID) -> String { folder + "/" + id.text + LocalStores.ending }

    private func opened(_ id: StoreID, mayCreate: Bool) throws(TableError) -> LocalStore {
        try slot(id).withStore { (store) throws(TableError) in
            if let store { return store }
            if try !files.isThere(path(of: id)) {
                guard mayCreate else { throw .noSuchStore(id) }
                try makeFile(of: id)
            }
            try settleLog(of: id)
            let slot = slot(id)
            let opened = try LocalStore(
                id: id, path: path(of: id), mayCreate: false, surroundings: surroundings,
                health: slot.health, untaken: slot.untaken)
            store = opened
            return opened
        }
    }

    /// Makes a store's file under another name and then gives it its own: a file of that name is whole, whenever the process
    /// ends, and one that is not whole has been damaged. Relied on by INVARIANT (nothing overwritten).
    private func makeFile(of id: StoreID) throws(TableError) {
        let health = slot(id).health
        let new = path(of: id) + ".new"
        for path in LocalStores.companions.map({ new + $0 }) + [new] { try files.remove(path) }
        do throws(SQLiteError) {
            let connection = try StoreFile.openWriter(path: new, on: files, health: health)
            // The log must be in the file before that gets its name. Closing copies it too, but tells nobody where that fails.
            guard try connection.checkpoint() else {
                throw SQLiteError(code: 5, message: "the log of a file that is being made is used")
            }
        } catch {
            throw health.described(.storage("\(error)"), by: .writer)
        }
        do throws(TableError) {
            try files.rename(new, to: path(of: id))
            try files.sync(folder: folder)
        } catch {
            guard case .storage(let details) = error else { throw error }
            throw .storage("store `\(id)`: \(details)")
        }
    }

    /// Writes the log that an earlier process has left once more, before anything is built on it.
    ///
    /// INVARIANT (what was read is on the disk): after a sync that failed the system takes the pages for written, and no later sync makes
    /// up for it (wiki.postgresql.org/wiki/Fsync_Errors). The process that was told so has ended; this one would read them from memory,
    /// take them for committed, and lose all commits behind them with the next loss of power.
    private func settleLog(of id: StoreID) throws(TableError) {
        let log = path(of: id) + "-wal"
        guard let bytes = try files.bytes(at: log), bytes > 0 else { return }
        do throws(TableError) {
            try files.rewrite(log)
            try files.sync(folder: folder)
        } catch {
            guard case .storage(let details) = error else { throw error }
            throw .storage("store `\(id)`: \(details)")
        }
    }

    private func slot(_ id: StoreID) -> Slot {
        slots.withLock { slots in
            if let slot = slots[id] { return slot }
            let slot = Slot(health: StoreHealth(id: id, path: path(of: id), report: surroundings.report))
            slots[id] = slot
            return slot
        }
    }
}
