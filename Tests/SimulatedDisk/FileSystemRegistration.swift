import CSQLite
import Glibc
import Synchronization

/// A process's file system in SQLite's list of them. Source: sqlite.org/c3ref/vfs.html.
struct FileSystemRegistration: Sendable {
    private static let lastNumber = Atomic<Int>(0)
    // To be set before anything else of SQLite is called, as the product does.
    private static let isConfigured = homeroom_sqlite_configure() == SQLITE_OK

    let name: String
    // Written before it is registered, and then SQLite's until it no longer is.
    nonisolated(unsafe) private let entry: UnsafeMutablePointer<sqlite3_vfs>

    init() {
        _ = FileSystemRegistration.isConfigured
        let number = FileSystemRegistration.lastNumber.add(1, ordering: .relaxed).newValue
        name = "simulated-\(number)"
        entry = .allocate(capacity: 1)
    }

    func begin(for process: SimulatedProcess) {
        var methods = sqlite3_vfs()
        methods.iVersion = 2
        methods.szOsFile = OpenFile.slotBytes
        methods.mxPathname = 512
        methods.zName = UnsafePointer(strdup(name))
        // Open files hold the process, and whoever opens one does.
        methods.pAppData = Unmanaged.passUnretained(process).toOpaque()
        methods.xOpen = { FileSystemCalls.open($0, $1, $2, $3, $4) }
        methods.xDelete = { FileSystemCalls.delete($0, $1, $2) }
        methods.xAccess = { FileSystemCalls.access($0, $1, $3) }
        methods.xFullPathname = { FileSystemCalls.fullPath($1, $2, $3) }
        methods.xRandomness = { FileSystemCalls.randomness($0, $1, $2) }
        methods.xSleep = { FileSystemCalls.sleep($0, $1) }
        methods.xCurrentTime = { FileSystemCalls.currentTime($0, $1) }
        methods.xGetLastError = { _, _, _ in 0 }
        methods.xCurrentTimeInt64 = { FileSystemCalls.currentTime($0, milliseconds: $1) }
        entry.initialize(to: methods)
        let code = sqlite3_vfs_register(entry, 0)
        precondition(code == SQLITE_OK, "SQLite takes a file system")
    }

    func end() {
        sqlite3_vfs_unregister(entry)
        free(UnsafeMutablePointer(mutating: entry.pointee.zName))
        entry.deallocate()
    }
}
