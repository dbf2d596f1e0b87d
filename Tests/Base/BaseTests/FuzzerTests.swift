import Base
import TestKit
import Testing

/// The driver of the fuzz tests.
@Suite struct FuzzerTests {
    private struct Found: Error, CustomStringConvertible { let description = "something" }

    @Test func aBriefRunRepeatsItselfAndTakesKeptSeedsFirst() throws {
        var runs: [[UInt64]] = []
        for _ in 0..<2 {
            var firsts: [UInt64] = []
            try Fuzzer("test", rounds: 3, kept: [77], budget: .brief).run { firsts.append($0.next()) }
            runs.append(firsts)
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] == [77, 0, 1, 2].map { SeededRandom(seed: $0).next() })
    }

    @Test func aFindingNamesTheSeedThatRepeatsIt() throws {
        let body = { (random: SeededRandom) throws in if random.oneIn(50) { throw Found() } }
        let failure = try #require(throws: FuzzFailure.self) {
            try Fuzzer("test", rounds: 2000, budget: .brief).run(body)
        }
        #expect(failure.reason == "something")
        let seed = try #require(failure.seed)
        #expect(failure.description.contains("HOMEROOM_SEED=\(seed) "))
        #expect(throws: FuzzFailure.self) {
            try Fuzzer("test", rounds: 1, budget: .seed(seed)).run(body)
        }
        try Fuzzer("test", rounds: 1, budget: .seed(seed + 1)).run(body)
    }

    @Test func aLongRunLastsItsTime() throws {
        var rounds = 0
        let elapsed = try ContinuousClock().measure {
            try Fuzzer("a test of the driver", rounds: 1, budget: .seconds(1)).run { _ in rounds += 1 }
        }
        #expect(elapsed >= .seconds(1) && rounds > 1)
    }

    @Test(arguments: [(0.0...0.2, false), (0.4...0.6, true), (0.8...1, false)])
    func aShareOutsideItsRangeIsAFinding(range: ClosedRange<Double>, isRight: Bool) throws {
        let fuzzer = Fuzzer("test", rounds: 500, accepting: range, budget: .brief)
        let run = { try fuzzer.runParser { $0.oneIn(2) ? .accepted : .refused } }
        guard !isRight else { return try run() }
        let failure = try #require(throws: FuzzFailure.self) { try run() }
        #expect(failure.seed == nil && failure.reason.contains("of 500 rounds were accepted"))
    }

    @Test func mutationChangesBytesAndStaysInBounds() throws {
        let valid = Array("some text".utf8)
        var changed = 0
        try Fuzzer("mutation", rounds: 1000, budget: .brief).run { random in
            let bytes = valid.mutated(random, pieces: ["piece"])
            if bytes != valid { changed += 1 }
            _ = [UInt8]().mutated(random)
        }
        #expect(changed > 0)
    }
}
