import Base
import Items
import Registry
import Tables

extension TenantBackups {
    /// What a rewriting has written.
    struct Rewritten {
        let removedItems: Int
        /// Nil where there was nothing to leave out.
        let manifest: WrittenManifest?
    }

    /// Writes the next generation of the backup's files without some items; nothing where there are none of them.
    func rewritten(
        _ reader: BackupReader, of backup: TenantBackup, run: RunID,
        leavingOut isErased: (_ table: String, _ key: EncodedKey) -> Bool
    ) throws -> Rewritten {
        var removed = 0
        try forEachRow(of: reader) { table, row in if isErased(table, row.key) { removed += 1 } }
        guard removed > 0 else { return Rewritten(removedItems: 0, manifest: nil) }
        try folder.checkRoom(forBytes: backup.diskBytes)
        var manifest = BackupManifest(
            id: backup.id, instant: reader.manifest.instant, schools: reader.manifest.schools,
            tables: reader.manifest.tables)
        manifest.rewritings = reader.manifest.rewritings
        let writer = try folder.writer(of: manifest, generation: backup.generation + 1)
        for (number, table) in manifest.tables.enumerated() {
            try writer.beginTable()
            for chunk in reader.manifest.chunks.indices where reader.manifest.chunks[chunk].table == number {
                for row in try reader.rows(ofChunk: chunk) where !isErased(table.name, row.key) {
                    try writer.add(row)
                }
            }
        }
        writer.note(
            BackupManifest.Rewriting(
                at: clock.now(), run: run, removedItems: removed, formerDigest: backup.digest))
        return Rewritten(removedItems: removed, manifest: try writer.finish())
    }

    /// How many of the backup's items `isErased` picks, by logical table. Nothing is written.
    /// - Throws: as `rewrite`.
    public func count(
        in id: BackupID, where isErased: (_ table: String, _ key: EncodedKey) -> Bool
    ) throws -> [String: Int] {
        let reader = try folder.reader(of: try readable(id))
        var counts: [String: Int] = [:]
        try forEachRow(of: reader) { table, row in
            if isErased(table, row.key) { counts[table, default: 0] += 1 }
        }
        return counts
    }

    private func forEachRow(of reader: BackupReader, _ body: (String, ItemRow) -> Void) throws {
        for (number, chunk) in reader.manifest.chunks.enumerated() {
            let table = reader.manifest.tables[chunk.table].name
            for row in try reader.rows(ofChunk: number) { body(table, row) }
        }
    }
}
