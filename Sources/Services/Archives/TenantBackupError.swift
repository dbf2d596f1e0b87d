import Base
import Registry

/// Why something is not done with a tenant's backup.
public enum TenantBackupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such backup.
    case noSuchBackup(String)
    /// It is being written, or was found damaged.
    case notComplete(BackupID, state: String)
    /// A run is making it or restoring from it.
    case inUse(BackupID, by: RunID)
    /// A file of it is not as it was written.
    case damaged(BackupID, String)
    /// The disk has not enough room for what is to be written.
    case diskFull(neededBytes: Int, freeBytes: Int)
    /// The folder of backups cannot be read or written. The details are for the log.
    case storage(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchBackup(let text):
            "there is no backup `\(text)`; `homeroom backup list` shows those there are"
        case .notComplete(let id, let state): "backup `\(id)` is \(state); choose a complete one"
        case .inUse(let id, let run):
            "backup `\(id)` is in use by run `\(run)`; try again when that has ended"
        case .damaged(let id, let reason):
            "backup `\(id)` is damaged: \(reason); nothing was changed; choose another backup"
        case .diskFull(let needed, let free):
            "the disk of the backups has \(free) bytes free and \(needed) are needed; make room and try again"
        case .storage(let details): "the folder of the backups failed: \(details)"
        }
    }
}
