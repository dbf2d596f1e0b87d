import Base
import Crypto
import FoundationEssentials
import Glibc
import Items
import SQLite
import Tables

/// The snapshots of a folder: an SQLite file `<id>.sqlite` each, which has that name only when it is complete.
public final class LocalSnapshots: SnapshotKeeper {
    private static let ending = ".sqlite"
    private static let partEnding = ".part"

    private let folder: String
    private let stores: LocalStores

    /// The snapshots in the folder at `path`, which is made (mode 0700) where there is none.
    /// - Parameter stores: the stores that they are taken of.
    /// - Throws: `.storage` where the folder cannot be made.
    public init(folder path: String, stores: LocalStores) throws(TableError) {
        folder = path
        self.stores = stores
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .storage("\(error)") }
    }

    /// Takes the snapshot; answers its manifest with what it holds.
    public func take(_ manifest: SnapshotManifest) throws(TableError) -> SnapshotManifest {
        let path = path(of: manifest.id)
        if FileManager.default.fileExists(atPath: path) { return try SnapshotFile.manifest(at: path) }
        guard let store = try stores.store(manifest.store) as? LocalStore else {
            throw .noSuchStore(manifest.store)
        }
        let part = folder + "/" + manifest.id.text + LocalSnapshots.partEnding
        try removeIfThere(part)
        let complete: SnapshotManifest
        do throws(TableError) {
            complete = try store.writeSnapshot(manifest, to: part)
            guard Glibc.rename(part, path) == 0 else { throw .storage("`\(path)`: errno \(errno)") }
            try syncFolder()
        } catch {
            // What is left is removed by the next listing, if it cannot be now.
            do throws(TableError) { try removeIfThere(part) } catch {}
            throw error
        }
        return complete
    }

    /// All snapshots that are complete, by id; what was left of others is removed. For a folder in which none is being taken.
    public func list(onFailure: (String, TableError) -> Void) throws(TableError) -> [SnapshotManifest] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
            throw .storage("\(error)")
        }
        var found: [SnapshotManifest] = []
        for name in names {
            let path = folder + "/" + name
            if name.contains(LocalSnapshots.partEnding) {
                try removeIfThere(path)
            } else if name.hasSuffix(LocalSnapshots.ending) {
                do throws(TableError) { found.append(try SnapshotFile.manifest(at: path)) } catch {
                    onFailure(name, error)
                }
            }
        }
        return found
    }

    /// Items of the snapshot in key order.
    public func rows(
        of id: SnapshotID, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow] {
        try SnapshotFile.rows(at: path(of: id), after: after, itemsMax: itemsMax, bytesMax: bytesMax)
    }

    /// Removes the snapshot's file.
    public func remove(_ id: SnapshotID) throws(TableError) {
        try removeIfThere(path(of: id))
        try syncFolder()
    }

    private func path(of id: SnapshotID) -> String { folder + "/" + id.text + LocalSnapshots.ending }

    private func removeIfThere(_ path: String) throws(TableError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .storage("`\(path)`: errno \(errno)") }
    }

    /// A name in a folder is on the disk when the folder is synced.
    private func syncFolder() throws(TableError) {
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw .storage("`\(folder)`: errno \(errno)") }
        defer { Glibc.close(handle) }
        guard fsync(handle) == 0 else { throw .storage("`\(folder)`: errno \(errno)") }
    }
}

extension LocalStore {
    /// Writes the snapshot into a new file at `path`.
    func writeSnapshot(_ manifest: SnapshotManifest, to path: String) throws(TableError) -> SnapshotManifest {
        let name = manifest.table.schema.name
        let table = try table(name)
        // Not of another one that has got the name since.
        guard table.record.id == manifest.table.id else {
            throw .noSuchTable(name)
        }
        return try readers.withReader { reader throws(TableError) in
            do {
                let file = try SnapshotFile(creating: path)
                try reader.atOneMoment {
                    try file.fill(from: reader, table: table)
                    if let asOf = manifest.asOf { try file.undo(from: reader, table: table, after: asOf) }
                }
                return try file.finish(manifest)
            } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
        }
    }
}

extension Reader {
    /// Lets the statements of `body` read one and the same state.
    func atOneMoment(_ body: () throws -> Void) throws {
        // A savepoint, since the reader may have a transaction open or not. Source: sqlite.org/lang_savepoint.html.
        try prepare("SAVEPOINT moment").run()
        do { try body() } catch {
            try prepare("RELEASE moment").run()
            throw error
        }
        try prepare("RELEASE moment").run()
    }
}
