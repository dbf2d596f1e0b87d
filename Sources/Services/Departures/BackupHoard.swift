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

    /// Writes the backups that hold such items anew without them.
    public func rewrite(
        of tenant: TenantRecord, without keys: ErasedKeys, run: RunID
    ) throws -> [Rewriting] {
        try backups.backups(of: tenant.id).compactMap { backup in
            let done = try backups.rewrite(backup.id, run: run, actor: .system) { table, key in
                keys.contains(key, table: table)
            }
            guard done.removedItems > 0 else { return nil }
            return Rewriting(name: backup.id.text, what: "backup", items: done.removedItems)
        }
    }
}
