import Base
import Items
import SQLite
import Tables

/// The snapshots of a folder: an SQLite file `<id>.sqlite` each, which has that name only when it is complete.
public final class LocalSnapshots: SnapshotKeeper {
    private static let ending = ".sqlite"

    private let folder: FolderFiles
    private let stores: LocalStores

    /// The snapshots in the folder at `path`, which is made (mode 0700) where there is none.
    /// - Parameter stores: the stores that they are taken of.
    /// - Throws: `.storage` where the folder cannot be made.
    public init(folder path: String, stores: LocalStores) throws(TableError) {
        folder = try FolderFiles(path: path, files: stores.files)
        self.stores = stores
    }

    /// Takes the snapshot; answers its manifest with what it holds.
    public func take(_ manifest: SnapshotManifest) throws(TableError) -> SnapshotManifest {
        let path = path(of: manifest.id)
        if try folder.files.isThere(path) { return try SnapshotFile.manifest(at: path, on: folder.files) }
        guard let store = try stores.store(manifest.store) as? LocalStore else {
            throw .noSuchStore(manifest.store)
        }
        return try folder.write(name(of: manifest.id)) { part throws(TableError) in
            try store.writeSnapshot(manifest, to: part)
        }
    }

    /// All snapshots that are complete, by id; what was left of others is removed. For a folder in which none is being taken.
    public func list(onFailure: (String, TableError) -> Void) throws(TableError) -> [SnapshotManifest] {
        var found: [SnapshotManifest] = []
        for name in try folder.names() {
            if name.contains(FolderFiles.partEnding) {
                try folder.remove(name)
            } else if name.hasSuffix(LocalSnapshots.ending) {
                do throws(TableError) {
                    found.append(try SnapshotFile.manifest(at: folder.path + "/" + name, on: folder.files))
                } catch {
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
        try SnapshotFile.rows(
            at: path(of: id), on: folder.files, after: after, itemsMax: itemsMax, bytesMax: bytesMax)
    }

    /// Removes the snapshot's file.
    public func remove(_ id: SnapshotID) throws(TableError) {
        try folder.remove(name(of: id))
        try folder.sync()
    }

    private func name(of id: SnapshotID) -> String { id.text + LocalSnapshots.ending }

    private func path(of id: SnapshotID) -> String { folder.path + "/" + name(of: id) }
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
                let file = try SnapshotFile(creating: path, on: files)
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
