import Base
import Items
import SQLite
import Synchronization
import TestKit
import Testing

@testable import LocalTables
@testable import Tables

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct StoreHealthTests {
    /// What was reported, in order.
    private final class Reports: Sendable {
        let all = Mutex<[String?]>([])

        var report: StoreReport { { _, trouble in self.all.withLock { $0.append(trouble) } } }
        var count: Int { all.withLock { $0.count } }
        var last: String? { all.withLock { $0.last ?? nil } }
    }

    private let id: StoreID
    private let reports = Reports()
    private let health: StoreHealth

    init() throws {
        id = try #require(StoreID("pool"))
        health = StoreHealth(id: id, path: "/pool.sqlite", report: reports.report)
    }

    private static func error(_ code: Int32, _ system: Int32 = 0) -> SQLiteError {
        SQLiteError(code: code, message: "m", systemError: system)
    }

    @Test(
        arguments: [
            (error(13), .diskFull), (error(778, ENOSPC), .diskFull), (error(778, EDQUOT), .diskFull),
            (error(778, EFBIG), .fileTooLarge), (error(8), .readOnly), (error(14, EACCES), .readOnly),
            (error(778, EROFS), .readOnly), (error(11), .damaged), (error(267), .damaged),
            (error(26), .damaged),
            (error(10 | 33 << 8), .damaged), (error(14, EMFILE), .filesExhausted), (error(14), .unreachable),
            (error(10, EIO), .unreachable), (error(7), .memoryExhausted), (error(5), nil), (error(1), nil),
            (error(2067), nil), (error(9), nil),
        ] as [(SQLiteError, StoreFault?)])
    func tellsWhatAnErrorSaysOfTheFile(error: SQLiteError, fault: StoreFault?) {
        #expect(StoreFault(error) == fault)
    }

    @Test func reportsATroubleOnceAndItsEndOnce() {
        #expect(health.writing == .allowed)
        health.noteCommit()
        #expect(reports.count == 0)
        for _ in 0..<3 { health.note(Self.error(13), by: .writer) }
        #expect(reports.count == 1)
        #expect(reports.last?.contains("free space on the disk of `/pool.sqlite`") == true)
        #expect(health.writing == .allowed)
        health.note(Self.error(8), by: .writer)
        #expect(reports.count == 2)
        #expect(health.writing == .afterReopening)
        health.noteCommit()
        health.noteCommit()
        #expect(reports.count == 3)
        #expect(reports.last == nil)
        #expect(health.writing == .allowed)
    }

    @Test func whatOneReadMeetsIsNoTroubleOfTheStoreUnlessItIsDamage() {
        health.note(Self.error(14, EMFILE), by: .reader)
        #expect(reports.count == 0)
        let described = health.described(.storage("x"), by: .reader)
        #expect(
            described
                == .storage(
                    "store `pool`: the process has as many files open as it may; raise that limit (`ulimit -n`): the store "
                        + "goes on by itself; x"))
        #expect(health.writing == .allowed)
        health.note(Self.error(11), by: .reader)
        #expect(reports.count == 1)
        #expect(health.writing == .refused)
        // Nothing but opening the file anew ends that.
        health.noteCommit()
        #expect(health.writing == .refused)
        #expect(reports.count == 1)
        health.expectTheBest()
        #expect(health.writing == .allowed)
    }

    @Test func leavesOtherErrorsAsTheyAre() {
        #expect(health.described(.conditionFailed(nil), by: .writer) == .conditionFailed(nil))
        #expect(health.described(.noSuchStore(id), by: .reader) == .noSuchStore(id))
    }

    // MARK: With a file

    @Test func aFullFileIsReportedAndGoesOnByItself() throws {
        let fixture = try StoreFixture()
        fixture.store.close()
        let store = try LocalStore(
            id: fixture.store.id, path: fixture.folder.path(of: "store.sqlite"),
            surroundings: StoreSurroundings(report: reports.report))
        try store.limitFile(pages: 40)
        let filler = AttributeValue.string(String(repeating: "x", count: 300_000))
        let large = WriteRequest(try fixture.put(fixture.item("a", 1, ["x": filler])))
        for _ in 0..<2 {
            #expect {
                try store.write(large)
            } throws: { error in
                guard case .storage(let text)? = error as? TableError else { return false }
                return text.hasPrefix("store `store`: no space is left for its file")
            }
        }
        #expect(reports.count == 1)
        try store.limitFile(pages: 1_000_000)
        #expect(reports.count == 2)
        #expect(reports.last == nil)
        try store.write(large)
        #expect(try fixture.get("a", 1, from: store) != nil)
    }

    @Test func aStoreThatShouldBeThereIsNotBegunAnew() throws {
        let folder = try TemporaryFolder()
        try folder.write([], to: "empty.sqlite")
        #expect {
            _ = try LocalStore(id: id, path: folder.path(of: "empty.sqlite"), mayCreate: false)
        } throws: { error in
            guard case .storage(let text)? = error as? TableError else { return false }
            return text.contains("is damaged") && text.contains("the file is empty or no store of Homeroom")
        }
        #expect(try folder.bytes(of: "empty.sqlite") == [])
        #expect(throws: TableError.self) {
            _ = try LocalStore(id: id, path: folder.path(of: "none.sqlite"), mayCreate: false)
        }
        // One that is being made may have been left empty by a crash.
        #expect(try LocalStore(id: id, path: folder.path(of: "empty.sqlite")).schemas() == [])
    }

    @Test func nothingIsWrittenToADamagedFile() throws {
        let fixture = try StoreFixture()
        let path = fixture.folder.path(of: "damaged.sqlite")
        do {
            let store = try LocalStore(id: id, path: path)
            try store.create(fixture.schema)
            for number in 0..<200 {
                let filler = AttributeValue.string(String(repeating: "x", count: 1000))
                try store.write(WriteRequest(fixture.put(fixture.item("a\(number)", number, ["x": filler]))))
            }
            store.close()
        }
        var bytes = try fixture.folder.bytes(of: "damaged.sqlite")
        for place in (bytes.count / 2)..<bytes.count { bytes[place] = 0xA5 }
        try fixture.folder.write(bytes, to: "damaged.sqlite")
        let store = try LocalStore(
            id: id, path: path, mayCreate: false, surroundings: StoreSurroundings(report: reports.report))
        var failures = 0
        for number in 0..<200 {
            do { _ = try fixture.get("a\(number)", number, from: store) } catch { failures += 1 }
        }
        #expect((1..<200).contains(failures))
        #expect(reports.count == 1)
        let write = WriteRequest(try fixture.put(fixture.item("a0", 0)))
        #expect {
            try store.write(write)
        } throws: { error in
            guard case .storage(let text)? = error as? TableError else { return false }
            return text.contains("is damaged, and nothing is written to it any more")
        }
        store.close()
        #expect(try fixture.folder.bytes(of: "damaged.sqlite") == bytes)
    }

    /// FULL syncs the log at each commit in this mode. Source: sqlite.org/pragma.html#pragma_synchronous.
    @Test func eachCommitIsSynced() throws {
        let folder = try TemporaryFolder()
        let connection = try StoreFile.openWriter(
            path: folder.path(of: "store.sqlite"), on: SystemFiles(), health: health)
        for (setting, value) in [("synchronous", "2"), ("journal_mode", "wal"), ("cell_size_check", "1")] {
            let select = try connection.prepare("PRAGMA \(setting)")
            #expect(try select.step())
            #expect(select.text(0) == value, "\(setting)")
        }
    }
}
