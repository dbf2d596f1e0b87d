import Base
import Tables

/// Why a backup or a restore was not begun.
public enum BackupError: Error, Equatable, Sendable {
    /// There is no such backup.
    case notFound(SnapshotID)
    /// The backup is being made, or a table is being restored from it.
    case inUse(SnapshotID)
    /// There is a table of the target's name, or one is being restored.
    case tableExists(TableName)
    /// The store failed.
    case table(TableError)
}
