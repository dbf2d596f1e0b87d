import Base
import Items
import Tables
import TestKit
import Testing

@testable import Archives

@Suite struct BackupChunkTests {
    private let rows = (0..<20).map { number in
        ItemRow(
            key: EncodedKey(
                partition: Array("P\(number / 3)".utf8), sort: number % 3 == 0 ? [] : [UInt8(number)]),
            image: ItemImage(
                bytes: Array(repeating: UInt8(number), count: number * 10), sizeBytes: number * 7))
    }

    private var bytes: [UInt8] { rows.reduce(into: []) { BackupChunk.append($1, to: &$0) } }

    @Test func readsWhatWasAppended() {
        #expect(BackupChunk.rows(bytes, items: 20) == rows)
        #expect(BackupChunk.rows([], items: 0) == [])
    }

    @Test func refusesFewerMoreOrOtherBytes() {
        #expect(BackupChunk.rows(bytes, items: 19) == nil)
        #expect(BackupChunk.rows(bytes, items: 21) == nil)
        #expect(BackupChunk.rows(Array(bytes.dropLast()), items: 20) == nil)
        #expect(BackupChunk.rows(bytes + [0], items: 20) == nil)
        #expect(BackupChunk.rows([], items: .max) == nil)
    }

    @Test func fuzzNeverReadsBeyondItsBytes() {
        let random = SeededRandom(seed: 5)
        for _ in 0..<5000 {
            var broken = bytes
            for _ in 0..<3 {
                let noise = random.bytes(3)
                broken[(Int(noise[0]) << 8 | Int(noise[1])) % broken.count] = noise[2]
            }
            if let found = BackupChunk.rows(broken, items: 20) { #expect(found.count == 20) }
        }
    }
}
