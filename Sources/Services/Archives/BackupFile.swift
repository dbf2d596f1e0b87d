import Base
import Glibc

/// A file of a backup, open to be written or read. All calls wait for the disk.
final class BackupFile {
    private let path: String
    private let handle: Int32

    /// Opens a new file to be written (mode 0600), in place of one that is there.
    init(creating path: String) throws(TenantBackupError) {
        self.path = path
        handle = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard handle >= 0 else { throw BackupFile.failure(path) }
    }

    /// Opens a file to be read.
    init(reading path: String) throws(TenantBackupError) {
        self.path = path
        handle = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard handle >= 0 else { throw BackupFile.failure(path) }
    }

    deinit { close(handle) }

    /// Appends all of the bytes.
    /// - Throws: `.diskFull` where there is no room.
    func append(_ bytes: [UInt8]) throws(TenantBackupError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(handle, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupFile.failure(path, bytes: bytes.count - done) }
            done += count
        }
    }

    /// Waits until all of it is on the disk.
    func sync() throws(TenantBackupError) {
        guard fsync(handle) == 0 else { throw BackupFile.failure(path) }
    }

    /// How many bytes it has.
    func size() throws(TenantBackupError) -> Int {
        var status = stat()
        guard fstat(handle, &status) == 0 else { throw BackupFile.failure(path) }
        return Int(status.st_size)
    }

    /// The bytes from `offset` on; fewer where the file ends before.
    func bytes(at offset: Int, count: Int) throws(TenantBackupError) -> [UInt8] {
        var failure: TenantBackupError?
        let path = path
        let found = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(
                    handle, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                if read < 0, errno == EINTR { continue }
                if read < 0 { failure = BackupFile.failure(path) }
                guard read > 0 else { return }
                filled += read
            }
        }
        if let failure { throw failure }
        return found
    }

    private static func failure(_ path: String, bytes: Int = 0) -> TenantBackupError {
        let code = errno
        return code == ENOSPC || code == EDQUOT
            ? .diskFull(neededBytes: bytes, freeBytes: 0)
            : .storage("`\(path)`: \(String(cString: strerror(code)))")
    }
}
