import Base
import Compression
import Crypto
import Items
import Tables

/// A backup while it is written: items by table and key, chunk by chunk, and then the manifest.
final class BackupWriter {
    private let folder: BackupFolder
    private let generation: Int
    private let file: BackupFile
    private let digest = ContentDigest()
    private let hasher = SHA256Hasher()
    private var manifest: BackupManifest
    private var table = -1
    private var chunk: [UInt8] = []
    private var chunkItems = 0
    private var offset = 0

    init(
        _ manifest: BackupManifest, generation: Int, folder: BackupFolder
    ) throws(TenantBackupError) {
        self.manifest = manifest
        self.generation = generation
        self.folder = folder
        file = try BackupFile(creating: folder.itemsPath(of: manifest.id, generation: generation))
    }

    /// Items so far.
    var items: Int { manifest.tables.reduce(0) { $0 + $1.extent.items } }

    /// Goes on to the next table; called once for each before its items.
    func beginTable() throws(TenantBackupError) {
        try endChunk()
        table += 1
        manifest.tables[table].extent = Extent()
        digest.begin(manifest.tables[table].name)
    }

    /// Adds an item behind the others of the table.
    func add(_ row: ItemRow) throws(TenantBackupError) {
        digest.add(row)
        manifest.tables[table].extent.items += 1
        manifest.tables[table].extent.bytes += row.image.sizeBytes
        BackupChunk.append(row, to: &chunk)
        chunkItems += 1
        if chunk.count >= Limits.backupChunkBytesMax { try endChunk() }
    }

    /// Notes that the backup was written anew.
    func note(_ rewriting: BackupManifest.Rewriting) { manifest.rewritings.append(rewriting) }

    private func endChunk() throws(TenantBackupError) {
        guard chunkItems > 0 else { return }
        let frame = ZstdFrame.compress(chunk)
        try file.append(frame)
        manifest.chunks.append(
            BackupManifest.Chunk(
                table: table, offset: offset, bytes: frame.count, contentBytes: chunk.count,
                items: chunkItems, digest: hasher.hash(frame).hex))
        offset += frame.count
        chunk.removeAll(keepingCapacity: true)
        chunkItems = 0
    }

    /// Writes the manifest. When this returns both files are on the disk.
    func finish() throws -> WrittenManifest {
        precondition(table == manifest.tables.count - 1, "every table was begun")
        try endChunk()
        try file.sync()
        manifest.digest = digest.finish()
        let text = try manifest.encoded()
        let manifestFile = try BackupFile(
            creating: folder.manifestPath(of: manifest.id, generation: generation))
        try manifestFile.append(text)
        try manifestFile.sync()
        try BackupFolder.sync(folder.path(of: manifest.id))
        return WrittenManifest(
            manifest: manifest, fileDigest: hasher.hash(text).hex, diskBytes: offset + text.count)
    }
}
