import Base
import Compression
import Crypto

/// How the lines of a file are compressed.
enum ArchiveCompression: Hashable, Sendable {
    case zstd
    case gzip
    case none

    /// By the file's name.
    init(of name: String) {
        if name.hasSuffix(".zst") {
            self = .zstd
        } else if name.hasSuffix(".gz") {
            self = .gzip
        } else {
            self = .none
        }
    }

    func decompressor() -> (any StreamDecompressor)? {
        switch self {
        case .zstd: ZstdDecompressor(bytesMax: Limits.archiveFileBytesMax)
        case .gzip: GZipDecompressor(bytesMax: Limits.archiveFileBytesMax)
        case .none: nil
        }
    }
}

/// Reads a file of an archive line by line in bounded memory, and learns its digests on the way.
final class ArchiveLines {
    private let name: String
    private let reader: ArchiveFileReader
    private let decompressor: (any StreamDecompressor)?
    private let fileHasher = SHA256Hasher()
    private let checksum = MD5Hasher()
    private let lineHasher = SHA256Hasher()
    private let table: SHA256Hasher?
    private var buffer: [UInt8] = []
    private var position = 0
    private var isFed = false
    private var isAtEnd = false
    /// The number of the line that `next` answered last, from 1.
    private(set) var line = 0
    /// Bytes of lines so far.
    private(set) var lineBytes = 0

    /// The lines of a file; `table` learns of them too.
    init(_ folder: ArchiveFolder, _ name: String, table: SHA256Hasher? = nil) throws(ArchiveError) {
        self.name = name
        self.table = table
        reader = try ArchiveFileReader(folder, name)
        // An empty partition leaves an empty file. Source: Developer Guide, "DynamoDB table export output format".
        decompressor = reader.count == 0 ? nil : ArchiveCompression(of: name).decompressor()
    }

    /// What the file came to; only when `next` has answered nil.
    var digests: (bytes: Int, sha256: String, md5: String, linesSHA256: String) {
        precondition(isAtEnd, "a file's digest is known at its end")
        return (
            reader.count, Hex.encode(fileHasher.finish().bytes), Crypto.Base64.encode(checksum.finish()),
            Hex.encode(lineHasher.finish().bytes)
        )
    }

    /// The next line without its line feed; nil at the end.
    /// - Throws: `.damaged` with the line, where the file is; `.tooLarge` where a line is.
    func next() throws(ArchiveError) -> ArraySlice<UInt8>? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return take(position..<end)
            }
            searched = buffer.count
            guard buffer.count - position <= Limits.archiveLineBytesMax else {
                throw .tooLarge(
                    file: "\(name)`, line `\(line + 1)", limit: "\(Limits.archiveLineBytesMax) bytes")
            }
            if isAtEnd {
                guard position < buffer.count else { return nil }
                defer { position = buffer.count }
                return take(position..<buffer.count)
            }
            if position > 0 {
                searched -= position
                buffer.removeFirst(position)
                position = 0
            }
            try fill()
        }
    }

    private func take(_ range: Range<Int>) -> ArraySlice<UInt8> {
        line += 1
        return buffer[range]
    }

    private func fill() throws(ArchiveError) {
        guard let decompressor else {
            guard let bytes = try reader.next() else {
                isAtEnd = true
                return
            }
            learn(file: bytes)
            return append(bytes)
        }
        do throws(DecompressionError) {
            if isFed, let piece = try decompressor.next() { return append(piece) }
        } catch { throw .damaged(file: name, line: line + 1, reason: error.description) }
        isFed = true
        if let bytes = try reader.next() {
            learn(file: bytes)
            decompressor.feed(bytes)
        } else {
            do throws(DecompressionError) { try decompressor.finish() } catch {
                throw .damaged(file: name, line: line + 1, reason: error.description)
            }
            isAtEnd = true
        }
    }

    private func learn(file bytes: [UInt8]) {
        fileHasher.update(bytes)
        checksum.update(bytes)
    }

    private func append(_ bytes: [UInt8]) {
        lineHasher.update(bytes)
        table?.update(bytes)
        lineBytes += bytes.count
        buffer += bytes
    }

    /// Reads the rest; answers how many lines there are in all.
    func finish() throws(ArchiveError) -> Int {
        while try next() != nil {}
        return line
    }
}

extension ExportManifest.File {
    /// Checks the file in the folder against this description, reading all of it; `table` learns of its lines.
    /// - Throws: `.damaged` with what differs.
    func verify(in folder: ArchiveFolder, table: SHA256Hasher? = nil) throws(ArchiveError) {
        let lines = try ArchiveLines(folder, name, table: table)
        let found = try lines.finish()
        let digests = lines.digests
        func expect(_ isSame: Bool, _ what: String) throws(ArchiveError) {
            guard isSame else {
                throw .damaged(
                    file: name, line: nil, reason: "its \(what) is not what the manifest says; get it anew")
            }
        }
        try expect(digests.bytes == bytes, "size")
        try expect(digests.sha256 == sha256, "SHA-256")
        try expect(digests.md5 == md5, "MD5")
        try expect(found == items, "number of lines")
        try expect(lines.lineBytes == lineBytes, "size of lines")
        try expect(digests.linesSHA256 == linesSHA256, "SHA-256 of lines")
    }
}
