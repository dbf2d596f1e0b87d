import CSQLite

/// The methods of a connection's file, but for this: what is mapped of the file stays mapped from one read to the next.
///
/// At the first read after another connection's commit SQLite lets go of all that it has mapped, lest the file was cut off and made
/// longer again meanwhile: not every system's mappings follow that, Linux's do. Where others write all the time that is a system call
/// at each read, one that interrupts every processor, and a fault for each page that is read then: a seventh of what the server does
/// (figures in Benchmarks/PROFILE.md). Sources: pagerBeginReadTransaction in SQLite's pager.c; mmap(2).
///
/// INVARIANT (nothing behind the end): the mapping is let go of as before where the file has become shorter than what was mapped of it.
/// So it is where the file has grown by much: what lies behind the mapping is read by calls and copied.
struct KeptMapping {
    /// What SQLite calls. First, so that its address is that of the whole.
    private var methods: sqlite3_io_methods
    private let original: UnsafePointer<sqlite3_io_methods>
    /// The most that is mapped.
    private let bytesMax: Int64
    /// How much of the file is mapped, at the least as much as is.
    private var mappedBytes: Int64 = 0

    /// Has the file of a connection keep its mapping until it is closed; nothing where its file system maps none.
    static func install(on file: UnsafeMutablePointer<sqlite3_file>, bytesMax: Int64) {
        // xFetch and xUnfetch came with version 3. Source: sqlite.org/c3ref/io_methods.html.
        guard let original = file.pointee.pMethods, original.pointee.iVersion >= 3 else { return }
        let kept = UnsafeMutablePointer<KeptMapping>.allocate(capacity: 1)
        kept.initialize(to: KeptMapping(methods: original.pointee, original: original, bytesMax: bytesMax))
        kept.pointee.methods.xUnfetch = { file, offset, page in
            guard let file, let kept = KeptMapping.of(file) else { return SQLITE_MISUSE }
            if page == nil, kept.pointee.isFit(file) { return SQLITE_OK }
            if page == nil { kept.pointee.noteNextMapping() }
            return kept.pointee.original.pointee.xUnfetch(file, offset, page)
        }
        kept.pointee.methods.xClose = { file in
            guard let file, let kept = KeptMapping.of(file) else { return SQLITE_MISUSE }
            let code = kept.pointee.original.pointee.xClose(file)
            kept.deallocate()
            return code
        }
        kept.pointee.noteNextMapping()
        file.pointee.pMethods = UnsafePointer(OpaquePointer(kept))
    }

    private static func of(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<KeptMapping>? {
        UnsafeMutablePointer(OpaquePointer(file.pointee.pMethods))
    }

    /// Sees how long the file is when it is mapped next, and then no more: a page is fetched for each that is read.
    private mutating func noteNextMapping() {
        mappedBytes = 0
        methods.xFetch = { file, offset, count, page in
            guard let file, let kept = KeptMapping.of(file) else { return SQLITE_MISUSE }
            kept.pointee.methods.xFetch = kept.pointee.original.pointee.xFetch
            let code = kept.pointee.original.pointee.xFetch(file, offset, count, page)
            // Where it is not known it counts as too short, and the next look lets go of it.
            kept.pointee.mappedBytes = kept.pointee.bytes(of: file) ?? .max
            return code
        }
    }

    /// Whether what is mapped may stay, by how long the file is now.
    private func isFit(_ file: UnsafeMutablePointer<sqlite3_file>) -> Bool {
        guard let bytes = bytes(of: file), bytes >= mappedBytes else { return false }
        return bytes - mappedBytes <= max(mappedBytes / 8, 1 << 20)
    }

    /// How much of the file may be mapped.
    private func bytes(of file: UnsafeMutablePointer<sqlite3_file>) -> Int64? {
        var size: sqlite3_int64 = 0
        guard original.pointee.xFileSize(file, &size) == SQLITE_OK else { return nil }
        return min(size, bytesMax)
    }
}
