import Base
import Items
import Registry
import Tables
import Tenancy

/// What rewriting a backup came to.
public struct BackupRewrite: Hashable, Sendable, Codable {
    /// The backup.
    public var backup: BackupID
    /// How many items were left out. With 0 nothing was written.
    public var removedItems: Int
    /// The digest of its contents before.
    public var formerDigest: String
    /// The digest of its contents after.
    public var digest: String

    /// What rewriting came to.
    public init(backup: BackupID, removedItems: Int, formerDigest: String, digest: String) {
        self.backup = backup
        self.removedItems = removedItems
        self.formerDigest = formerDigest
        self.digest = digest
    }
}

/// The backups of tenants: which there are, and what is done with them.
public final class TenantBackups: Sendable {
    let registry: Registry
    let folder: BackupFolder
    let clock: any Clock

    /// The backups in that folder with their records in `registry`.
    public init(registry: Registry, folder: BackupFolder, clock: any Clock) {
        self.registry = registry
        self.folder = folder
        self.clock = clock
    }

    /// All backups of the tenant with their expiry, the oldest first, those being written included.
    /// - Throws: what the registry throws.
    public func backups(of tenant: TenantID) throws -> [TenantBackup] {
        var found: [TenantBackup] = []
        try registry.forEach(TenantBackup.self, prefix: TenantBackup.prefix(of: tenant)) { found.append($0) }
        return found
    }

    /// The backup of that id.
    /// - Throws: `.noSuchBackup`.
    public func backup(_ id: BackupID) throws -> TenantBackup {
        guard let backup = try registry.read(TenantBackup.self, id) else {
            throw TenantBackupError.noSuchBackup(id.text)
        }
        return backup
    }

    /// Deletes the backup: its files, then its record with an audit entry. Does nothing where there is none; repeated after a crash
    /// it goes on.
    /// - Parameter reason: why, for the audit: `expired`, `requested`, `departure`.
    /// - Throws: `.inUse` while a run is writing it or restoring from it; `.storage`; what the registry throws.
    /// - Returns: the backup as it was, or nil where there was none.
    @discardableResult
    public func delete(_ id: BackupID, reason: String, actor: AuditActor) throws -> TenantBackup? {
        guard let backup = try registry.read(TenantBackup.self, id) else {
            try folder.remove(id)
            return nil
        }
        for run in [backup.state == .writing ? backup.run : nil, backup.heldBy].compactMap({ $0 })
        where try isOpen(run) {
            throw TenantBackupError.inUse(id, by: run)
        }
        // The files first: what is left by a crash between the two is a record without files, which this call finds again.
        try folder.remove(id)
        try registry.transact(deletion(of: backup, reason: reason, actor: actor))
        return backup
    }

    /// Deletes all backups of the tenant; answers those there were. Repeated after a crash it goes on.
    /// - Throws: as `delete`.
    @discardableResult
    public func deleteAll(of tenant: TenantID, reason: String, actor: AuditActor) throws -> [TenantBackup] {
        var deleted: [TenantBackup] = []
        for backup in try backups(of: tenant) {
            if let gone = try delete(backup.id, reason: reason, actor: actor) { deleted.append(gone) }
        }
        // Also what a run left that ended between files and record.
        try folder.removeAll(of: tenant)
        return deleted
    }

    /// Writes the backup anew without the items that `isErased` picks, and puts it in the old one's place: the record, its audit
    /// entry and its new digest are one commit, before which the old files count and after which the new ones do. Repeated after a
    /// crash it goes on. The manifest keeps when and by which run items were left out, and the digest before.
    /// - Parameter isErased: picks by logical table and key. Called once for each item, in order.
    /// - Throws: `.noSuchBackup`, `.notComplete` while it is written; `.damaged` where the old files are not as they were written;
    ///   `.diskFull`, `.storage`; what the registry throws.
    public func rewrite(
        _ id: BackupID, run: RunID, actor: AuditActor,
        leavingOut isErased: (_ table: String, _ key: EncodedKey) -> Bool
    ) throws -> BackupRewrite {
        let backup = try readable(id)
        try folder.removeGenerations(of: id, except: backup.generation)
        let reader = try folder.reader(of: backup)
        let rewritten = try rewritten(reader, of: backup, run: run, leavingOut: isErased)
        guard rewritten.removedItems > 0, let manifest = rewritten.manifest else {
            return BackupRewrite(
                backup: id, removedItems: 0, formerDigest: backup.digest, digest: backup.digest)
        }
        var next = backup
        next.generation += 1
        next.adopt(manifest)
        try registry.transact(
            RegistryTransaction(
                [.replace(next)],
                audit: [
                    AuditNote(
                        actor: actor, action: "tenant.backup.rewritten", subject: id.text, tenant: id.tenant,
                        detail: ["run": run.text, "removedItems": String(rewritten.removedItems)],
                        before: ["digest": backup.digest], after: ["digest": next.digest])
                ]))
        try folder.removeGenerations(of: id, except: next.generation)
        return BackupRewrite(
            backup: id, removedItems: rewritten.removedItems, formerDigest: backup.digest, digest: next.digest
        )
    }

    /// The record of a backup that can be read.
    func readable(_ id: BackupID) throws -> TenantBackup {
        let backup = try backup(id)
        switch backup.state {
        case .complete: return backup
        case .writing: throw TenantBackupError.notComplete(id, state: backup.state.name)
        case .damaged(let reason): throw TenantBackupError.damaged(id, reason)
        }
    }

    /// What removes the record.
    func deletion(of backup: TenantBackup, reason: String, actor: AuditActor) -> RegistryTransaction {
        RegistryTransaction(
            [.delete(backup)],
            audit: [
                AuditNote(
                    actor: actor, action: "tenant.backup.deleted", subject: backup.id.text,
                    tenant: backup.tenant, detail: ["reason": reason],
                    before: backup.auditText)
            ],
            events: [
                Announcement(
                    type: "tenant.backup.deleted", tenant: backup.tenant,
                    payload: "{\"backup\":\"\(backup.id)\",\"reason\":\"\(reason)\"}")
            ])
    }

    private func isOpen(_ run: RunID) throws -> Bool { try registry.read(OpenRun.self, run) != nil }
}

extension TenantBackup {
    /// What the audit says of it.
    var auditText: [String: String] {
        [
            "instant": instant?.iso8601 ?? "", "items": String(extent.items), "bytes": String(extent.bytes),
            "digest": digest, "expires": expiresAt?.iso8601 ?? "",
        ]
    }
}
