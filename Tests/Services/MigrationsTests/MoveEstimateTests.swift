import Tables
import Tenancy
import Testing

@testable import Migrations

/// What a plan expects of a move.
@Suite struct MoveEstimateTests {
    private let basic: Tier

    init() throws {
        let name = try #require(TierName("basic"))
        basic = try #require(try MoveWorld.shippedCatalog().tiers.first { $0.name == name })
    }

    /// As measured: see Benchmarks/RESULTS.md.
    @Test func whereOthersWriteItTakesLonger() {
        let estimate = MoveEstimate(Extent(items: 1_000_000), by: basic)
        #expect(estimate.idleSeconds > 30 && estimate.idleSeconds < 120, "\(estimate)")
        #expect(estimate.loadedSeconds > 400 && estimate.loadedSeconds < 800, "\(estimate)")
    }

    /// An item a second where no tier says more.
    @Test func whatCopiesSlowlyIsComparedAsSlowlyAsTheRest() {
        let estimate = MoveEstimate(Extent(items: 6000), by: nil)
        #expect(estimate.idleSeconds > 6000 && estimate.idleSeconds < 6000.5)
        #expect(estimate.loadedSeconds > 6001 && estimate.loadedSeconds < 6001.5)
    }

    @Test(arguments: [(1, 8.0), (4, 2.0), (9, 1.0), (20, 1.0)])
    func severalTakeTurns(atOnce: Int, parts: Double) {
        let one = MoveEstimate(Extent(items: 10_000), by: basic)
        let all = MoveEstimate(Array(repeating: one, count: 8), atOnce: atOnce)
        #expect(abs(all.idleSeconds - one.idleSeconds * parts) < 0.001)
        #expect(abs(all.loadedSeconds - one.loadedSeconds * parts) < 0.001)
        #expect(MoveEstimate([], atOnce: atOnce).loadedSeconds == 0)
    }
}
