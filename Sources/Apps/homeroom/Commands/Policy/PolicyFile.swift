import FoundationEssentials
import Reviews

#if canImport(Glibc)
    import Glibc
#endif

/// A file of policies on disk.
enum PolicyFile {
    /// Replaces the contents in one step, mode and owner as they were: whoever reads it sees the old text or the new. A link
    /// stays a link.
    static func replace(_ path: String, with bytes: [UInt8]) throws(ReviewFailure) {
        guard let resolved = realpath(path, nil) else { throw fault(path) }
        let target = String(cString: resolved)
        free(resolved)
        var status = stat()
        guard stat(target, &status) == 0 else { throw fault(path) }
        let temporary = target + ".homeroom-new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0o777)
        guard descriptor >= 0 else { throw fault(temporary) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        let isWhole =
            rest.isEmpty && fchmod(descriptor, status.st_mode & 0o777) == 0 && fsync(descriptor) == 0
        let isClosed = close(descriptor) == 0
        guard isWhole, isClosed, rename(temporary, target) == 0 else {
            let failure = fault(path)
            unlink(temporary)
            throw failure
        }
    }

    private static func fault(_ path: String) -> ReviewFailure {
        ReviewFailure("cannot write `\(path)`: \(String(cString: strerror(errno)))")
    }
}
