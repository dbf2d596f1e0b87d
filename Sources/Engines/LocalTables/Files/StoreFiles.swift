import SQLite
import Tables

/// The file system that stores, snapshots and images lie on: what is done there beside what SQLite does itself.
///
/// All methods throw `.storage` where the file system refuses, with the path and its reason.
public protocol StoreFiles: Sendable {
    /// The name by which SQLite knows this file system; nil for the operating system's own. Source: sqlite.org/vfs.html.
    var nameInSQLite: String? { get }

    /// Makes the folder (mode 0700) and those above it, or does nothing where it is there.
    func makeFolder(_ path: String) throws(TableError)

    /// The names of all files in the folder, in order.
    func names(in folder: String) throws(TableError) -> [String]

    /// How many bytes the file has; nil where there is none.
    func bytes(at path: String) throws(TableError) -> Int?

    /// Reads up to `bytesMax` bytes that begin at byte `offset` of the file, to `place` of the buffer; answers how many, which is
    /// less only at the file's end.
    func read(
        _ path: String, from offset: Int, into buffer: inout [UInt8], at place: Int, bytesMax: Int
    ) throws(TableError) -> Int

    /// Writes the file's bytes once more, each where it is, and waits until all of them are on the disk.
    func rewrite(_ path: String) throws(TableError)

    /// Removes the file, or does nothing where there is none.
    func remove(_ path: String) throws(TableError)

    /// Gives the file another name, in place of a file that has it.
    func rename(_ path: String, to other: String) throws(TableError)

    /// Waits until all names that were made, changed and removed in the folder are so on the disk.
    func sync(folder: String) throws(TableError)
}

extension StoreFiles {
    /// Whether there is a file at the path.
    func isThere(_ path: String) throws(TableError) -> Bool { try bytes(at: path) != nil }

    /// Opens an SQLite file.
    func connect(
        _ path: String, mode: Connection.Mode, isExclusive: Bool = false,
        onFailure: @escaping @Sendable (SQLiteError) -> Void = { _ in }
    ) throws(SQLiteError) -> Connection {
        try Connection(
            path: path, mode: mode, isExclusive: isExclusive, fileSystem: nameInSQLite, onFailure: onFailure)
    }
}
