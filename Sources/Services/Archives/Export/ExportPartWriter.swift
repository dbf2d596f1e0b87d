import Base
import Compression
import Crypto
import Tables

/// Writes one part of an export: lines `{"Item":{…}}`, compressed as they come, with their digests.
/// Source of the line's form: DynamoDB Developer Guide, "DynamoDB table export output format".
final class ExportPartWriter {
    private static let head = Array("{\"Item\":".utf8)
    private static let tail = Array("}\n".utf8)

    private let name: String
    private let file: ArchiveFileWriter
    private let compressor = ZstdCompressor()
    private let lines = SHA256Hasher()
    private let bytes = SHA256Hasher()
    private let checksum = MD5Hasher()
    /// How many lines there are.
    private(set) var items = 0
    /// Their size in bytes.
    private(set) var lineBytes = 0

    init(_ folder: ArchiveFolder, _ name: String) throws(ArchiveError) {
        self.name = name
        file = try ArchiveFileWriter(folder, name)
    }

    /// Adds the rows' lines; `table` learns of them as well.
    func add(_ rows: [ItemRow], table: SHA256Hasher) throws(ArchiveError) {
        var text: [UInt8] = []
        text.reserveCapacity(rows.reduce(0) { $0 + $1.image.bytes.count + 10 })
        for row in rows {
            text += ExportPartWriter.head
            // The stored image is the item's DynamoDB JSON, on one line.
            text += row.image.bytes
            text += ExportPartWriter.tail
        }
        lines.update(text)
        table.update(text)
        items += rows.count
        lineBytes += text.count
        var output: [UInt8] = []
        compressor.compress(text, into: &output)
        try write(output)
    }

    /// Ends the part: it is on the disk when this returns.
    func finish() throws(ArchiveError) -> ExportManifest.File {
        var output: [UInt8] = []
        compressor.finish(into: &output)
        try write(output)
        try file.commit()
        return ExportManifest.File(
            name: name, items: items, bytes: file.count, sha256: Hex.encode(bytes.finish().bytes),
            md5: Crypto.Base64.encode(checksum.finish()), lineBytes: lineBytes,
            linesSHA256: Hex.encode(lines.finish().bytes))
    }

    private func write(_ output: [UInt8]) throws(ArchiveError) {
        bytes.update(output)
        checksum.update(output)
        try file.write(output)
    }
}
