import Base

// What is taken along and put back: exports, imports, backups and restores of single tenants.
extension Limits {
    /// Bytes of items that are compressed together: what a reader holds in memory at once.
    static let backupChunkBytesMax = 4 << 20
    /// Items that are read at once for a backup or a restore.
    static let archiveRowsMax = 1000
    /// Bytes of items that are read at once for a backup or a restore.
    static let archiveRowsBytesMax = 1 << 20
    /// Changes of a restore that are one commit: what another tenant's write in the pool may have to wait for.
    static let restoreCommitItemsMax = 256
    /// Bytes of items in one commit of a restore.
    static let restoreCommitBytesMax = 512 << 10
    /// For how long a step of a restore goes on before it notes how far it is.
    static let archiveSliceMilliseconds: Int64 = 500
    /// Free bytes that a backup leaves on its disk.
    static let backupReserveBytes = 64 << 20
    /// Backups of the schedule that are written at once.
    static let scheduledBackupsAtOnceMax = 4
    /// Tenants whose backups are due that one look at the schedule remembers; the next look finds the others.
    static let dueBackupsMax = 10_000
    /// Seconds between two looks at whose backups are due.
    static let backupLookSeconds: Int64 = 300
    /// Seconds before a scheduled backup that failed is tried again.
    static let backupRetrySeconds: Int64 = 3600
    /// Expired backups that one round deletes.
    static let expiredBackupsPerRoundMax = 200
    /// Bytes of a backup's manifest: a folder that holds more is not one of ours.
    static let backupManifestBytesMax = 64 << 20
    /// For how many days a backup is kept where neither the catalog nor whoever asked for it says so.
    static let backupKeptDaysDefault: Int? = 35
    /// How long the safety backup of a restore is kept, in days, where the tier keeps its backups for a shorter time.
    static let safetyBackupDaysMin = 7
}
