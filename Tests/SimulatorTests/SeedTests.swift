import Base
import Simulation
import TestKit
import Testing

@Suite(.serialized) struct SeedTests {
    /// How many seeds are run, as many as there is time for.
    private static let seeds: ClosedRange<UInt64> = 1...100
    private static let seedsMin: UInt64 = 20
    private static let secondsMax: UInt64 = 15

    @Test func everyProgramKeepsWhatItWasTold() throws {
        let clock = SystemClock()
        let end = clock.monotonicNanoseconds() + SeedTests.secondsMax * 1_000_000_000
        for seed in SeedTests.seeds {
            if seed > SeedTests.seedsMin, clock.monotonicNanoseconds() > end { return }
            let outcome = try Simulation.run(seed: seed)
            #expect(outcome.isClean, "make sim SEED=\(seed): \(outcome.summary)")
        }
    }

    /// Seeds that once ended badly.
    @Test(arguments: [UInt64(15), 180, 283, 308, 337])
    func whatWasFoundOnceStaysAway(seed: UInt64) throws {
        let outcome = try Simulation.run(seed: seed)
        #expect(outcome.isClean, "make sim SEED=\(seed): \(outcome.summary)")
    }

    @Test(arguments: [UInt64(1), 5, 13])
    func aSeedDoesTheSameAgain(seed: UInt64) throws {
        #expect(try Simulation.run(seed: seed).summary == Simulation.run(seed: seed).summary)
    }
}
