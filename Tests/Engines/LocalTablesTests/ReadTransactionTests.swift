import Base
import Dispatch
import FoundationEssentials
import Items
import LocalTables
import Synchronization
import Tables
import TestKit
import Testing

/// Readers keep their transactions open while nobody writes: nobody may notice.
@Suite struct ReadTransactionTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    private func write(_ value: Int) throws {
        let item = try fixture.item("a", 1, ["value": fixture.number(value)])
        try fixture.store.write(WriteRequest(fixture.put(item)))
    }

    private func read() throws -> Int {
        guard case .number(let number)? = try fixture.get("a", 1)?["value"] else { return -1 }
        return Int(number.text) ?? -2
    }

    @Test func aReadSeesEachAcknowledgedWriteHoweverManyReadsCameBefore() throws {
        #expect(try read() == -1)
        for value in 0..<50 {
            try write(value)
            for _ in 0...(value % 4) { #expect(try read() == value) }
        }
    }

    @Test func readersOnOtherThreadsNeverSeeLessThanWasAcknowledged() throws {
        try write(0)
        let acknowledged = Atomic<Int>(0)
        let isDone = Atomic<Bool>(false)
        let stale = Atomic<Int>(0)
        let failures = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 3) { worker in
            do {
                if worker == 0 {
                    defer { isDone.store(true, ordering: .releasing) }
                    for value in 1...300 {
                        try write(value)
                        acknowledged.store(value, ordering: .releasing)
                    }
                } else {
                    while !isDone.load(ordering: .acquiring) {
                        let floor = acknowledged.load(ordering: .acquiring)
                        if try read() < floor { stale.add(1, ordering: .relaxed) }
                    }
                }
            } catch { failures.add(1, ordering: .relaxed) }
        }
        #expect(stale.load(ordering: .relaxed) == 0)
        #expect(failures.load(ordering: .relaxed) == 0)
        #expect(try read() == 300)
    }

    @Test func idleReadersDoNotKeepTheLogFromBeingEmptied() throws {
        let large = AttributeValue.string(String(repeating: "x", count: 300_000))
        for round in 0..<6 {
            for number in 0..<40 {
                // Twice: the second read keeps its transaction.
                for _ in 0..<2 { _ = try fixture.get("a", number) }
                let item = try fixture.item("a", number, ["text": large, "round": fixture.number(round)])
                try fixture.store.write(WriteRequest(fixture.put(item)))
            }
        }
        let log = fixture.folder.path(of: "store.sqlite-wal")
        let attributes = try FileManager.default.attributesOfItem(atPath: log)
        let bytes = try #require(attributes[.size] as? Int ?? (attributes[.size] as? UInt64).map { Int($0) })
        // 72 MB were written; the log is emptied each 16 MB.
        #expect(bytes < 24 << 20)
    }
}
