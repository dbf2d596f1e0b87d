import Base
import Foundation
import TestKit
import Testing

@testable import Simulation

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

    /// Seeds that once ended badly. What they draw has changed since: what the first five showed is told by the changes of their day.
    /// 149 and 316: roll-backs that never fit their budget, which wait for somebody who has them tried again in a quieter hour.
    @Test(arguments: [UInt64(15), 180, 283, 308, 337, 149, 316])
    func whatWasFoundOnceStaysAway(seed: UInt64) throws {
        let outcome = try Simulation.run(seed: seed)
        #expect(outcome.isClean, "make sim SEED=\(seed): \(outcome.summary)")
    }

    @Test(arguments: KeptProgram.all) func whatAFaultOnceShowedIsNotThere(_ kept: KeptProgram) throws {
        let outcome = try Simulation.run(kept.program)
        #expect(outcome.isClean, "\(outcome.summary)")
        #expect(
            outcome.fences > 0 || !kept.program.spoils.isEmpty || !kept.program.faults.isEmpty,
            "nobody moves any more: \(outcome.summary)")
    }

    /// In a process whose hashes are in order, which this one's are not.
    @Test(arguments: [25, 50, 75])
    func aSeedDoesTheSameAgain(seed: Int) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: tests).deletingLastPathComponent()
            .appendingPathComponent("simulator")
        tool.arguments = ["range", "\(seed)", "\(seed)"]
        tool.standardOutput = FileHandle.nullDevice
        try tool.run()
        tool.waitUntilExit()
        #expect(tool.terminationStatus == 0)
    }
}
