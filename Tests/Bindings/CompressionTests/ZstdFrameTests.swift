import Base
import Compression
import TestKit
import Testing

@Suite struct ZstdFrameTests {
    @Test(arguments: [0, 1, 1000, 300_000]) func bringsBackWhatWasCompressed(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let frame = ZstdFrame.compress(bytes)
        #expect(try ZstdFrame.decompress(frame, expectedBytes: count) == bytes)
        if count > 1000 { #expect(frame.count < count / 10) }
    }

    @Test func refusesAnotherSize() {
        let frame = ZstdFrame.compress([1, 2, 3])
        #expect(throws: ZstdFrameError.wrongSize(expected: 4)) {
            try ZstdFrame.decompress(frame, expectedBytes: 4)
        }
        #expect(throws: ZstdFrameError.self) { try ZstdFrame.decompress(frame, expectedBytes: 2) }
    }

    /// Whatever one changes of a frame, what comes out is what went in or an error.
    @Test func fuzzFindsEveryFlippedByte() throws {
        let random = SeededRandom(seed: 17)
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * $0 / 11) }
        let frame = ZstdFrame.compress(bytes)
        for position in frame.indices {
            var broken = frame
            broken[position] ^= random.bytes(1)[0] | 1
            do throws(ZstdFrameError) {
                #expect(try ZstdFrame.decompress(broken, expectedBytes: bytes.count) == bytes)
            } catch {}
        }
        for length in stride(from: 0, to: frame.count, by: 7) {
            #expect(throws: ZstdFrameError.self) {
                try ZstdFrame.decompress(Array(frame[..<length]), expectedBytes: bytes.count)
            }
        }
    }
}
