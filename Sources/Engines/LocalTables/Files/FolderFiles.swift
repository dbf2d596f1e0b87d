import FoundationEssentials
import Glibc
import Tables

/// A folder of whole files: each is written under another name and gets its own when it is complete.
struct FolderFiles {
    /// What the name of a file that is being written ends with.
    static let partEnding = ".part"

    /// The folder.
    let path: String

    /// The folder at `path`, which is made (mode 0700) where there is none.
    init(path: String) throws(TableError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .storage("\(error)") }
    }

    /// Lets `body` write a file at the path it is given, which gets the name `name` when it is complete and is then on the disk;
    /// nothing is left where it fails.
    func write<Value>(_ name: String, _ body: (String) throws(TableError) -> Value) throws(TableError)
        -> Value
    {
        let whole = path + "/" + name
        let part = whole + FolderFiles.partEnding
        try remove(name + FolderFiles.partEnding)
        do throws(TableError) {
            let value = try body(part)
            guard Glibc.rename(part, whole) == 0 else { throw .storage("`\(whole)`: errno \(errno)") }
            try sync()
            return value
        } catch {
            // What is left is removed by the next listing, if it cannot be now.
            do throws(TableError) { try remove(name + FolderFiles.partEnding) } catch {}
            throw error
        }
    }

    /// The names of all files, in order.
    func names() throws(TableError) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
            throw .storage("\(error)")
        }
    }

    /// Removes the file, or does nothing where there is none.
    func remove(_ name: String) throws(TableError) {
        let file = path + "/" + name
        guard unlink(file) == 0 || errno == ENOENT else { throw .storage("`\(file)`: errno \(errno)") }
    }

    /// A name in a folder is on the disk when the folder is synced.
    func sync() throws(TableError) {
        let handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw .storage("`\(path)`: errno \(errno)") }
        defer { Glibc.close(handle) }
        guard fsync(handle) == 0 else { throw .storage("`\(path)`: errno \(errno)") }
    }
}
