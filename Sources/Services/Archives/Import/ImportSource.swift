import Base
import Crypto
import FoundationEssentials
import Items
import Tenancy

/// The files of an archive that can be imported, and what its manifests say of them.
///
/// Either an export of Homeroom, or DynamoDB's own export of one table, or the folder of one table of the former.
/// Source: DynamoDB Developer Guide, "DynamoDB table export output format".
struct ImportSource {
    /// A file of lines.
    struct File {
        /// Its name in the upload.
        var name: String
        /// The logical table.
        var table: LogicalTable
        /// How many lines the manifest says it has.
        var items: Int
        /// Its MD5 in base 64, by the manifest.
        var md5: String
        /// What a manifest of ours says beside that.
        var own: ExportManifest.File?
    }

    private(set) var files: [File] = []
    /// How many items there are by the manifests.
    var items: Int { files.reduce(0) { $0 + $1.items } }

    /// Reads the manifests.
    /// - Throws: `.missing`, `.damaged`, `.unsupported`, `.tooLarge`.
    init(_ folder: ArchiveFolder, table: String?, catalog: Catalog) throws(ArchiveError) {
        if folder.has(ExportManifest.fileName) {
            let manifest = try ExportManifest(
                parsing: folder.read(ExportManifest.fileName, bytesMax: Limits.archiveManifestBytesMax))
            for entry in manifest.tables where table == nil || table == entry.name {
                let logical = try ImportSource.table(entry.name, catalog, in: ExportManifest.fileName)
                for file in entry.files {
                    files.append(
                        File(name: file.name, table: logical, items: file.items, md5: file.md5, own: file))
                }
            }
            return
        }
        let prefix = try ImportSource.prefix(in: folder)
        try readTable(folder, prefix: prefix, table: table, catalog: catalog)
    }

    /// Where the summary lies: in the upload's folder, or in that of an export's id.
    private static func prefix(in folder: ArchiveFolder) throws(ArchiveError) -> String {
        if folder.has(ExportIndexFile.summary) { return "" }
        if folder.folder("AWSDynamoDB").isThere {
            let ids = try folder.folder("AWSDynamoDB").names().filter {
                folder.has("AWSDynamoDB/\($0)/\(ExportIndexFile.summary)")
            }
            if ids.count == 1 { return "AWSDynamoDB/\(ids[0])/" }
        }
        throw .unsupported(
            file: ExportIndexFile.summary,
            reason: "expected it, or the `manifest.json` of an export of Homeroom, at the top of the folder")
    }

    private struct Summary: Decodable {
        var tableArn: String?
        var outputFormat: String?
        var exportType: String?
        var itemCount: Int?
    }

    private struct Line: Decodable {
        var itemCount: Int
        var md5Checksum: String
        var dataFileS3Key: String
    }

    private mutating func readTable(
        _ folder: ArchiveFolder, prefix: String, table: String?, catalog: Catalog
    ) throws(ArchiveError) {
        let name = prefix + ExportIndexFile.summary
        let summary: Summary
        let bytes = try folder.read(name, bytesMax: Limits.archiveManifestBytesMax)
        do { summary = try JSONDecoder().decode(Summary.self, from: Data(bytes)) } catch {
            throw .damaged(file: name, line: nil, reason: "it is no summary of an export")
        }
        guard summary.outputFormat == "DYNAMODB_JSON" else {
            throw .unsupported(
                file: name,
                reason:
                    "its format is `\(summary.outputFormat ?? "none")`; export with `DYNAMODB_JSON` (Ion is not read)"
            )
        }
        guard summary.exportType != "INCREMENTAL_EXPORT" else {
            throw .unsupported(file: name, reason: "it is an incremental export; make a full one")
        }
        let told = summary.tableArn.flatMap { $0.split(separator: "/").last.map(String.init) }
        guard let tableName = table ?? told else {
            throw .unsupported(file: name, reason: "it names no table; say which with --table")
        }
        let logical = try ImportSource.table(tableName, catalog, in: name)
        let index = prefix + ExportIndexFile.files
        let lines = try folder.read(index, bytesMax: Limits.archiveManifestBytesMax)
            .split(separator: UInt8(ascii: "\n"))
        guard lines.count <= Limits.archiveFilesMax else {
            throw .tooLarge(file: index, limit: "\(Limits.archiveFilesMax) files")
        }
        for (number, text) in lines.enumerated() {
            let line: Line
            do { line = try JSONDecoder().decode(Line.self, from: Data(text)) } catch {
                throw .damaged(file: index, line: number + 1, reason: "it is no entry of a data file")
            }
            // The key is that of the bucket; here the file lies beside the manifests.
            let last = line.dataFileS3Key.split(separator: "/").last.map(String.init) ?? ""
            let file = "\(prefix)data/\(last)"
            guard ArchiveNames.isSafe(file) else {
                throw .damaged(file: index, line: number + 1, reason: "it names a file outside of the folder")
            }
            files.append(
                File(name: file, table: logical, items: line.itemCount, md5: line.md5Checksum, own: nil))
        }
        guard summary.itemCount == nil || summary.itemCount == items else {
            throw .damaged(
                file: index, line: nil,
                reason: "its files have \(items) items together, the summary says \(summary.itemCount ?? 0)")
        }
    }

    private static func table(
        _ name: String, _ catalog: Catalog, in file: String
    ) throws(ArchiveError) -> LogicalTable {
        guard let table = catalog.tables.first(where: { $0.name.text == name }) else {
            let remedy = Suggestion.remedy(for: name, among: catalog.tables.map(\.name.text))
            throw .unsupported(
                file: file,
                reason: "the catalog has no table `\(name)`; name the one it is for with --table: \(remedy)")
        }
        return table
    }
}
