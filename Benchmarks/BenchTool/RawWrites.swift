import Base
import SQLite

/// What SQLite itself writes a second into a store's file, in groups of 64 that are synced: the same pragmas, the same statement.
struct RawWrites {
    private static let groupWrites = 64

    private let path: String
    private let table: String
    private let seconds: Int
    private let items: BenchItems
    private let numbers: [Int]

    init(_ arguments: inout Arguments) throws {
        path = try arguments.next("file")
        table = try arguments.next("table")
        seconds = try arguments.nextNumber("seconds")
        items = BenchItems(school: try arguments.option("school"), count: try arguments.number("items"))
        numbers = items.numbers(20_000, seed: try arguments.nextNumber("seed"))
    }

    func measure() throws {
        let connection = try Connection(path: path, mode: .readWrite, isExclusive: true)
        for pragma in [
            "journal_mode = WAL", "synchronous = FULL", "cache_size = -65536", "wal_autocheckpoint = 2000",
            "journal_size_limit = 67108864", "secure_delete = FAST",
        ] {
            try connection.execute("PRAGMA \(pragma)")
        }
        let upsert = try connection.prepare(
            """
            INSERT INTO \(table) (pk, sk, size, item) VALUES (?, ?, ?, ?)
            ON CONFLICT (pk, sk) DO UPDATE SET size = excluded.size, item = excluded.item
            """)
        let sort = Array(items.sort.utf8)
        let rows = numbers.enumerated().map { index, number in
            (
                key: Array(items.partition(number).utf8),
                image: Array(items.item(number, version: index + 1).utf8)
            )
        }
        let clock = SystemClock()
        let started = clock.monotonicNanoseconds()
        let end = started + UInt64(seconds) * 1_000_000_000
        var written = 0
        while clock.monotonicNanoseconds() < end {
            try connection.execute("BEGIN IMMEDIATE")
            for _ in 0..<Self.groupWrites {
                let row = rows[written % rows.count]
                try upsert.bind(row.key, at: 1)
                try upsert.bind(sort, at: 2)
                try upsert.bind(row.image.count, at: 3)
                try upsert.bind(row.image, at: 4)
                try upsert.run()
                written += 1
            }
            try connection.execute("COMMIT")
        }
        print("writes_per_second", Double(written) * 1e9 / Double(clock.monotonicNanoseconds() - started))
    }
}
