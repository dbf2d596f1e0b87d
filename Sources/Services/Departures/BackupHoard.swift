import Archives
import Base
import Registry
import Tables

/// The backups of tenants.
public struct BackupHoard: TenantHoard {
    private let backups: TenantBackups

    /// These backups.
    public init(backups: TenantBackups) { self.backups = backups }

    /// `backups`.
    public var name: String { "backups" }

    /// The tenant's backups, with the day that each ends.
    public func holdings(of tenant: TenantRecord) throws -> [Holding] {
        try backups.backups(of: tenant.id).map {
            Holding(name: $0.id.text, what: "backup", bytes: $0.diskBytes, expiresAt: $0.expiresAt)
        }
    }

    /// Deletes the tenant's backups.
    public func remove(of tenant: TenantRecord, except kept: String?) throws -> Int {
        try backups.deleteAll(of: tenant.id, reason: "the tenant left", actor: .system).count
    }

    /// Writes the backups that hold such items anew without them. One that is damaged cannot be looked through, nor restored: it goes.
    public func rewrite(
        of tenant: TenantRecord, without keys: ErasedKeys, run: RunID
    ) throws -> [Rewriting] {
        try backups.backups(of: tenant.id).compactMap { backup in
            if case .damaged = backup.state { return try removed(backup) }
            let done: BackupRewrite
            do { done = try rewritten(backup, without: keys, run: run) } catch TenantBackupError.damaged {
                return try removed(backup)
            }
            guard done.removedItems > 0 else { return nil }
            return Rewriting(name: backup.id.text, what: "backup", items: done.removedItems)
        }
    }

    private func removed(_ backup: TenantBackup) throws -> Rewriting {
        try backups.delete(backup.id, reason: "damaged, and items of it are erased", actor: .system)
        return Rewriting(name: backup.id.text, what: "damaged backup", items: nil)
    }

    private func rewritten(
        _ backup: TenantBackup, without keys: ErasedKeys, run: RunID
    ) throws -> BackupRewrite {
        try backups.rewrite(backup.id, run: run, actor: .system) { table, key in
            keys.contains(key, table: table)
        }
    }
}
