import Base
import FoundationEssentials
import Glibc

/// A folder that an archive is written to or read from: files by their names in it, of mode 0600, each there whole or not at all.
public struct ArchiveFolder: Sendable {
    /// Where it is.
    public let path: String

    /// The folder at `path`, which need not be there.
    public init(_ path: String) { self.path = path }

    /// A folder in it.
    func folder(_ name: String) -> ArchiveFolder { ArchiveFolder(path + "/" + name) }

    /// The path of a file in it.
    func path(of name: String) -> String { path + "/" + name }

    /// Whether the folder is there.
    var isThere: Bool { FileManager.default.fileExists(atPath: path) }

    /// Whether there is such a file.
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(of: name)) }

    /// Makes the folder and those above it, of mode 0700.
    func make() throws(ArchiveError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw ArchiveFolder.failure(path, errno) }
    }

    /// Removes the folder with all it holds, or does nothing where there is none.
    func remove() throws(ArchiveError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw .system(path: path, reason: "it cannot be removed: \(error)")
        }
    }

    /// Removes the file, or does nothing where there is none.
    func remove(_ name: String) throws(ArchiveError) {
        guard unlink(path(of: name)) == 0 || errno == ENOENT else {
            throw ArchiveFolder.failure(path(of: name), errno)
        }
    }

    /// The names of the files and folders in it, in order.
    func names() throws(ArchiveError) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
            throw .missing(file: path)
        }
    }

    /// Writes a whole file: it is there, on the disk, when this returns, and where it fails what was there before.
    func write(_ bytes: [UInt8], to name: String) throws(ArchiveError) {
        let writer = try ArchiveFileWriter(self, name)
        try writer.write(bytes)
        try writer.commit()
    }

    /// Adds bytes to a file, which is made where there is none: they are on the disk when this returns.
    func append(_ bytes: [UInt8], to name: String) throws(ArchiveError) {
        let target = path(of: name)
        let isNew = !has(name)
        let handle = open(target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard handle >= 0 else { throw ArchiveFolder.failure(target, errno) }
        defer { close(handle) }
        let size = lseek(handle, 0, SEEK_END)
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(handle, $0.baseAddress.map { $0 + offset }, bytes.count - offset)
            }
            if written < 0, errno == EINTR { continue }
            guard written >= 0 else {
                let failure = ArchiveFolder.failure(target, errno)
                // No half of it stays. Where that fails too the reader passes over a line that is cut short.
                _ = ftruncate(handle, size)
                throw failure
            }
            offset += written
        }
        guard fsync(handle) == 0 else { throw ArchiveFolder.failure(target, errno) }
        if isNew { try sync() }
    }

    /// The size of a file, or nil where there is none.
    func size(of name: String) throws(ArchiveError) -> Int? {
        var status = stat()
        guard stat(path(of: name), &status) == 0 else {
            if errno == ENOENT { return nil }
            throw ArchiveFolder.failure(path(of: name), errno)
        }
        return Int(status.st_size)
    }

    /// All files in it and in the folders in it, by name, with their sizes.
    func fileSizes() throws(ArchiveError) -> [(name: String, bytes: Int)] {
        let names: [String]
        do { names = try FileManager.default.subpathsOfDirectory(atPath: path).sorted() } catch {
            throw .system(path: path, reason: "it cannot be listed")
        }
        var files: [(name: String, bytes: Int)] = []
        for name in names {
            var status = stat()
            guard lstat(path(of: name), &status) == 0 else {
                throw ArchiveFolder.failure(path(of: name), errno)
            }
            if status.st_mode & S_IFMT == S_IFREG { files.append((name, Int(status.st_size))) }
        }
        return files
    }

    /// Gives a file another name.
    func rename(_ name: String, to other: String) throws(ArchiveError) {
        guard Glibc.rename(path(of: name), path(of: other)) == 0 else {
            throw ArchiveFolder.failure(path(of: name), errno)
        }
        try sync()
    }

    /// The bytes of a file of at most so many.
    func read(_ name: String, bytesMax: Int) throws(ArchiveError) -> [UInt8] {
        let reader = try ArchiveFileReader(self, name)
        guard reader.count <= bytesMax else { throw .tooLarge(file: name, limit: "\(bytesMax) bytes") }
        var bytes: [UInt8] = []
        while let piece = try reader.next() { bytes += piece }
        return bytes
    }

    /// A name in a folder is on the disk when the folder is synced.
    func sync() throws(ArchiveError) {
        let handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw ArchiveFolder.failure(path, errno) }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw ArchiveFolder.failure(path, errno) }
    }

    /// The error for a call that failed with this number.
    static func failure(_ path: String, _ number: Int32) -> ArchiveError {
        if number == ENOSPC || number == EDQUOT { return .diskFull(path: path) }
        return .system(path: path, reason: String(cString: strerror(number)))
    }
}

/// Writes a file under another name, which gets its own when it is complete and on the disk.
final class ArchiveFileWriter {
    private let folder: ArchiveFolder
    private let name: String
    private var handle: Int32
    /// How many bytes were written.
    private(set) var count = 0

    init(_ folder: ArchiveFolder, _ name: String) throws(ArchiveError) {
        self.folder = folder
        self.name = name
        handle = open(folder.path(of: name + ".part"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard handle >= 0 else { throw ArchiveFolder.failure(folder.path(of: name), errno) }
    }

    deinit {
        guard handle >= 0 else { return }
        close(handle)
        unlink(folder.path(of: name + ".part"))
    }

    func write(_ bytes: [UInt8]) throws(ArchiveError) {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(handle, $0.baseAddress.map { $0 + offset }, bytes.count - offset)
            }
            if written < 0 {
                guard errno == EINTR else { throw ArchiveFolder.failure(folder.path(of: name), errno) }
                continue
            }
            offset += written
        }
        count += bytes.count
    }

    func commit() throws(ArchiveError) {
        guard fsync(handle) == 0 else { throw ArchiveFolder.failure(folder.path(of: name), errno) }
        close(handle)
        handle = -1
        try folder.rename(name + ".part", to: name)
    }
}

/// Reads a file piece by piece.
final class ArchiveFileReader {
    private let name: String
    private let handle: Int32
    /// The file's size in bytes.
    let count: Int

    init(_ folder: ArchiveFolder, _ name: String) throws(ArchiveError) {
        self.name = name
        handle = open(folder.path(of: name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard handle >= 0 else {
            throw errno == ENOENT ? .missing(file: name) : ArchiveFolder.failure(name, errno)
        }
        var status = stat()
        guard fstat(handle, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(handle)
            throw .system(path: name, reason: "it is no file")
        }
        count = Int(status.st_size)
    }

    deinit { close(handle) }

    /// The next bytes, or nil at the end.
    func next(bytesMax: Int = Limits.archiveReadBytes) throws(ArchiveError) -> [UInt8]? {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: bytesMax) { room, count in
            var got = read(handle, room.baseAddress, bytesMax)
            while got < 0, errno == EINTR { got = read(handle, room.baseAddress, bytesMax) }
            if got < 0 { failure = errno }
            count = max(0, got)
        }
        guard failure == 0 else { throw ArchiveFolder.failure(name, failure) }
        return bytes.isEmpty ? nil : bytes
    }

    /// Goes to a place in the file.
    func seek(to offset: Int) throws(ArchiveError) {
        guard lseek(handle, offset, SEEK_SET) == offset else { throw ArchiveFolder.failure(name, errno) }
    }
}
