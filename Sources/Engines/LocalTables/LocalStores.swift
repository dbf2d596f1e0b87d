import Base
import FoundationEssentials
import Glibc
import Synchronization
import Tables

/// The stores of a folder: a file `<store>.sqlite` each.
public final class LocalStores: StoreProvider {
    private static let ending = ".sqlite"
    // SQLite's own files beside a database in WAL mode. Source: sqlite.org/walformat.html.
    private static let companions = ["-wal", "-shm"]

    private let folder: String
    private let open = Mutex<[StoreID: LocalStore]>([:])

    /// The stores in the folder at `path`, which is made (mode 0700) where there is none.
    /// - Throws: `.storage` where it cannot be made.
    public init(folder path: String) throws(TableError) {
        folder = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .storage("\(error)") }
    }

    /// Closes every store: finishes the writes that wait.
    public func close() {
        let stores = open.withLock { open in
            defer { open = [:] }
            return Array(open.values)
        }
        for store in stores { store.close() }
    }

    /// The store of that name, opened if need be.
    public func store(_ id: StoreID) throws(TableError) -> any MovableStore {
        try opened(id, mayCreate: false)
    }

    /// Makes the store and its tables, or does nothing where they are there.
    public func create(_ id: StoreID, tables: [TableSchema]) throws(TableError) -> any MovableStore {
        let store = try opened(id, mayCreate: true)
        for table in tables { try store.create(table) }
        return store
    }

    /// Removes the store's files, or does nothing where there are none.
    public func remove(_ id: StoreID) throws(TableError) {
        try open.withLock { (open) throws(TableError) in
            open.removeValue(forKey: id)?.close()
            // The database last: a leftover log without it is no store, a database without its log may lack writes.
            for path in LocalStores.companions.map({ path(of: id) + $0 }) + [path(of: id)] {
                guard FileManager.default.fileExists(atPath: path) else { continue }
                do { try FileManager.default.removeItem(atPath: path) } catch { throw .storage("\(error)") }
            }
        }
    }

    /// The names of all stores, in order.
    public func list() throws(TableError) -> [StoreID] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(LocalStores.ending) }
                .compactMap { StoreID(String($0.dropLast(LocalStores.ending.count))) }
                .sorted()
        } catch { throw .storage("\(error)") }
    }

    /// How many bytes the store's files take up.
    public func diskBytes(of id: StoreID) throws(TableError) -> Int {
        var total = 0
        for path in [path(of: id)] + LocalStores.companions.map({ path(of: id) + $0 }) {
            guard FileManager.default.fileExists(atPath: path) else { continue }
            var status = stat()
            guard lstat(path, &status) == 0 else { throw .storage("`\(path)`: errno \(errno)") }
            total += Int(status.st_size)
        }
        return total
    }

    private func path(of id: StoreID) -> String { folder + "/" + id.text + LocalStores.ending }

    private func opened(_ id: StoreID, mayCreate: Bool) throws(TableError) -> LocalStore {
        try open.withLock { (open) throws(TableError) in
            if let store = open[id] { return store }
            guard mayCreate || FileManager.default.fileExists(atPath: path(of: id)) else {
                throw .noSuchStore(id)
            }
            let store = try LocalStore(id: id, path: path(of: id))
            open[id] = store
            return store
        }
    }
}
