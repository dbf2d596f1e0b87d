import Base
import Crypto
import FoundationEssentials

/// A copy of an export in a folder of whoever fetched it: files come piece by piece, and what was fetched before is not fetched
/// again. `manifest.json` is written last, when every file is there and is what it says.
public struct ExportCopy: Sendable {
    /// A file that belongs to the copy.
    public struct File: Hashable, Sendable {
        /// Its name in the export.
        public let name: String
        /// Its size, or nil where only its end tells.
        public let bytes: Int?
    }

    private let folder: ArchiveFolder
    private let manifest: ExportManifest
    private let manifestBytes: [UInt8]

    /// A copy in the folder at `path`, which is made (mode 0700) where there is none.
    /// - Throws: `.damaged` where the bytes are no manifest; `.unsupported` where the folder holds another export.
    public init(path: String, manifest bytes: [UInt8]) throws(ArchiveError) {
        folder = ArchiveFolder(path)
        manifest = try ExportManifest(parsing: bytes)
        manifestBytes = bytes
        try folder.make()
        let note = ".\(ExportManifest.fileName).fetching"
        for name in [ExportManifest.fileName, note] where folder.has(name) {
            guard try folder.read(name, bytesMax: Limits.archiveManifestBytesMax) == bytes else {
                throw .unsupported(file: name, reason: "the folder holds another export; name an empty one")
            }
        }
        if !folder.has(ExportManifest.fileName) { try folder.write(bytes, to: note) }
    }

    /// How many items the export has.
    public var items: Int { manifest.items }
    /// The moment that it shows.
    public var instant: Timestamp { manifest.instant }
    /// The size of its parts in bytes.
    public var bytes: Int { manifest.files.reduce(0) { $0 + $1.bytes } }

    /// All files but the manifest.
    public var files: [File] {
        manifest.tables.flatMap { table in
            table.files.map { File(name: $0.name, bytes: $0.bytes) }
                + [
                    ExportIndexFile.files, ExportIndexFile.filesChecksum, ExportIndexFile.summary,
                    ExportIndexFile.summaryChecksum,
                ].map { File(name: "\(table.name)/\($0)", bytes: nil) }
        }
    }

    /// How many bytes of the file are there, or nil where all of it is.
    public func position(of file: File) throws(ArchiveError) -> Int? {
        if folder.has(file.name) { return nil }
        return try folder.size(of: file.name + ".fetching") ?? 0
    }

    /// Adds bytes to the file.
    public func add(_ bytes: [UInt8], to file: File) throws(ArchiveError) {
        if let slash = file.name.lastIndex(of: "/") { try folder.folder(String(file.name[..<slash])).make() }
        try folder.append(bytes, to: file.name + ".fetching")
    }

    /// Says that the file is complete.
    /// - Throws: `.damaged` where it is not what the manifest says; then it is fetched anew the next time.
    public func complete(_ file: File) throws(ArchiveError) {
        let fetched = file.name + ".fetching"
        if !folder.has(fetched) { try add([], to: file) }
        if var part = manifest.files.first(where: { $0.name == file.name }) {
            let bytes = try SHA256OfFile.digest(folder, fetched)
            guard bytes == part.sha256 else {
                try folder.remove(fetched)
                part.name = file.name
                throw .damaged(
                    file: part.name, line: nil,
                    reason: "its SHA-256 is not what the manifest says; fetch it again")
            }
        }
        try folder.rename(fetched, to: file.name)
    }

    /// Ends the copy.
    public func finish() throws(ArchiveError) {
        try folder.write(manifestBytes, to: ExportManifest.fileName)
        try folder.remove(".\(ExportManifest.fileName).fetching")
        try folder.sync()
    }
}

/// The digest of a file as it lies.
enum SHA256OfFile {
    static func digest(_ folder: ArchiveFolder, _ name: String) throws(ArchiveError) -> String {
        let reader = try ArchiveFileReader(folder, name)
        let hasher = SHA256Hasher()
        while let bytes = try reader.next() { hasher.update(bytes) }
        return Hex.encode(hasher.finish().bytes)
    }
}

/// An archive in a folder of whoever wants it imported: which files are to be sent, and their pieces.
public struct ArchiveToSend: Sendable {
    /// A file to send.
    public struct File: Hashable, Sendable {
        /// Its name in the archive.
        public let name: String
        /// Its size.
        public let bytes: Int
    }

    private let folder: ArchiveFolder
    /// The files, manifests among them.
    public let files: [File]

    /// The archive in the folder at `path`.
    /// - Throws: `.unsupported` where there is none.
    public init(path: String) throws(ArchiveError) {
        folder = ArchiveFolder(path)
        let all = try folder.fileSizes()
        let wanted = all.filter { file in
            let name = file.name.split(separator: "/").last.map(String.init) ?? ""
            return ArchiveNames.isSafe(file.name)
                && (name == ExportManifest.fileName || name == ExportIndexFile.files
                    || name == ExportIndexFile.summary
                    || name.hasSuffix(".json.gz") || name.hasSuffix(".json.zst")
                    || (name.hasSuffix(".json") && file.name.contains("data/")))
        }
        guard
            wanted.contains(where: {
                $0.name.hasSuffix(ExportManifest.fileName) || $0.name.hasSuffix(ExportIndexFile.summary)
            })
        else {
            throw .unsupported(
                file: path,
                reason:
                    "expected `manifest.json` of an export of Homeroom, or `manifest-summary.json` of DynamoDB's"
            )
        }
        files = wanted.map { File(name: $0.name, bytes: $0.bytes) }
    }

    /// A piece of the file from `offset` on; empty at its end.
    public func piece(of file: File, from offset: Int) throws(ArchiveError) -> [UInt8] {
        let reader = try ArchiveFileReader(folder, file.name)
        try reader.seek(to: offset)
        return try reader.next(bytesMax: Limits.archivePieceBytes) ?? []
    }
}
