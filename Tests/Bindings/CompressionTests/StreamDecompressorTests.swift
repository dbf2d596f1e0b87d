import Base
import Compression
import FoundationEssentials
import Glibc
import TestKit
import Testing

/// Both formats, in the same tests.
enum StreamFormat: CaseIterable {
    case zstd
    case gzip

    func compress(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .zstd:
            var output: [UInt8] = []
            let compressor = ZstdCompressor()
            for start in stride(from: 0, to: bytes.count, by: 10_000) {
                compressor.compress(Array(bytes[start..<min(bytes.count, start + 10_000)]), into: &output)
            }
            compressor.finish(into: &output)
            return output
        case .gzip: return GZip.compress(bytes)
        }
    }

    func decompressor(bytesMax: Int) -> any StreamDecompressor {
        switch self {
        case .zstd: ZstdDecompressor(bytesMax: bytesMax)
        case .gzip: GZipDecompressor(bytesMax: bytesMax)
        }
    }

    /// All of the contents, fed in pieces of so many bytes.
    func decompress(_ bytes: [UInt8], bytesMax: Int, feeding step: Int) throws(DecompressionError) -> [UInt8]
    {
        let decompressor = decompressor(bytesMax: bytesMax)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            decompressor.feed(Array(bytes[start..<min(bytes.count, start + step)]))
            while let piece = try decompressor.next() { output += piece }
        }
        try decompressor.finish()
        return output
    }
}

struct StreamDecompressorTests {
    @Test(arguments: StreamFormat.allCases, [0, 1, 131_071, 131_072, 131_073, 500_000])
    func givesBackWhatWasCompressed(format: StreamFormat, count: Int) throws {
        let random = SeededRandom(seed: UInt64(count))
        let bytes = random.bytes(count / 2) + [UInt8](repeating: 7, count: count - count / 2)
        let compressed = format.compress(bytes)
        for step in [1, 777, 65_536, 1_000_000] where step > 1 || count < 2 {
            #expect(try format.decompress(compressed, bytesMax: count, feeding: step) == bytes)
        }
        #expect(
            try format.decompress(compressed + compressed, bytesMax: 2 * count, feeding: 1000) == bytes
                + bytes)
        if count > 0 {
            #expect(throws: DecompressionError.tooLarge(limitBytes: count - 1)) {
                try format.decompress(compressed, bytesMax: count - 1, feeding: 5000)
            }
        }
    }

    @Test(arguments: StreamFormat.allCases) func refusesABombEarly(format: StreamFormat) {
        let bomb = format.compress([UInt8](repeating: 0, count: 50_000_000))
        #expect(bomb.count < 60_000)
        #expect(throws: DecompressionError.tooLarge(limitBytes: 1_000_000)) {
            try format.decompress(bomb, bytesMax: 1_000_000, feeding: bomb.count)
        }
    }

    @Test(arguments: StreamFormat.allCases) func handsOutPiecesOfABoundedSize(format: StreamFormat) throws {
        let decompressor = format.decompressor(bytesMax: 10_000_000)
        decompressor.feed(format.compress([UInt8](repeating: 1, count: 5_000_000)))
        var total = 0
        while let piece = try decompressor.next() {
            #expect(piece.count <= 128 * 1024)
            total += piece.count
        }
        #expect(total == 5_000_000)
    }

    @Test(arguments: StreamFormat.allCases) func refusesEveryTruncation(format: StreamFormat) {
        let whole = format.compress(Array("hello, hello, hello, district".utf8))
        for count in 0..<whole.count {
            #expect(throws: DecompressionError.damaged) {
                try format.decompress(Array(whole.prefix(count)), bytesMax: 1000, feeding: 3)
            }
        }
    }

    @Test(arguments: StreamFormat.allCases) func refusesEachFlippedBitOfTheContents(format: StreamFormat)
        throws
    {
        let text = Array("hello, hello, hello, district".utf8)
        let whole = format.compress(text)
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 0x10
            // Some bits say nothing of the contents (gzip's time and system); none changes them unnoticed.
            do { #expect(try format.decompress(damaged, bytesMax: 1000, feeding: 9) == text) } catch {
                #expect(error == .damaged || error == .tooLarge(limitBytes: 1000))
            }
        }
    }

    @Test(arguments: StreamFormat.allCases) func refusesWhatFollowsAndOtherFormats(format: StreamFormat) {
        let whole = format.compress(Array("hello".utf8))
        let others = StreamFormat.allCases.filter { $0 != format }.map { $0.compress([1, 2, 3]) }
        for bytes in [whole + [0], Array("hello".utf8)] + others {
            #expect(throws: DecompressionError.damaged) {
                try format.decompress(bytes, bytesMax: 100, feeding: 4)
            }
        }
    }

    @Test(arguments: StreamFormat.allCases) func fuzzedBytesDoNotStopIt(format: StreamFormat) throws {
        let whole = format.compress(
            Array("hello, hello, hello, district".utf8) + SeededRandom(seed: 1).bytes(60))
        try Fuzzer("stream decompression", rounds: 4000, accepting: 0.001...0.6).runParser { random in
            let bytes = whole.mutated(random, changesMax: 2)
            do {
                let text = try format.decompress(bytes, bytesMax: 1000, feeding: 1 + random.below(200))
                try #require(text.count <= 1000)
                return .accepted
            } catch is DecompressionError { return .refused }
        }
    }
}

/// With Debian's `zstd`; skipped where it is not installed.
struct ZstdCommandTests {
    static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/zstd")

    @Test(.enabled(if: isThere)) func readsWhatZstdWroteAndTheOtherWayRound() throws {
        let folder = try TemporaryFolder()
        let random = SeededRandom(seed: 2)
        let bytes =
            (0..<3000).flatMap { Array("line \($0) \(random.below(100))\n".utf8) } + random.bytes(100_000)
        try folder.write(bytes, to: "plain")
        try folder.write(StreamFormat.zstd.compress(bytes), to: "ours.zst")
        let script = """
            cd '\(folder.path)' && /usr/bin/zstd -q -19 plain -o theirs.zst \
            && /usr/bin/zstd -q -t ours.zst && /usr/bin/zstd -q -d ours.zst -o back \
            && /usr/bin/zstd -lv ours.zst | grep -q XXH64
            """
        #expect(system(script) == 0)
        #expect(try folder.bytes(of: "back") == bytes)
        #expect(
            try StreamFormat.zstd.decompress(
                folder.bytes(of: "theirs.zst"), bytesMax: bytes.count, feeding: 4096) == bytes)
    }
}
