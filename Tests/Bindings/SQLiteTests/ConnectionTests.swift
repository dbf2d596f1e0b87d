import Base
import SQLite
import Synchronization
import TestKit
import Testing

@Suite struct ConnectionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open() throws -> Connection {
        let connection = try Connection(path: folder.path(of: "a.sqlite"), mode: .create)
        try connection.execute("CREATE TABLE IF NOT EXISTS a (k BLOB PRIMARY KEY, n INTEGER)")
        return connection
    }

    @Test func keepsBytesAndIntegers() throws {
        let connection = try open()
        let insert = try connection.prepare("INSERT INTO a VALUES (?, ?)")
        for (key, number) in [([0, 255, 1], 7), ([], Int64.min)] as [([UInt8], Int64)] {
            try insert.bind(key, at: 1)
            try insert.bind(number, at: 2)
            try insert.run()
        }
        let select = try connection.prepare("SELECT k, n, typeof(k) FROM a ORDER BY k")
        #expect(try select.step())
        #expect(select.bytes(0) == [])
        #expect(select.integer(1) == Int64.min)
        #expect(select.text(2) == "blob")
        #expect(try select.step())
        #expect(select.bytes(0) == [0, 255, 1])
        #expect(try !select.step())
    }

    @Test func appendsTheFirstRowOfBorrowedKeys() throws {
        let connection = try open()
        try connection.execute("INSERT INTO a VALUES (x'01', 7), (x'', 8)")
        let select = try connection.prepare("SELECT n, k || x'FF' FROM a WHERE k = ? AND x'02' = ?")
        let buffer = ByteBuffer()
        func find(_ key: [UInt8], _ other: [UInt8] = [2]) throws -> Int? {
            try key.withUnsafeBytes { key in
                try other.withUnsafeBytes { try select.appendFirstRow(binding: key, $0, to: buffer) }
            }
        }
        #expect(try find([1]) == 7)
        #expect(try find([3]) == nil)
        #expect(try find([1], [3]) == nil)
        #expect(try find([]) == 8)
        #expect(Array(buffer.bytes) == [1, 0xFF, 0xFF])
    }

    @Test(.timeLimit(.minutes(1)))
    func emptyingTheLogWaitsForNoReaderHoweverPatientItsConnectionIs() throws {
        let (writer, reader) = (try open(), try open())
        try writer.setBusyTimeout(milliseconds: 600_000)
        try writer.execute("PRAGMA journal_mode = WAL; INSERT INTO a VALUES (x'01', 7)")
        try reader.execute("BEGIN; SELECT * FROM a")
        try writer.execute("INSERT INTO a VALUES (x'02', 8)")
        #expect(try !writer.checkpoint())
        try reader.execute("COMMIT")
        #expect(try writer.checkpoint())
    }

    @Test func namesTheStatementThatFailed() throws {
        let connection = try open()
        #expect { try connection.execute("SELECT missing FROM a") } throws: { error in
            (error as? SQLiteError)?.sql == "SELECT missing FROM a"
                && (error as? SQLiteError)?.message == "no such column: missing"
        }
        let insert = try connection.prepare("INSERT INTO a VALUES (x'00', 1)")
        try insert.run()
        #expect { try insert.run() } throws: { ($0 as? SQLiteError)?.code == 1555 }
        #expect(!connection.isInTransaction)
    }

    @Test func refusesToReadWhatIsNotThere() {
        #expect { try Connection(path: folder.path(of: "none"), mode: .readOnly) } throws: {
            ($0 as? SQLiteError)?.code == 14
        }
    }

    @Test func readOnlyConnectionsCannotWrite() throws {
        _ = try open()
        let reader = try Connection(path: folder.path(of: "a.sqlite"), mode: .readOnly)
        #expect { try reader.execute("DELETE FROM a") } throws: { ($0 as? SQLiteError)?.code == 8 }
    }

    @Test func tellsOfEachCallThatFailsAndWhatTheSystemSaid() throws {
        let seen = Mutex<[SQLiteError]>([])
        let path = folder.path(of: "none/a.sqlite")
        #expect(throws: SQLiteError.self) {
            try Connection(path: path, mode: .create) { error in seen.withLock { $0.append(error) } }
        }
        let connection = try Connection(path: folder.path(of: "a.sqlite"), mode: .create) { error in
            seen.withLock { $0.append(error) }
        }
        #expect(throws: SQLiteError.self) { try connection.execute("SELECT * FROM missing") }
        let found = seen.withLock { $0 }
        #expect(found.map(\.code) == [14, 1])
        #expect(found.map(\.systemError) == [2, 0])
        #expect(found[0].description.contains("(No such file or directory)"))
    }

    @Test(arguments: [false, true])
    func copiesTheLogIntoTheFileOnClosingUnlessItIsKept(isKept: Bool) throws {
        let database = "a.sqlite"
        var before: [UInt8] = []
        do {
            let connection = try open()
            try connection.execute("PRAGMA journal_mode = WAL; INSERT INTO a VALUES (x'01', 1)")
            if isKept { try connection.keepLogOnClose() }
            before = try folder.bytes(of: database)
        }
        #expect(try (folder.bytes(of: database) == before) == isKept)
        let select = try open().prepare("SELECT count(*) FROM a")
        #expect(try select.step() && select.integer(0) == 1)
    }
}
