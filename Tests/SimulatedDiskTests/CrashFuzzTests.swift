import Base
import SQLite
import SimulatedDisk
import Synchronization
import TestKit
import Testing

@Suite struct CrashFuzzTests {
    /// Four crashes a round.
    @Test func fuzzCrashesTakeNothingThatWasAcknowledged() throws {
        var acknowledged = 0
        var crashes = 0
        try Fuzzer("crashes of a store's file", rounds: 500).run { random in
            let program = CrashProgram(random)
            for _ in 0..<4 { try program.live() }
            try program.finish()
            acknowledged += program.acknowledged
            crashes += program.crashes
        }
        #expect(crashes % 4 == 0)
        // A single seed may crash before anything is acknowledged.
        if crashes >= 2000 { #expect(acknowledged > crashes) }
        print("crashes: \(crashes), acknowledged transactions: \(acknowledged)")
    }

    /// The disk does lose: without syncs the same programs find damage or lost transactions.
    @Test func unsyncedTransactionsAreLostOrTheFileIsDamaged() {
        var failures = 0
        for seed in 0..<200 as Range<UInt64> {
            let program = CrashProgram(SeededRandom(seed: seed), isSynced: false)
            do {
                for _ in 0..<4 { try program.live() }
                try program.finish()
            } catch { failures += 1 }
        }
        #expect(failures > 100)
    }

    @Test func theSameSeedGivesTheSameHistory() throws {
        func history() throws -> [String] {
            let disk = SimulatedDisk()
            let log = Mutex<[String]>([])
            let process = disk.start(clock: ManualClock(), seed: 5)
            disk.onOperation { operation in
                log.withLock { $0.append("\(operation.number) \(operation.kind) \(operation.path)") }
            }
            let connection = try Connection(path: "/a", mode: .create, fileSystem: process.nameInSQLite)
            try connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
            let outcome = disk.crash(seed: 11)
            return log.withLock { $0 } + ["\(outcome)"]
        }
        let first = try history()
        #expect(first.count > 10)
        #expect(try history() == first)
    }
}
