import Base
import Compression
import Crypto
import Items
import Tables

/// A backup's files, read in the order of tables and keys. Each chunk is compared with its digest before any of it is handed out.
final class BackupReader {
    let manifest: BackupManifest
    private let id: BackupID
    private let file: BackupFile
    private let hasher = SHA256Hasher()

    /// - Throws: `.damaged` where the manifest is not the one that the record names, or the file of items has another length.
    init(_ backup: TenantBackup, folder: BackupFolder) throws(TenantBackupError) {
        id = backup.id
        let damaged = { (reason: String) in TenantBackupError.damaged(backup.id, reason) }
        let text: [UInt8]
        do throws(TenantBackupError) {
            let manifestFile = try BackupFile(
                reading: folder.manifestPath(of: id, generation: backup.generation))
            let size = try manifestFile.size()
            guard size <= Limits.backupManifestBytesMax else { throw damaged("its manifest is too large") }
            text = try manifestFile.bytes(at: 0, count: size)
            file = try BackupFile(reading: folder.itemsPath(of: id, generation: backup.generation))
        } catch {
            guard case .storage(let details) = error else { throw error }
            throw damaged("its files cannot be read: \(details)")
        }
        guard hasher.hash(text).hex == backup.manifestDigest else {
            throw damaged("its manifest is not as it was written")
        }
        do { manifest = try BackupManifest.decoded(text) } catch {
            throw damaged("its manifest cannot be read; it may be of a later version of Homeroom")
        }
        guard manifest.format <= BackupManifest.formatVersion, manifest.id == id,
            manifest.digest == backup.digest
        else { throw damaged("its manifest is of another backup or of a later version of Homeroom") }
        guard try file.size() == manifest.diskBytes else {
            throw damaged("its file of items has not the length that it was written with")
        }
    }

    /// The items of a chunk.
    /// - Throws: `.damaged`.
    func rows(ofChunk number: Int) throws(TenantBackupError) -> [ItemRow] {
        let chunk = manifest.chunks[number]
        let bytes = try file.bytes(at: chunk.offset, count: chunk.bytes)
        guard bytes.count == chunk.bytes, hasher.hash(bytes).hex == chunk.digest else {
            throw .damaged(id, "part \(number + 1) of \(manifest.chunks.count) is not as it was written")
        }
        let contents: [UInt8]
        do { contents = try ZstdFrame.decompress(bytes, expectedBytes: chunk.contentBytes) } catch {
            throw .damaged(id, "part \(number + 1) of \(manifest.chunks.count): \(error)")
        }
        guard let rows = BackupChunk.rows(contents, items: chunk.items) else {
            throw .damaged(id, "part \(number + 1) of \(manifest.chunks.count) holds no items")
        }
        return rows
    }
}
