import Base
import Crypto
import FoundationEssentials

/// The manifests that AWS puts beside the parts of a table: `manifest-files.json`, a line a part, and `manifest-summary.json`.
/// Ours have more members; a reader of AWS's exports skips what it does not know.
/// Source: DynamoDB Developer Guide, "DynamoDB table export output format".
enum ExportIndexFile {
    static let files = "manifest-files.json"
    static let filesChecksum = "manifest-files.checksum"
    static let summary = "manifest-summary.json"
    static let summaryChecksum = "manifest-summary.checksum"

    private struct Line: Codable {
        var itemCount: Int
        var md5Checksum: String
        var etag: String
        var dataFileS3Key: String
        var homeroom: ExportManifest.File
    }

    private struct Summary: Codable {
        var version = "2020-06-30"
        var exportArn: String
        var startTime: String
        var endTime: String
        var tableArn: String
        var tableId: String
        var exportTime: String
        var s3Bucket = ""
        var s3Prefix = ""
        var s3SseAlgorithm = "AES256"
        var manifestFilesS3Key: String
        var billedSizeBytes: Int
        var itemCount: Int
        var outputFormat = "DYNAMODB_JSON"
    }

    /// The parts that the file names, of which the first `count` are taken: what was written behind them does not count.
    static func parts(in folder: ArchiveFolder, count: Int) throws(ArchiveError) -> [ExportManifest.File] {
        guard count > 0 else { return [] }
        let bytes = try folder.read(files, bytesMax: Limits.archiveManifestBytesMax)
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.count >= count else {
            throw .damaged(file: files, line: lines.count, reason: "\(count) parts were written")
        }
        var parts: [ExportManifest.File] = []
        for (number, line) in lines.prefix(count).enumerated() {
            do { parts.append(try JSONDecoder().decode(Line.self, from: Data(line)).homeroom) } catch {
                throw .damaged(file: files, line: number + 1, reason: "it is no entry of a part")
            }
        }
        return parts
    }

    /// Writes the file anew with these parts.
    static func write(_ parts: [ExportManifest.File], in folder: ArchiveFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes: [UInt8] = []
        for part in parts {
            let etag = Hex.encode(Crypto.Base64.decode(part.md5) ?? []) + "-1"
            let line = Line(
                itemCount: part.items, md5Checksum: part.md5, etag: etag, dataFileS3Key: part.name,
                homeroom: part)
            bytes += [UInt8](try encoder.encode(line)) + [UInt8(ascii: "\n")]
        }
        try folder.write(bytes, to: files)
    }

    /// Writes the summary and both checksums.
    static func seal(_ table: ExportManifest.Table, of manifest: ExportManifest, in folder: ArchiveFolder)
        throws
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let time = manifest.instant.iso8601
        let arn = "arn:aws:dynamodb:homeroom:\(manifest.tenant):table/\(table.name)"
        let summary = Summary(
            exportArn: "\(arn)/export/\(manifest.run)", startTime: time, endTime: time, tableArn: arn,
            tableId: manifest.run.text, exportTime: time, manifestFilesS3Key: "\(table.name)/\(files)",
            billedSizeBytes: table.itemBytes, itemCount: table.items)
        let bytes = [UInt8](try encoder.encode(summary)) + [UInt8(ascii: "\n")]
        try folder.write(bytes, to: self.summary)
        try folder.write(checksum(bytes), to: summaryChecksum)
        try folder.write(
            checksum(folder.read(files, bytesMax: Limits.archiveManifestBytesMax)), to: filesChecksum)
    }

    /// MD5 in base 64, as the data files' checksums are given.
    static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        let hasher = MD5Hasher()
        hasher.update(bytes)
        return Array(Crypto.Base64.encode(hasher.finish()).utf8)
    }
}
