import FoundationEssentials
import Glibc
import Tables

/// The operating system's files.
public struct SystemFiles: StoreFiles {
    /// SQLite's default file system.
    public let nameInSQLite: String? = nil

    /// The operating system's files.
    public init() {}

    /// Makes the folder (mode 0700) and those above it.
    public func makeFolder(_ path: String) throws(TableError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .storage("\(error)") }
    }

    /// The names of all files in the folder, in order.
    public func names(in folder: String) throws(TableError) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
            throw .storage("\(error)")
        }
    }

    /// The file's size.
    public func bytes(at path: String) throws(TableError) -> Int? {
        var status = stat()
        if lstat(path, &status) == 0 { return Int(status.st_size) }
        guard errno == ENOENT else { throw failure(path) }
        return nil
    }

    /// Reads a part of the file.
    public func read(
        _ path: String, from offset: Int, into buffer: inout [UInt8], at place: Int, bytesMax: Int
    ) throws(TableError) -> Int {
        precondition(place + bytesMax <= buffer.count, "there is room for what is read")
        let handle = open(path, O_RDONLY | O_CLOEXEC)
        guard handle >= 0 else { throw failure(path) }
        defer { Glibc.close(handle) }
        var filled = 0
        while filled < bytesMax {
            let count = buffer.withUnsafeMutableBytes {
                pread(
                    handle, $0.baseAddress.map { $0 + place + filled }, bytesMax - filled,
                    off_t(offset + filled))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Writes the file's bytes once more.
    public func rewrite(_ path: String) throws(TableError) {
        let handle = open(path, O_RDWR | O_CLOEXEC)
        guard handle >= 0 else { throw failure(path) }
        defer { Glibc.close(handle) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var offset = 0
        while true {
            let count = buffer.withUnsafeMutableBytes {
                pread(handle, $0.baseAddress, $0.count, off_t(offset))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            var written = 0
            while written < count {
                let more = buffer.withUnsafeBytes {
                    pwrite(
                        handle, $0.baseAddress.map { $0 + written }, count - written,
                        off_t(offset + written))
                }
                if more < 0, errno == EINTR { continue }
                guard more >= 0 else { throw failure(path) }
                written += more
            }
            offset += count
        }
        guard fsync(handle) == 0 else { throw failure(path) }
    }

    /// Removes the file.
    public func remove(_ path: String) throws(TableError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
    }

    /// Gives the file another name.
    public func rename(_ path: String, to other: String) throws(TableError) {
        guard Glibc.rename(path, other) == 0 else { throw failure(other) }
    }

    /// Syncs the folder.
    public func sync(folder: String) throws(TableError) {
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw failure(folder) }
        defer { Glibc.close(handle) }
        guard fsync(handle) == 0 else { throw failure(folder) }
    }

    private func failure(_ path: String) -> TableError {
        let number = errno
        return .storage("`\(path)`: errno \(number) (\(String(cString: strerror(number))))")
    }
}
