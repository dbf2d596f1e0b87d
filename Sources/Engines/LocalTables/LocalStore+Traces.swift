import Base
import Glibc
import Items
import SQLite
import Tables

/// What is left of a tenant beside its items, and its removal.
extension LocalStore: TraceKeeper {
    /// What the store knows of the tenant beside its items.
    public func traces(of tenant: TenantID) throws(TableError) -> TenantTraces {
        try writer.perform { session throws(TableError) in try session.traces(of: tenant) }
    }

    /// Removes the tenant's entries from a part of the journal.
    public func removeJournal(
        of tenant: TenantID, after sequence: Int64, entriesMax: Int,
        matching: (@Sendable (TableName?, EncodedKey) -> Bool)?
    ) throws(TableError) -> JournalSweep {
        try writer.perform { session throws(TableError) in
            try session.removeJournal(
                of: tenant, after: sequence, entriesMax: entriesMax, matching: matching)
        }
    }

    /// How many of the tenant's entries in the journal are of such keys.
    public func journalCount(
        of tenant: TenantID, isOver: () -> Bool,
        matching: @escaping @Sendable (TableName?, EncodedKey) -> Bool
    ) throws(TableError) -> Int {
        var count = 0
        var after: Int64? = 0
        while let sequence = after, !isOver() {
            let part = try writer.perform { session throws(TableError) in
                do {
                    let found = try session.journal(
                        of: tenant, after: sequence, entriesMax: Limits.tracedEntriesMax, matching: matching)
                    return JournalSweep(removed: found.sequences.count, next: found.next)
                } catch { throw TableError.storage("\(error)") }
            }
            count += part.removed
            after = part.next
        }
        return count
    }

    /// Writes the file anew where it is not larger than that.
    public func scrub(bytesMax: Int) throws(TableError) -> Bool {
        guard let bytes = try files.bytes(at: path) else { throw .storage("`\(path)` is not there") }
        guard bytes <= bytesMax else { return false }
        if try writer.rewriteFile() { return true }
        // A reader that nobody uses now may still stand at an older state, which keeps the log.
        readers.discard()
        guard try writer.emptyLog() else { throw .overloaded(id) }
        return true
    }

    /// How often one of these texts stands in the bytes of the store's files.
    public func occurrences(of texts: [[UInt8]]) throws(TableError) -> Int {
        var count = 0
        for file in [path, path + "-wal"] where try files.isThere(file) {
            count += try ByteSearch.count(texts, inFileAt: file, on: files)
        }
        return count
    }
}

/// Looks for texts in a file's bytes, whatever they belong to.
enum ByteSearch {
    /// How often one of `texts` begins in the file.
    static func count(
        _ texts: [[UInt8]], inFileAt path: String, on files: any StoreFiles
    ) throws(TableError) -> Int {
        var offset = 0
        let overlap = max(0, (texts.map(\.count).max() ?? 1) - 1)
        var buffer = [UInt8](repeating: 0, count: Limits.searchedBytesAtOnce + overlap)
        var kept = 0
        var count = 0
        while true {
            let read = try files.read(
                path, from: offset, into: &buffer, at: kept, bytesMax: Limits.searchedBytesAtOnce)
            offset += read
            let filled = kept + read
            // What begins in the part that is kept for the next round is found there, unless there is none.
            let isLast = read < Limits.searchedBytesAtOnce
            let end = isLast ? filled : filled - overlap
            for text in texts {
                count += ByteSearch.count(text, in: buffer, filled: filled, beginningBefore: end)
            }
            if isLast { return count }
            buffer.replaceSubrange(0..<overlap, with: buffer[(filled - overlap)..<filled])
            kept = overlap
        }
    }

    private static func count(
        _ text: [UInt8], in buffer: [UInt8], filled: Int, beginningBefore end: Int
    ) -> Int {
        buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let first = text.first else { return 0 }
            var count = 0
            var start = 0
            while start < end, let found = memchr(base + start, Int32(first), end - start) {
                let offset = base.distance(to: found)
                if offset + text.count <= filled, memcmp(found, text, text.count) == 0 { count += 1 }
                start = offset + 1
            }
            return count
        }
    }
}
