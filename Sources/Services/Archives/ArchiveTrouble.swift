import Base
import Registry
import Tables

/// A file of a backup, an export or an upload that is there and should not be, or should be as it is not.
public struct ArchiveTrouble: Hashable, Sendable {
    /// What is wrong with it.
    public enum Kind: Hashable, Sendable {
        /// Nothing names it.
        case stray
        /// It is not there.
        case missing
        /// It has another size.
        case differs(expectedBytes: Int, foundBytes: Int)
    }

    /// What is wrong.
    public let kind: Kind
    /// Its path in the folder that was looked at.
    public let name: String
    /// What names it, in words for people; empty for a stray one.
    public let owner: String
    /// What to do, where it is no stray one.
    public let remedy: String
}

extension TenantBackups {
    /// What the files of the backups are, beside their records. Tenants with a run under way are left to it: it may be writing,
    /// rewriting or deleting.
    /// - Throws: what the registry throws; `TenantBackupError.storage`.
    public func troubles() throws -> [ArchiveTrouble] {
        let busy = try OpenRuns(registry).tenants
        var records: [BackupID: TenantBackup] = [:]
        try registry.forEach(TenantBackup.self) { records[$0.id] = $0 }
        var found: [ArchiveTrouble] = []
        for name in try folder.names() {
            guard let tenant = TenantID(name) else {
                found.append(stray(name))
                continue
            }
            guard !busy.contains(tenant) else { continue }
            for snapshot in try folder.names(of: tenant) {
                let id = SnapshotID(snapshot).map { BackupID(tenant: tenant, snapshot: $0) }
                let backup = id.flatMap { records[$0] }
                guard let backup, let id else {
                    found.append(stray("\(name)/\(snapshot)"))
                    continue
                }
                let own = BackupFolder.fileNames(generation: backup.generation)
                for file in try folder.names(of: id) where !own.contains(file) {
                    found.append(stray("\(name)/\(snapshot)/\(file)"))
                }
            }
        }
        for backup in records.values where backup.state == .complete && !busy.contains(backup.tenant) {
            if let trouble = try trouble(of: backup) { found.append(trouble) }
        }
        return found
    }

    /// The items' file and the manifest's together have the size that the record says, and both are there.
    private func trouble(of backup: TenantBackup) throws(TenantBackupError) -> ArchiveTrouble? {
        var bytes = 0
        for file in BackupFolder.fileNames(generation: backup.generation) {
            guard let size = try folder.size(of: file, of: backup.id) else {
                return trouble(.missing, of: backup, file)
            }
            bytes += size
        }
        guard bytes != backup.diskBytes else { return nil }
        return trouble(
            .differs(expectedBytes: backup.diskBytes, foundBytes: bytes), of: backup,
            BackupFolder.fileNames(generation: backup.generation)[0])
    }

    private func trouble(
        _ kind: ArchiveTrouble.Kind, of backup: TenantBackup, _ file: String
    ) -> ArchiveTrouble {
        ArchiveTrouble(
            kind: kind, name: "\(backup.tenant)/\(backup.id.snapshot)/\(file)",
            owner: "backup `\(backup.id)`",
            remedy: "put the file back from a copy of the folder, or `homeroom backup delete \(backup.id)`")
    }

    private func stray(_ name: String) -> ArchiveTrouble {
        ArchiveTrouble(kind: .stray, name: name, owner: "", remedy: "")
    }
}

extension ExportDesk {
    /// What the files of the exports are, beside their manifests and runs. An export whose run is under way is left to it.
    /// - Throws: what the registry throws; `ArchiveError`.
    public func troubles() throws -> [ArchiveTrouble] {
        guard folder.isThere else { return [] }
        var found: [ArchiveTrouble] = []
        for name in try folder.names() where name != ExportDesk.imagesName {
            guard let run = RunID(name) else {
                found.append(stray(name))
                continue
            }
            if let record = try images.registry.read(RunRecord.self, run), !record.state.isFinal { continue }
            let own = folder.folder(name)
            guard own.has(ExportManifest.fileName) else {
                found.append(stray(name))
                continue
            }
            found += try troubles(of: run, own)
        }
        return found
    }

    private func troubles(of run: RunID, _ own: ArchiveFolder) throws -> [ArchiveTrouble] {
        let manifest = try manifest(of: run).manifest
        return try manifest.files.compactMap { file in
            let kind: ArchiveTrouble.Kind
            if let size = try own.size(of: file.name) {
                guard size != file.bytes else { return nil }
                kind = .differs(expectedBytes: file.bytes, foundBytes: size)
            } else {
                kind = .missing
            }
            return ArchiveTrouble(
                kind: kind, name: "\(run)/\(file.name)", owner: "export `\(run)`",
                remedy: "export the tenant again: `homeroom tenant export \(manifest.tenant)`")
        }
    }

    private func stray(_ name: String) -> ArchiveTrouble {
        ArchiveTrouble(kind: .stray, name: name, owner: "", remedy: "")
    }
}

/// Whose runs are under way.
struct OpenRuns {
    /// The tenants that have one.
    private(set) var tenants: Set<TenantID> = []

    init(_ registry: Registry) throws {
        var ids: [RunID] = []
        try registry.forEach(OpenRun.self) { ids.append($0.id) }
        for id in ids {
            guard let tenant = try registry.read(RunRecord.self, id)?.tenant else { continue }
            tenants.insert(tenant)
        }
    }
}
