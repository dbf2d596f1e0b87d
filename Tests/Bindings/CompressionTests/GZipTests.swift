import Base
import Compression
import TestKit
import Testing

struct GZipTests {
    /// `printf 'hello' | gzip -n`, gzip 1.12.
    private static let hello: [UInt8] = [
        0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0, 0x86, 0xA6, 0x10,
        0x36, 0x05, 0, 0, 0,
    ]

    @Test func readsWhatGzipWrote() throws {
        #expect(try GZip.decompress(GZipTests.hello, bytesMax: 100) == Array("hello".utf8))
        #expect(
            try GZip.decompress(GZipTests.hello + GZipTests.hello, bytesMax: 100) == Array("hellohello".utf8))
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000], [0, 1, 6, 9])
    func givesBackWhatItCompressed(count: Int, level: Int) throws {
        let random = SeededRandom(seed: UInt64(count + level))
        let bytes = random.bytes(count / 2) + [UInt8](repeating: 7, count: count - count / 2)
        let compressed = GZip.compress(bytes, level: level)
        #expect(try GZip.decompress(compressed, bytesMax: count) == bytes)
        if count > 0 {
            #expect(throws: GZipError.tooLarge(limitBytes: count - 1)) {
                try GZip.decompress(compressed, bytesMax: count - 1)
            }
        }
    }

    @Test func refusesABombEarly() {
        let bomb = GZip.compress([UInt8](repeating: 0, count: 50_000_000), level: 9)
        #expect(bomb.count < 60_000)
        #expect(throws: GZipError.tooLarge(limitBytes: 1_000_000)) {
            try GZip.decompress(bomb, bytesMax: 1_000_000)
        }
    }

    @Test func refusesEveryTruncation() {
        for count in 0..<GZipTests.hello.count {
            #expect(throws: GZipError.damaged) {
                try GZip.decompress(Array(GZipTests.hello.prefix(count)), bytesMax: 100)
            }
        }
    }

    @Test func refusesWhatFollowsAndWhatIsNoGzip() {
        #expect(throws: GZipError.damaged) { try GZip.decompress(GZipTests.hello + [0], bytesMax: 100) }
        #expect(throws: GZipError.damaged) { try GZip.decompress(Array("hello".utf8), bytesMax: 100) }
    }

    @Test func fuzzedBytesDoNotStopIt() throws {
        try Fuzzer("gzip", rounds: 5000, accepting: 0.001...0.6).runParser { random in
            let bytes = GZipTests.hello.mutated(random, changesMax: 2)
            do {
                let text = try GZip.decompress(bytes, bytesMax: 1000)
                try #require(text.count <= 1000)
                return .accepted
            } catch is GZipError { return .refused }
        }
    }
}

struct CRC32Tests {
    /// The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms, and two DynamoDB-like bodies.
    @Test(arguments: [("123456789", 0xCBF4_3926), ("", 0), ("{}", 2_745_614_147), ("a", 0xE8B7_BE43)])
    func matchesPublishedValues(text: String, expected: UInt32) {
        let bytes = Array(text.utf8)
        #expect(CRC32.checksum(of: bytes) == expected)
        #expect(CRC32.checksum(of: bytes.span) == expected)
    }
}
