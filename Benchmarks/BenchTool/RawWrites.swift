import Base
import SQLite

#if canImport(Glibc)
    import Glibc
#endif

/// What SQLite itself writes a second in groups of 64 that are synced, in the best layout we know: a rowid table with a unique
/// index on the key, pages of 4 KB. Its file is made and filled where there is none.
struct RawWrites {
    private static let groupWrites = 64

    private let path: String
    private let seconds: Int
    private let items: BenchItems
    private let numbers: [Int]

    init(_ arguments: inout Arguments) throws {
        path = try arguments.next("file")
        seconds = try arguments.nextNumber("seconds")
        items = BenchItems(school: try arguments.option("school"), count: try arguments.number("items"))
        numbers = items.writtenNumbers(20_000, seed: try arguments.nextNumber("seed"))
    }

    func measure() throws {
        let isNew = access(path, F_OK) != 0
        let connection = try Connection(path: path, mode: .create, isExclusive: true)
        for pragma in [
            "page_size = 4096", "journal_mode = WAL", "synchronous = FULL", "cache_size = -65536",
            "wal_autocheckpoint = 4000", "journal_size_limit = 67108864",
        ] {
            try connection.execute("PRAGMA \(pragma)")
        }
        if isNew { try fill(connection) }
        let upsert = try connection.prepare(
            """
            INSERT INTO rows (pk, sk, size, item) VALUES (?, ?, ?, ?)
            ON CONFLICT (pk, sk) DO UPDATE SET size = excluded.size, item = excluded.item
            """)
        let rows = numbers.enumerated().map { row($0.element, version: $0.offset + 1) }
        let clock = SystemClock()
        let writtenBefore = try DiskWrites.bytes()
        let started = clock.monotonicNanoseconds()
        let end = started + UInt64(seconds) * 1_000_000_000
        var written = 0
        while clock.monotonicNanoseconds() < end {
            try connection.execute("BEGIN IMMEDIATE")
            for _ in 0..<Self.groupWrites {
                try write(rows[written % rows.count], by: upsert)
                written += 1
            }
            try connection.execute("COMMIT")
        }
        let seconds = Double(clock.monotonicNanoseconds() - started) / 1e9
        print("writes_per_second", Double(written) / seconds)
        let bytes = try DiskWrites.bytes() - writtenBefore
        print("bytes_per_byte", Double(bytes) / Double(written * BenchItems.imageBytes))
    }

    private typealias Row = (key: [UInt8], image: [UInt8])

    private func row(_ number: Int, version: Int) -> Row {
        (Array(items.partition(number).utf8), Array(items.item(number, version: version).utf8))
    }

    private func write(_ row: Row, by statement: Statement) throws {
        try statement.bind(row.key, at: 1)
        try statement.bind(Array(items.sort.utf8), at: 2)
        try statement.bind(row.image.count, at: 3)
        try statement.bind(row.image, at: 4)
        try statement.run()
    }

    private func fill(_ connection: Connection) throws {
        try connection.execute(
            """
            CREATE TABLE rows (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, item BLOB NOT NULL);
            CREATE UNIQUE INDEX rows_key ON rows (pk, sk);
            """)
        let insert = try connection.prepare("INSERT INTO rows (pk, sk, size, item) VALUES (?, ?, ?, ?)")
        try connection.execute("BEGIN IMMEDIATE")
        for number in 0..<items.count { try write(row(number, version: 0), by: insert) }
        try connection.execute("COMMIT")
        _ = try connection.checkpoint()
    }
}

/// What the process has made the disk write. Source: proc_pid_io(5), `write_bytes`.
enum DiskWrites {
    static func bytes() throws -> Int {
        guard let file = fopen("/proc/self/io", "r") else {
            throw UsageError(text: "cannot read /proc/self/io")
        }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("write_bytes: ") else { continue }
            let digits = text.dropFirst(13).prefix { $0.isNumber }
            if let bytes = Int(digits) { return bytes }
        }
        throw UsageError(text: "/proc/self/io does not say `write_bytes`")
    }
}
