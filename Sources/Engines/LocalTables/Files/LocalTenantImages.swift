import Base
import Items
import SQLite
import Tables

/// The images of tenants of a folder: an SQLite file `<id>.image` each, which has that name only when it is complete.
public final class LocalTenantImages: TenantImageKeeper {
    private static let ending = ".image"

    private let folder: FolderFiles
    private let stores: LocalStores

    /// The images in the folder at `path`, which is made (mode 0700) where there is none.
    /// - Parameter stores: the stores that they are taken of.
    /// - Throws: `.storage` where the folder cannot be made.
    public init(folder path: String, stores: LocalStores) throws(TableError) {
        folder = try FolderFiles(path: path, files: stores.files)
        self.stores = stores
    }

    /// Takes the image; answers it with what it holds.
    public func take(_ image: TenantImage) throws(TableError) -> TenantImage {
        let path = path(of: image.id)
        if try folder.files.isThere(path) { return try TenantImageFile.image(at: path, on: folder.files) }
        guard let store = try stores.store(image.store) as? LocalStore else {
            throw .noSuchStore(image.store)
        }
        return try folder.write(name(of: image.id)) { part throws(TableError) in
            try store.writeImage(image, to: part)
        }
    }

    /// Items of a table of the image in key order.
    public func rows(
        of id: SnapshotID, table: String, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow] {
        try TenantImageFile.rows(
            at: path(of: id), on: folder.files, table: table, after: after, itemsMax: itemsMax,
            bytesMax: bytesMax)
    }

    /// All images that are complete, by id; what was left of others is removed.
    public func images(onFailure: (String, TableError) -> Void) throws(TableError) -> [TenantImage] {
        var found: [TenantImage] = []
        for name in try folder.names() {
            if name.contains(FolderFiles.partEnding) {
                try folder.remove(name)
            } else if name.hasSuffix(LocalTenantImages.ending) {
                do throws(TableError) {
                    found.append(try TenantImageFile.image(at: folder.path + "/" + name, on: folder.files))
                } catch {
                    onFailure(name, error)
                }
            }
        }
        return found
    }

    /// Removes the image's file.
    public func remove(_ id: SnapshotID) throws(TableError) {
        // One that was cut short too: the process may have ended while it was written.
        try folder.remove(name(of: id) + FolderFiles.partEnding)
        try folder.remove(name(of: id))
        try folder.sync()
    }

    private func name(of id: SnapshotID) -> String { id.text + LocalTenantImages.ending }

    private func path(of id: SnapshotID) -> String { folder.path + "/" + name(of: id) }
}

extension LocalStore {
    /// Writes the image into a new file at `path`.
    func writeImage(_ image: TenantImage, to path: String) throws(TableError) -> TenantImage {
        var sources: [TenantImageFile.Source] = []
        for (number, table) in image.tables.enumerated() {
            for range in table.ranges {
                sources.append(
                    TenantImageFile.Source(
                        number: number, table: try self.table(range.table), range: range))
            }
        }
        if let asOf = image.asOf { try checkReach(back: asOf, image.historyFrom, sources.map(\.table)) }
        return try readers.withReader { reader throws(TableError) in
            do {
                var image = image
                let file = try TenantImageFile(creating: path, on: files)
                try reader.atOneMoment {
                    // Read in the same transaction: what it shows is of this tenant in this store, by this very epoch.
                    let resident = try reader.resident(image.tenant)
                    guard resident?.state == .active, resident?.epoch == image.epoch else {
                        throw TableError.misrouted(image.tenant)
                    }
                    image.takenAt = image.asOf ?? clock.now()
                    for source in sources { try file.fill(from: reader, source) }
                    guard let asOf = image.asOf else { return }
                    for source in sources {
                        try file.undo(from: reader, source, after: asOf, of: image)
                    }
                }
                return try file.finish(image)
            } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
        }
    }

    /// Whether the tables' journals reach back to the moment.
    private func checkReach(
        back moment: Timestamp, _ historyFrom: Timestamp?, _ tables: [LocalTable]
    ) throws(TableError) {
        let now = clock.now()
        guard moment <= now else {
            throw .invalid(.validation("The moment `\(moment.iso8601)` lies in the future: name a past one"))
        }
        for table in tables {
            let name = table.schema.name
            guard let recovery = table.record.options.recovery else {
                throw .invalid(
                    .validation(
                        "Table `\(name)` keeps no journal to go back by: switch point-in-time recovery on for it; "
                            + "it reaches back to that moment and not further"))
            }
            let earliest = max(historyFrom ?? recovery.startedAt, recovery.oldest(now))
            guard moment >= earliest else {
                throw .invalid(
                    .validation(
                        "The journal of table `\(name)` reaches back to `\(earliest.iso8601)`, not to "
                            + "`\(moment.iso8601)`: name a later moment"
                    ))
            }
        }
    }
}

extension Reader {
    /// What the store knows of the tenant, as of the read's moment.
    func resident(_ tenant: TenantID) throws -> Resident? {
        let select = try prepare("SELECT resident FROM residents WHERE tenant = ?")
        defer { select.reset() }
        try select.bind(tenant.text, at: 1)
        guard try select.step() else { return nil }
        return try StoredJSON.decode(select.text(0))
    }
}
