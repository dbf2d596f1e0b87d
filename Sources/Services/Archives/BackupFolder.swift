import Base
import Crypto
import FoundationEssentials
import Glibc
import Tables

/// The files of tenants' backups: a folder for each tenant (mode 0700), in it one for each backup, in it two files (mode 0600) for
/// each writing of it: `items-<n>.zst` and `manifest-<n>.json`.
///
/// INVARIANT (the record counts): which writing is the backup, and whether it is one, the registry's record says. Files that no
/// record names are leftovers of something that did not come to its end.
public final class BackupFolder: Sendable {
    /// The folder's path.
    public let path: String

    /// The folder at `path`, which is made (mode 0700) where there is none.
    /// - Throws: `TenantBackupError.storage` where it cannot be made.
    public init(path: String) throws(TenantBackupError) {
        self.path = path
        try BackupFolder.makeFolder(path)
    }

    // MARK: Paths

    func path(of tenant: TenantID) -> String { path + "/" + tenant.text }

    /// Where the files of the backup lie.
    public func path(of id: BackupID) -> String { path(of: id.tenant) + "/" + id.snapshot.text }

    func itemsPath(of id: BackupID, generation: Int) -> String {
        path(of: id) + "/items-\(generation).zst"
    }

    func manifestPath(of id: BackupID, generation: Int) -> String {
        path(of: id) + "/manifest-\(generation).json"
    }

    // MARK: Writing and reading

    /// Begins a writing of the backup, in place of one of that generation that was cut short.
    func writer(
        of manifest: BackupManifest, generation: Int
    ) throws(TenantBackupError) -> BackupWriter {
        try BackupFolder.makeFolder(path(of: manifest.id.tenant))
        try BackupFolder.makeFolder(path(of: manifest.id))
        try BackupFolder.sync(path)
        try BackupFolder.sync(path(of: manifest.id.tenant))
        return try BackupWriter(manifest, generation: generation, folder: self)
    }

    /// The backup as it was written.
    /// - Throws: `.damaged` where its manifest is not there or not the one that the record names.
    func reader(of backup: TenantBackup) throws(TenantBackupError) -> BackupReader {
        try BackupReader(backup, folder: self)
    }

    // MARK: Removing

    /// Removes all files of the backup, or does nothing where there are none.
    func remove(_ id: BackupID) throws(TenantBackupError) {
        try BackupFolder.removeFolder(path(of: id))
        try BackupFolder.sync(path(of: id.tenant))
    }

    /// Removes the tenant's folder with all that is left in it.
    func removeAll(of tenant: TenantID) throws(TenantBackupError) {
        try BackupFolder.removeFolder(path(of: tenant))
        try BackupFolder.sync(path)
    }

    /// Removes the files of other writings of the backup.
    func removeGenerations(of id: BackupID, except kept: Int) throws(TenantBackupError) {
        let keptNames = BackupFolder.fileNames(generation: kept)
        for name in try BackupFolder.names(in: path(of: id)) where !keptNames.contains(name) {
            try BackupFolder.unlink(path(of: id) + "/" + name)
        }
        try BackupFolder.sync(path(of: id))
    }

    /// The names in the folder, in order.
    func names() throws(TenantBackupError) -> [String] { try BackupFolder.names(in: path) }

    /// The names in the tenant's folder, in order.
    func names(of tenant: TenantID) throws(TenantBackupError) -> [String] {
        try BackupFolder.names(in: path(of: tenant))
    }

    /// The names of the backup's files, in order.
    func names(of id: BackupID) throws(TenantBackupError) -> [String] {
        try BackupFolder.names(in: path(of: id))
    }

    /// The size in bytes of one of the backup's files, or nil where it is not there.
    func size(of name: String, of id: BackupID) throws(TenantBackupError) -> Int? {
        var status = stat()
        guard lstat(path(of: id) + "/" + name, &status) == 0 else {
            guard errno == ENOENT else { throw .storage("`\(name)` of backup `\(id)`: errno \(errno)") }
            return nil
        }
        return Int(status.st_size)
    }

    /// The names of the files of one writing: the items' and the manifest's.
    static func fileNames(generation: Int) -> [String] {
        ["items-\(generation).zst", "manifest-\(generation).json"]
    }

    /// All backups of which there are files, whether or not a record names them.
    public func backupsWithFiles() throws(TenantBackupError) -> [BackupID] {
        var found: [BackupID] = []
        for name in try BackupFolder.names(in: path) {
            guard let tenant = TenantID(name) else { continue }
            for name in try BackupFolder.names(in: path(of: tenant)) {
                if let snapshot = SnapshotID(name) {
                    found.append(BackupID(tenant: tenant, snapshot: snapshot))
                }
            }
        }
        return found
    }

    // MARK: Room

    /// How many bytes may still be written to the folder's disk.
    func freeBytes() throws(TenantBackupError) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw .storage("`\(path)`: errno \(errno)") }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// - Throws: `.diskFull` unless there is room for so many bytes, and some to spare.
    func checkRoom(forBytes bytes: Int) throws(TenantBackupError) {
        let needed = bytes + Limits.backupReserveBytes
        let free = try freeBytes()
        guard free >= needed else { throw .diskFull(neededBytes: needed, freeBytes: free) }
    }
}

extension BackupFolder {
    private static func makeFolder(_ path: String) throws(TenantBackupError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .storage("\(error)") }
    }

    /// The names in a folder, in order; none where there is no such folder.
    fileprivate static func names(in path: String) throws(TenantBackupError) -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
            throw .storage("\(error)")
        }
    }

    private static func removeFolder(_ path: String) throws(TenantBackupError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch { throw .storage("\(error)") }
    }

    private static func unlink(_ path: String) throws(TenantBackupError) {
        guard Glibc.unlink(path) == 0 || errno == ENOENT else { throw .storage("`\(path)`: errno \(errno)") }
    }

    /// A name in a folder is on the disk when the folder is synced.
    static func sync(_ path: String) throws(TenantBackupError) {
        let handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if handle < 0, errno == ENOENT { return }
        guard handle >= 0 else { throw .storage("`\(path)`: errno \(errno)") }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw .storage("`\(path)`: errno \(errno)") }
    }
}
