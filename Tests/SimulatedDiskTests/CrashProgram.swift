import Base
import SQLite
import SimulatedDisk
import TestKit
import Testing

@testable import LocalTables

/// Random transactions on one file, over crashes and openings, beside what they should have left.
final class CrashProgram {
    private let disk = SimulatedDisk()
    private let random: SeededRandom
    private let path = "/file.sqlite"
    private let isSynced: Bool
    /// What was acknowledged.
    private var rows: [Int64: Int64] = [:]
    /// What the transaction that was under way at the crash would make of it.
    private var attempted: [Int64: Int64]?
    private var transaction: Int64 = 0
    private(set) var acknowledged = 0
    private(set) var crashes = 0

    init(_ random: SeededRandom, isSynced: Bool = true) {
        self.random = random
        self.isSynced = isSynced
    }

    private func number(below bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    /// Opens the file, looks it over, writes until the disk crashes at an operation that is drawn.
    func live() throws {
        let process = disk.start(clock: ManualClock(), seed: random.next())
        let last = number(below: 8) == 0 ? number(below: 60) : number(below: 600)
        let first = disk.operations
        let seed = random.next()
        disk.onOperation { [disk] operation in
            if operation.number - first > last { disk.crash(seed: seed) }
        }
        do throws(SQLiteError) {
            let connection = try open(process)
            try check(try found(connection))
            while true { try write(connection) }
        } catch {
            guard !process.isAlive else { throw error }
            crashes += 1
        }
        disk.onOperation(nil)
    }

    /// Looks the file over when the crashes are over.
    func finish() throws {
        let process = disk.start(clock: ManualClock(), seed: 1)
        let connection = try open(process)
        try check(try found(connection))
    }

    private func open(_ process: SimulatedProcess) throws(SQLiteError) -> Connection {
        let health = StoreHealth(id: storeID, path: path, report: { _, _ in })
        let connection = try StoreFile.openWriter(path: path, on: process, health: health)
        try connection.execute("PRAGMA wal_autocheckpoint = \(1 + number(below: 20))")
        if !isSynced { try connection.execute("PRAGMA synchronous = OFF") }
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS pairs (k INTEGER PRIMARY KEY, v INTEGER NOT NULL, filling BLOB NOT NULL);
            CREATE INDEX IF NOT EXISTS pairs_by_v ON pairs (v)
            """)
        return connection
    }

    private let storeID: StoreID = {
        guard let id = StoreID("store") else { preconditionFailure("a valid name") }
        return id
    }()

    private func found(_ connection: Connection) throws(SQLiteError) -> [Int64: Int64] {
        let integrity = try connection.prepare("PRAGMA integrity_check")
        _ = try integrity.step()
        let verdict = integrity.text(0)
        integrity.reset()
        guard verdict == "ok" else { throw SQLiteError(code: 11, message: verdict) }
        let select = try connection.prepare("SELECT k, v FROM pairs ORDER BY v, k")
        var found: [Int64: Int64] = [:]
        while try select.step() { found[select.integer(0)] = select.integer(1) }
        select.reset()
        return found
    }

    /// What is there is what was acknowledged, or that with all of the transaction that nobody was answered.
    private func check(_ found: [Int64: Int64]) throws(SQLiteError) {
        if found == rows || found == attempted {
            rows = found
            attempted = nil
            return
        }
        throw SQLiteError(
            code: 11, message: "unexplained: expected \(rows) or \(attempted ?? [:]), found \(found)")
    }

    private func write(_ connection: Connection) throws(SQLiteError) {
        transaction += 1
        var next = rows
        try connection.execute("BEGIN IMMEDIATE")
        let upsert = try connection.prepare(
            "INSERT OR REPLACE INTO pairs (k, v, filling) VALUES (?, ?, zeroblob(?))")
        let delete = try connection.prepare("DELETE FROM pairs WHERE k = ?")
        for _ in 0...number(below: 6) {
            let key = Int64(number(below: 50))
            if number(below: 4) == 0 {
                next[key] = nil
                try delete.bind(Int(key), at: 1)
                try delete.run()
            } else {
                next[key] = transaction
                try upsert.bind(Int(key), at: 1)
                try upsert.bind(Int(transaction), at: 2)
                try upsert.bind(number(below: 6000), at: 3)
                try upsert.run()
            }
        }
        attempted = next
        try connection.execute("COMMIT")
        rows = next
        attempted = nil
        acknowledged += 1
    }
}
