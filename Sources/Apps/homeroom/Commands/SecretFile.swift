import Base

#if canImport(Glibc)
    import Glibc
#endif

/// A new file that only its owner reads (mode 0600).
struct SecretFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Makes the file.
    /// - Throws: `CommandFailure` where there is one already, or it cannot be made.
    init(creating path: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .failed(
                errno == EEXIST
                    ? "`\(path)` is there already; name a new file, or remove it first"
                    : "cannot make `\(path)`: \(String(cString: strerror(errno)))")
        }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Adds text to the file.
    /// - Throws: `CommandFailure` where the disk takes no more.
    func append(_ text: String) throws(CommandFailure) { try append(Array(text.utf8)) }

    /// Adds bytes to the file.
    /// - Throws: `CommandFailure` where the disk takes no more.
    func append(_ bytes: [UInt8]) throws(CommandFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw .failed("cannot write to `\(path)`: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Puts the file in the place of the one at `target`, in one step, and to stay there: its owner's alone, whatever the mask is.
    /// - Throws: `CommandFailure` where the disk takes no more, or the folder is another's.
    func put(in target: String) throws(CommandFailure) {
        guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0, rename(path, target) == 0 else {
            throw .failed("cannot write `\(target)`: \(String(cString: strerror(errno)))")
        }
        SyncedFile.syncFolder(of: target)
    }

    /// Removes a file that has come to nothing.
    static func remove(_ path: String) { unlink(path) }

    /// Replaces the file at `path` by a new one with this text, in one step: whoever reads it sees the old text or the new, also
    /// where others replace it at the same time.
    static func replace(_ path: String, with text: String) throws(CommandFailure) {
        let name = path + "." + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let file = try SecretFile(creating: name)
        do throws(CommandFailure) {
            try file.append(text)
            try file.put(in: path)
        } catch {
            remove(name)
            throw error
        }
    }
}
