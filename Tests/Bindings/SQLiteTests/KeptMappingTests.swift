import Foundation
import SQLite
import TestKit
import Testing

/// A file's mapping while others write to the file.
@Suite struct KeptMappingTests {
    private static let itemBytes = 1000
    private let folder: TemporaryFolder
    private let writer: Connection
    private let reader: Connection

    init() throws {
        folder = try TemporaryFolder()
        let path = folder.path(of: "a.sqlite")
        writer = try Connection(path: path, mode: .create, isExclusive: true)
        try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE a (k INTEGER PRIMARY KEY, v BLOB)")
        reader = try Connection(path: path, mode: .readOnly, isExclusive: true)
        try reader.map(bytesMax: 1 << 30)
    }

    /// Adds items and copies the log into the file.
    private func write(_ count: Int) throws {
        try writer.execute(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO a (v) SELECT zeroblob(\(Self.itemBytes)) FROM n
            """)
        try #require(try writer.checkpoint())
    }

    /// How many items the reader finds, by reading each.
    private func read() throws -> Int64 {
        let select = try reader.prepare("SELECT count(*) FROM a WHERE length(hex(v)) = \(2 * Self.itemBytes)")
        defer { select.reset() }
        try #require(try select.step())
        return select.integer(0)
    }

    /// Where the file is mapped.
    private func mapping() throws -> Range<UInt>? {
        // It says that it has no bytes, and comes in pieces.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
        var bytes = Data()
        while let more = try file.read(upToCount: 1 << 16), !more.isEmpty { bytes += more }
        let maps = String(decoding: bytes, as: UTF8.self)
        let path = folder.path(of: "a.sqlite")
        let lines = maps.split(separator: "\n").filter { $0.hasSuffix(path) }
        try #require(lines.count <= 1)
        guard let ends = lines.first?.prefix(while: { $0 != " " }).split(separator: "-") else { return nil }
        return try #require(UInt(ends[0], radix: 16))..<#require(UInt(ends[1], radix: 16))
    }

    private func fileBytes() throws -> UInt {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(of: "a.sqlite"))
        return try #require(attributes[.size] as? UInt)
    }

    @Test func itStaysWhereOthersWriteAndWhatTheyWroteIsRead() throws {
        try write(4000)
        #expect(try read() == 4000)
        let mapped = try #require(try mapping())
        for round in 1...20 {
            try write(10)
            #expect(try read() == 4000 + Int64(round) * 10)
            #expect(try mapping() == mapped)
        }
        // What is mapped is the file's own: changed in place it reads so.
        try writer.execute("UPDATE a SET v = x'01' WHERE k <= 100")
        try #require(try writer.checkpoint())
        #expect(try read() == 4100)
        #expect(try mapping() == mapped)
    }

    @Test func aFileThatHasGrownByMuchIsMappedAnew() throws {
        try write(1000)
        #expect(try read() == 1000)
        let before = try #require(try mapping())
        try write(4000)
        #expect(try read() == 5000)
        let after = try #require(try mapping())
        #expect(try after.count > before.count && after.count >= Int(fileBytes()))
    }

    /// What lies behind its end ends the process that touches it.
    @Test func aFileThatHasBecomeShorterIsMappedAnew() throws {
        try write(4000)
        #expect(try read() == 4000)
        let before = try #require(try mapping())
        try writer.execute("DELETE FROM a WHERE k > 100; VACUUM")
        try #require(try writer.checkpoint())
        try #require(try fileBytes() < UInt(before.count) / 2)
        #expect(try read() == 100)
        let after = try #require(try mapping())
        #expect(after.count < before.count / 2)
        try write(4000)
        #expect(try read() == 4100)
    }

    @Test func itGoesWithItsConnection() throws {
        let path = folder.path(of: "a.sqlite")
        try write(100)
        do {
            let reader = try Connection(path: path, mode: .readOnly, isExclusive: true)
            try reader.map(bytesMax: 1 << 30)
            // Asked for again it is as it was.
            try reader.map(bytesMax: 1 << 30)
            let select = try reader.prepare("SELECT max(k) FROM a")
            #expect(try select.step() && select.integer(0) == 100)
            #expect(try mapping() != nil)
        }
        #expect(try mapping() == nil)
    }
}
