import Base
import CSQLite
import Glibc
import LocalTables
import Synchronization
import Tables

/// A process as the disk sees it: the files of stores, and a file system of SQLite's of its own, which is there as long as this is.
public final class SimulatedProcess: StoreFiles {
    /// The disk it uses.
    public let disk: SimulatedDisk
    let id: Int
    let clock: any Clock
    let random: SeededRandom
    let sleep: @Sendable (Int) -> Void
    private let registration: FileSystemRegistration

    init(
        id: Int, disk: SimulatedDisk, clock: any Clock, seed: UInt64, sleep: @escaping @Sendable (Int) -> Void
    ) {
        self.id = id
        self.disk = disk
        self.clock = clock
        self.sleep = sleep
        random = SeededRandom(seed: seed)
        registration = FileSystemRegistration()
        registration.begin(for: self)
    }

    deinit { registration.end() }

    /// The name of its file system.
    public var nameInSQLite: String? { registration.name }

    /// Whether it has not ended.
    public var isAlive: Bool { disk.state.withLock { $0.living.contains(id) } }

    /// Lets the thread wait.
    public static let sleep: @Sendable (Int) -> Void = { microseconds in usleep(UInt32(microseconds)) }

    // MARK: Files of stores

    /// Makes the folder and those above it.
    public func makeFolder(_ path: String) throws(TableError) {
        try told(path) { () throws(DiskFault) in
            try disk.look(by: id) { state in
                var path = path
                while state.folders.insert(path).inserted { path = DiskState.folder(of: path) }
            }
        }
    }

    /// The names of all files in the folder, in order.
    public func names(in folder: String) throws(TableError) -> [String] {
        try told(folder) { () throws(DiskFault) in
            try disk.look(by: id) { (state) throws(DiskFault) in
                guard state.folders.contains(folder) else { throw .absent }
                return state.names.keys.filter { DiskState.folder(of: $0) == folder }
                    .map { String($0.dropFirst(folder == "/" ? 1 : folder.count + 1)) }.sorted()
            }
        }
    }

    /// The file's size.
    public func bytes(at path: String) throws(TableError) -> Int? {
        try told(path) { () throws(DiskFault) in
            try disk.look(by: id) { state in state.names[path].flatMap { state.files[$0]?.bytes.count } }
        }
    }

    /// Reads a part of the file.
    public func read(
        _ path: String, from offset: Int, into buffer: inout [UInt8], at place: Int, bytesMax: Int
    ) throws(TableError) -> Int {
        let found = try told(path) { () throws(DiskFault) in
            try disk.perform(.read, path, by: id) { (state) throws(DiskFault) -> [UInt8] in
                guard let file = state.names[path], let bytes = state.files[file]?.bytes else {
                    throw .absent
                }
                return Array(bytes.dropFirst(offset).prefix(bytesMax))
            }
        }
        buffer.replaceSubrange(place..<place + found.count, with: found)
        return found.count
    }

    /// Writes the file's bytes once more.
    public func rewrite(_ path: String) throws(TableError) {
        try told(path) { () throws(DiskFault) in
            try disk.perform(.write, path, by: id) { (state) throws(DiskFault) in
                guard let file = state.names[path], let bytes = state.files[file]?.bytes else {
                    throw .absent
                }
                bytes.withUnsafeBytes { state.files[file]?.write($0, at: 0) }
            }
            try disk.perform(
                .sync, path, by: id,
                onFault: { state, planned in
                    if let file = state.names[path] { state.scatter(file, planned) }
                }
            ) { (state) throws(DiskFault) in
                guard let file = state.names[path] else { throw .absent }
                state.sync(file: file)
            }
        }
    }

    /// Removes the file.
    public func remove(_ path: String) throws(TableError) {
        try told(path) { () throws(DiskFault) in
            try disk.perform(.remove, path, by: id) { $0.remove(path) }
        }
    }

    /// Gives the file another name.
    public func rename(_ path: String, to other: String) throws(TableError) {
        try told(path) { () throws(DiskFault) in
            try disk.perform(.rename, path, by: id) { (state) throws(DiskFault) in
                guard state.names[path] != nil, state.folders.contains(DiskState.folder(of: other)) else {
                    throw .absent
                }
                state.rename(path, to: other)
            }
        }
    }

    /// Syncs the folder.
    public func sync(folder: String) throws(TableError) {
        try told(folder) { () throws(DiskFault) in
            try disk.perform(.syncFolder, folder, by: id) { $0.sync(folder: folder) }
        }
    }

    private func told<Value>(
        _ path: String, _ body: () throws(DiskFault) -> Value
    ) throws(TableError) -> Value {
        do throws(DiskFault) { return try body() } catch {
            throw .storage("`\(path)`: errno \(error.number) (\(String(cString: strerror(error.number))))")
        }
    }
}
