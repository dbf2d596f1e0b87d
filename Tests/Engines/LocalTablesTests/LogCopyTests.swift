import Base
import Foundation
import Items
import SQLite
import Synchronization
import Tables
import TestKit
import Testing

@testable import LocalTables

/// A store's log, which is copied into its file beside the writer.
@Suite struct LogCopyTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    private func store(logPagesCopied: Int) throws -> LocalStore {
        fixture.store.close()
        return try LocalStore(
            id: fixture.store.id, path: fixture.folder.path(of: "store.sqlite"),
            surroundings: StoreSurroundings(logPagesCopied: logPagesCopied))
    }

    private func bytes(_ ending: String) throws -> Int {
        let path = fixture.folder.path(of: "store.sqlite" + ending)
        return try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    /// Writes so much that the log would hold 1,000 pages and more, item by item.
    private func fill(_ store: LocalStore) throws {
        for number in 0..<300 {
            try store.write(
                WriteRequest(
                    fixture.put(
                        fixture.item("p\(number)", 1, ["x": .string(String(repeating: "x", count: 8000))]))))
        }
    }

    /// The files of this process whose paths begin so.
    private func openFiles(_ path: String) throws -> [String] {
        let folder = "/proc/self/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { number in
            // Other tests close theirs meanwhile.
            let link = folder + "/" + number
            do { return try FileManager.default.destinationOfSymbolicLink(atPath: link) } catch { return nil }
        }.filter { $0.hasPrefix(path) }
    }

    @Test func theLogBeginsAnewWhileWritesGoOn() throws {
        let store = try store(logPagesCopied: 20)
        try fill(store)
        #expect(try bytes("-wal") < 2_000_000, "a few copies' worth: it was begun anew again and again")
        #expect(try bytes("") > 2_000_000)
        for number in 0..<300 { #expect(try fixture.get("p\(number)", 1, from: store) != nil) }
        let reopened = try {
            store.close()
            return try self.store(logPagesCopied: .max)
        }()
        for number in 0..<300 { #expect(try fixture.get("p\(number)", 1, from: reopened) != nil) }
    }

    @Test func aClosedStoreHasLetGoOfItsFileWhoeverHoldsIt() throws {
        let store = try store(logPagesCopied: 20)
        try fill(store)
        #expect(try fixture.get("p1", 1, from: store) != nil)
        let path = fixture.folder.path(of: "store.sqlite")
        #expect(try !openFiles(path).isEmpty)
        store.close()
        #expect(try openFiles(path) == [])
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        #expect(throws: TableError.noSuchStore(store.id)) { try fixture.get("p1", 1, from: store) }
        #expect(throws: TableError.noSuchStore(store.id)) { try store.prepareForHaste() }
        #expect(throws: TableError.noSuchStore(store.id)) { try store.residents() }
        #expect(store.writeRates().isEmpty)
        store.close()
        let reopened = try self.store(logPagesCopied: 20)
        #expect(try fixture.get("p299", 1, from: reopened) != nil)
    }

    @Test func withoutItAllIsInTheLog() throws {
        let store = try store(logPagesCopied: .max)
        try fill(store)
        #expect(try bytes("-wal") > 4_000_000)
        #expect(try bytes("") < 1_000_000)
    }

    @Test func writesGoOnWhereTheLogCannotBeCopiedBesideThem() throws {
        let store = try store(logPagesCopied: 20)
        let path = fixture.folder.path(of: "store.sqlite")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        for number in 0..<100 { try store.write(WriteRequest(fixture.put(fixture.item("p\(number)", 1)))) }
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        #expect(try store.read(ReadRange(table: fixture.table)).rows.count == 100)
    }

    @Test func aKeptLogIsToldOfAgainBehindOtherFaultsAndKeepsNobodyFromWriting() {
        let told = Mutex<[String]>([])
        let health = StoreHealth(id: fixture.store.id, path: "there") { _, trouble in
            told.withLock { $0.append(trouble ?? "none") }
        }
        let failedSync = SQLiteError(code: 10 | 4 << 8, message: "disk I/O error", systemError: 5)
        health.note(failedSync, by: .writer)
        #expect(health.writing == .afterReopening)
        health.noteFailedCopy(failedSync)
        health.noteCommit()
        #expect(health.writing == .allowed)
        #expect(!health.mayCopyLog)
        health.note(SQLiteError(code: 13, message: "database or disk is full", systemError: 28), by: .writer)
        health.noteCommit()
        let last = told.withLock { $0.last }
        #expect(last?.contains("start the server again") == true)
        #expect(!told.withLock { $0.contains("none") })
    }

    @Test func whatAFullDiskRefusesKeepsNoLog() {
        let health = StoreHealth(id: fixture.store.id, path: "there", report: { _, _ in })
        health.noteFailedCopy(SQLiteError(code: 13, message: "database or disk is full", systemError: 28))
        #expect(health.mayCopyLog)
    }

    @Test func aCopyIsDueSoManyPagesAtATimeAndSoonerWhereTheLogDoesNotBeginAnew() {
        let copier = LogCopier(
            id: fixture.store.id, path: "nowhere", files: SystemFiles(),
            health: StoreHealth(id: fixture.store.id, path: "nowhere", report: { _, _ in }), pagesMin: 100)
        var now: UInt64 = 0
        let due = { (pages: [Int], step: UInt64) in
            pages.filter {
                now += step
                return copier.logHasGrown(to: $0, since: 0, now: now)
            }
        }
        let calm = Limits.logCopyNanoseconds
        #expect(due([10, 99, 100, 101, 199, 200, 350, 400], calm) == [100, 200, 350])
        #expect(due([5, 104, 105, 204], calm) == [104, 204], "it has begun anew")
        #expect(due([1, 300, 700, 801, 900], calm / 100) == [801], "they come fast")
        let long = due([1600, 1601, 1615, 1616, 1620, 1628], calm / 100)
        #expect(long == [1601, 1616, 1628], "it does not begin anew")
        #expect(due([3], calm) == [])
        #expect(due([2, 4, 150], calm) == [150])
    }

    @Test func aLogIsEmptiedAndAFileRewrittenWhileItIsCopied() throws {
        let store = try store(logPagesCopied: 1)
        for round in 0..<20 {
            for number in 0..<20 {
                try store.write(WriteRequest(fixture.put(fixture.item("p\(round)", number))))
            }
            #expect(try store.scrub(bytesMax: .max))
            try store.prepareForHaste()
        }
        #expect(try store.read(ReadRange(table: fixture.table)).rows.count == 400)
    }
}
