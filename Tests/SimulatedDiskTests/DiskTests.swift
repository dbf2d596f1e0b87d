import Base
import LocalTables
import SQLite
import SimulatedDisk
import Tables
import TestKit
import Testing

@Suite struct DiskTests {
    let disk = SimulatedDisk()

    private func connection(
        _ process: SimulatedProcess, _ path: String = "/a", _ mode: Connection.Mode = .create
    ) throws -> Connection {
        try Connection(path: path, mode: mode, fileSystem: process.nameInSQLite)
    }

    /// A table `t` in a log, synced.
    private func filled(_ process: SimulatedProcess) throws -> Connection {
        let connection = try connection(process)
        try connection.execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a); INSERT INTO t VALUES (1)"
        )
        return connection
    }

    private func rows(_ connection: Connection) throws -> Int64 {
        let select = try connection.prepare("SELECT count(*) FROM t")
        defer { select.reset() }
        _ = try select.step()
        return select.integer(0)
    }

    @Test(arguments: 0..<64 as Range<UInt64>) func whatWasSyncedIsThereAfterEachCrash(seed: UInt64) throws {
        let first = try filled(disk.start())
        disk.crash(seed: seed)
        #expect(try rows(connection(disk.start())) == 1)
        #expect { try first.execute("INSERT INTO t VALUES (2)") } throws: {
            ($0 as? SQLiteError)?.code == 10 | 20 << 8
        }
    }

    @Test func aKillLeavesWhatWasWritten() throws {
        let first = try filled(disk.start())
        try first.execute("PRAGMA synchronous = OFF; INSERT INTO t VALUES (2)")
        #expect(disk.unsyncedChanges(at: "/a-wal") > 0)
        disk.kill()
        #expect(try rows(connection(disk.start())) == 2)
    }

    @Test func aProcessThatEndedOpensNothing() throws {
        let first = disk.start()
        _ = try filled(first)
        disk.crash(seed: 1)
        #expect(!first.isAlive)
        #expect { try connection(first) } throws: { ($0 as? SQLiteError)?.code == 14 }
        #expect(throws: TableError.storage("`/a`: errno 5 (Input/output error)")) { try first.remove("/a") }
        #expect(disk.paths.contains("/a"))
    }

    @Test(arguments: [
        (DiskOperation.Kind.write, DiskFault.full, 13 as Int32, 28 as Int32),
        (.write, .failing, 10 | 3 << 8, 5), (.sync, .failing, 10 | 4 << 8, 5),
        (.sync, .full, 10 | 4 << 8, 28),
    ])
    func aFaultIsToldAndTakesTheTransactionAlone(
        kind: DiskOperation.Kind, fault: DiskFault, code: Int32, systemError: Int32
    ) throws {
        let connection = try filled(disk.start())
        disk.fail(kind, with: fault)
        #expect { try connection.execute("INSERT INTO t VALUES (2)") } throws: {
            guard let error = $0 as? SQLiteError else { return false }
            return error.code == code && (code == 13 || error.systemError == systemError)
        }
        try connection.execute("INSERT INTO t VALUES (3)")
        #expect(try rows(connection) == 2)
    }

    @Test func theFaultComesAfterSoManyOperationsOfItsKind() throws {
        let connection = try filled(disk.start())
        disk.fail(.sync, with: .failing, after: 1, pathEnding: "-wal")
        let before = disk.count(of: .sync)
        try connection.execute("INSERT INTO t VALUES (2)")
        #expect(disk.count(of: .sync) == before + 1)
        #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES (3)") }
        disk.fail(.write, with: .full, count: nil)
        for _ in 0..<3 {
            #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES (4)") }
        }
        disk.heal()
        try connection.execute("INSERT INTO t VALUES (5)")
    }

    @Test func aSecondWriterWaitsForTheFirst() throws {
        let process = disk.start(sleep: { _ in })
        let first = try filled(process)
        let second = try connection(process)
        try first.execute("BEGIN IMMEDIATE")
        #expect { try second.execute("BEGIN IMMEDIATE") } throws: { ($0 as? SQLiteError)?.code == 5 }
        #expect(try rows(second) == 1)
        try first.execute("INSERT INTO t VALUES (2)")
        #expect(try rows(second) == 1)
        try first.execute("COMMIT")
        #expect(try rows(second) == 2)
        try second.execute("BEGIN IMMEDIATE; INSERT INTO t VALUES (3); COMMIT")
        #expect(try rows(first) == 3)
    }

    @Test func aReaderKeepsAWriterOutWithoutALog() throws {
        let process = disk.start(sleep: { _ in })
        let writer = try connection(process)
        try writer.execute("PRAGMA journal_mode = DELETE; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        let reader = try connection(process, "/a", .readOnly)
        try reader.execute("BEGIN")
        #expect(try rows(reader) == 1)
        #expect { try writer.execute("INSERT INTO t VALUES (2)") } throws: { ($0 as? SQLiteError)?.code == 5 }
        try reader.execute("COMMIT")
        try writer.execute("INSERT INTO t VALUES (2)")
        #expect(try rows(reader) == 2)
    }

    // MARK: Names

    @Test func aNameIsKeptWhenItsFolderIsSynced() throws {
        var outcomes: Set<[String]> = []
        for seed in 0..<64 as Range<UInt64> {
            for isSynced in [false, true] {
                let disk = SimulatedDisk()
                let process = disk.start()
                _ = try filled(process, on: disk)
                try process.rename("/a", to: "/b")
                if isSynced { try process.sync(folder: "/") }
                disk.crash(seed: seed)
                let names = disk.paths.filter { !$0.contains("-") }
                if isSynced { #expect(names == ["/b"]) } else { outcomes.insert(names) }
            }
        }
        #expect(outcomes == [["/a"], ["/b"]])
    }

    private func filled(_ process: SimulatedProcess, on disk: SimulatedDisk) throws -> Connection {
        let connection = try connection(process)
        try connection.execute("PRAGMA synchronous = FULL; CREATE TABLE t (a)")
        return connection
    }

    @Test func namesOfOneFolderAreListedInOrder() throws {
        let process = disk.start()
        try process.makeFolder("/x/y")
        for path in ["/x/y/b", "/x/y/a", "/x/c"] {
            try connection(process, path).execute("CREATE TABLE t (a)")
        }
        #expect(try process.names(in: "/x/y") == ["a", "b"])
        #expect(try process.names(in: "/x") == ["c"])
        #expect(try process.bytes(at: "/x/y/a") == disk.bytes(at: "/x/y/a")?.count)
        #expect(try process.bytes(at: "/x/none") == nil)
        #expect(throws: TableError.storage("`/none`: errno 2 (No such file or directory)")) {
            try process.names(in: "/none")
        }
    }

    @Test func twoDisksKnowNothingOfEachOther() throws {
        let other = SimulatedDisk()
        let mine = try filled(disk.start())
        let theirs = other.start()
        #expect(throws: SQLiteError.self) { try connection(theirs, "/a", .readOnly) }
        other.crash(seed: 1)
        #expect(try rows(mine) == 1)
        #expect(!theirs.isAlive)
    }
}
