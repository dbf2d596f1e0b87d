import Base
import Registry
import RunTestKit
import Tables
import TestKit
import Testing

@testable import Migrations

/// How a copy gives way to the tenants beside it, and comes back.
@Suite struct PaceTests {
    private let store = PoolWorld.pool(1)

    private func sample(_ microseconds: UInt32, count: Int = 30, through: Int = 100) -> CommitDelays.Sample {
        CommitDelays.Sample(
            through: through, microseconds: [UInt32](repeating: microseconds, count: count))
    }

    @Test func aStoreThatIsAsQuickAsBeforeHoldsNothingBack() {
        var pace = Pace()
        for look in 0..<50 {
            pace.look(at: store, sample(3000), max: 20_000, now: UInt64(look))
        }
        #expect(pace.itemsPerSecond == nil && pace.limit(asked: nil, max: 20_000) == nil)
    }

    @Test func whoWroteAMomentAgoIsFeltAndWhoHasNotIsNot() {
        let slice = UInt64(Limits.moveSliceMilliseconds) * 1_000_000
        let other = PoolWorld.pool(2)
        var pace = Pace()
        pace.look(at: store, sample(1000, count: 0, through: 0), max: 20_000, now: 0)
        #expect(!pace.isFelt)
        pace.look(at: store, sample(1000), max: 20_000, now: slice)
        #expect(pace.isFelt)
        // Right after it: nobody can have written, and the other store is not written to.
        pace.look(at: store, sample(1000, count: 0), max: 20_000, now: slice + 1)
        pace.look(at: other, sample(1000, count: 0, through: 7), max: 20_000, now: slice + 1)
        #expect(pace.isFelt)
        pace.look(at: store, sample(1000, count: 0), max: 20_000, now: slice + Limits.feltNanoseconds)
        #expect(!pace.isFelt)
    }

    /// So few that no p99 is told of them are kept in the sample, and are no news the second time.
    @Test func aWriteIsFeltOnce() {
        var pace = Pace()
        pace.look(at: store, sample(1000, count: 0, through: 4), max: 20_000, now: 0)
        let one = sample(1000, count: 1, through: 5)
        pace.look(at: store, one, max: 20_000, now: Limits.feltNanoseconds)
        #expect(pace.isFelt)
        pace.look(at: store, one, max: 20_000, now: 2 * Limits.feltNanoseconds)
        #expect(!pace.isFelt && pace.through(of: store) == 4)
        pace.look(
            at: store, sample(1000, count: 2, through: 6), max: 20_000, now: 3 * Limits.feltNanoseconds)
        #expect(pace.isFelt)
    }

    @Test func aSlowStoreHalvesTheRateDownToTheLeast() {
        var pace = Pace()
        pace.look(at: store, sample(3000), max: 20_000, now: 0)
        pace.look(at: store, sample(12_300), max: 20_000, now: 1)
        #expect(
            pace.limit(asked: nil, max: 20_000)
                == RunPace(
                    itemsPerSecond: 10_000,
                    reason: "writes to `pool-basic-1` take up to 12.3 ms, 3.0 ms before the move"))
        for look in 2..<40 { pace.look(at: store, sample(12_300), max: 20_000, now: UInt64(look)) }
        #expect(pace.itemsPerSecond == Limits.paceItemsPerSecondMin)
    }

    @Test func itRecoversStepByStep() {
        var pace = Pace()
        pace.look(at: store, sample(1000), max: 1000, now: 0)
        pace.look(at: store, sample(9000), max: 1000, now: 1)
        var rates: [Int] = []
        while let rate = pace.itemsPerSecond, rates.count < 100 {
            rates.append(rate)
            pace.look(at: store, sample(1000), max: 1000, now: 2)
        }
        #expect(rates.first == 500 && rates.count > 5 && rates == rates.sorted())
        #expect(pace.limit(asked: nil, max: 1000) == nil)
    }

    @Test(arguments: [(3999, false), (4001, true)]) func shortDelaysAreNoneWhateverWasBefore(
        microseconds: Int, isSlow: Bool
    ) {
        var pace = Pace()
        pace.look(at: store, sample(100), max: 1000, now: 0)
        pace.look(at: store, sample(UInt32(microseconds)), max: 1000, now: 1)
        #expect((pace.itemsPerSecond != nil) == isSlow)
    }

    @Test(arguments: [(8999, false), (9001, true)]) func delaysHalfAsLongAgainAreSlow(
        microseconds: Int, isSlow: Bool
    ) {
        var pace = Pace()
        pace.look(at: store, sample(6000), max: 1000, now: 0)
        pace.look(at: store, sample(UInt32(microseconds)), max: 1000, now: 1)
        #expect((pace.itemsPerSecond != nil) == isSlow)
    }

    @Test(arguments: [(19_999, false), (20_001, true)]) func aSlowDiskIsNotTheMovesFault(
        microseconds: Int, isSlow: Bool
    ) {
        var pace = Pace()
        pace.look(at: store, sample(0, count: 3), max: 1000, now: 0)
        pace.look(at: store, sample(UInt32(microseconds)), max: 1000, now: 1)
        #expect((pace.itemsPerSecond != nil) == isSlow)
    }

    @Test func tooFewWritesTellNothingUntilTheyHaveStayedAway() {
        var pace = Pace()
        pace.look(at: store, sample(1000), max: 1000, now: 0)
        pace.look(at: store, sample(9000), max: 1000, now: 1)
        let through = pace.through(of: store)
        pace.look(at: store, sample(50_000, count: 3, through: 103), max: 1000, now: 2)
        #expect(pace.itemsPerSecond == 500 && pace.through(of: store) == through)
        pace.look(
            at: store, sample(0, count: 3, through: 104), max: 1000, now: 10 + Limits.paceLookNanoseconds)
        #expect(pace.itemsPerSecond == 570)
    }

    @Test func whatSomebodyAskedHoldsWhereItIsTheLower() {
        var pace = Pace()
        #expect(
            pace.limit(asked: 50, max: 1000) == RunPace(itemsPerSecond: 50, reason: "as somebody asked"))
        #expect(pace.limit(asked: 1000, max: 1000) == nil)
        pace.look(at: store, sample(1000), max: 1000, now: 0)
        pace.look(at: store, sample(9000), max: 1000, now: 1)
        #expect(pace.limit(asked: 700, max: 1000)?.itemsPerSecond == 500)
        #expect(pace.limit(asked: 400, max: 1000)?.itemsPerSecond == 400)
    }

    @Test func catchingUpLosesGroundWhereTheLogGrowsFromLookToLookAlthoughItComesFirst() {
        var pace = Pace()
        for lag in [2001, 3001, 4001, 5001, 6001] { pace.note(lag: lag) }
        #expect(!pace.losesGround && pace.isBehind)
        pace.note(lag: 7001)
        #expect(pace.losesGround)
        pace.noteBrake()
        #expect(!pace.losesGround && pace.isBehind)
    }

    @Test func aLogThatNowAndThenGetsALittleShorterLosesGroundAllTheSame() {
        var pace = Pace()
        for lag in [3000, 3500, 4000, 3900, 4400, 4300, 4800] { pace.note(lag: lag) }
        #expect(!pace.losesGround)
        pace.note(lag: 5300)
        #expect(pace.losesGround)
        var short = Pace()
        for lag in [3000, 3500, 4000, 4500, 5000, 1000, 3000, 3500] { short.note(lag: lag) }
        #expect(!short.losesGround, "it was short in between")
    }

    @Test func aLongLogThatGrowsIsAppliedAsFastAsCanBe() {
        var pace = Pace()
        pace.look(at: store, sample(1000), max: 20_000, now: 0)
        pace.note(lag: 3000)
        #expect(pace.entriesMax(.forward) == Limits.catchUpSipMax)
        #expect(pace.catchesUpInSips)
        pace.note(lag: 3100)
        #expect(pace.entriesMax(.forward) == Limits.catchUpBatchMax && !pace.catchesUpInSips)
        pace.note(lag: 1900)
        #expect(pace.entriesMax(.forward) == Limits.catchUpSipMax && pace.catchesUpInSips)
    }

    @Test func aShortLogIsNotLostGroundHoweverItGrows() {
        var pace = Pace()
        for lag in 1...Limits.fenceLagMax { pace.note(lag: lag) }
        #expect(!pace.losesGround && pace.looksLost == 0)
        for lag in Limits.fenceLagMax + 1...Limits.copyLagMax { pace.note(lag: lag) }
        #expect(!pace.losesGround && pace.looksLost > Limits.lostLooksMax, "told, but nobody waits for it")
    }

    @Test func whereOthersWriteALongerLogIsAppliedInLargerSips() {
        var pace = Pace()
        #expect(pace.entriesMax(.forward) == Limits.catchUpBatchMax)
        pace.look(at: store, sample(1000), max: 20_000, now: 0)
        let sips = [0, 100, 250, 500, 2000, 50_000].map { lag in
            pace.note(lag: lag)
            return [pace.entriesMax(.forward), pace.entriesMax(.backward)]
        }
        #expect(sips == [[50, 15], [70, 22], [100, 32], [150, 50], [150, 50], [150, 50]])
    }

    @Test func aLongerLogIsCaughtUpWithForALargerPartOfASlice() {
        var pace = Pace()
        let milliseconds = [0, 1000, 2000, 50_000].map { lag in
            pace.note(lag: lag)
            return Double(pace.catchUpNanoseconds) / 1_000_000
        }
        #expect(milliseconds == [25, 62.5, 100, 100])
    }

    @Test func passesInVainHoldWritesBackInTheEnd() {
        var pace = Pace()
        for _ in 0..<Limits.passesInVainMax { pace.notePassInVain() }
        #expect(pace.losesGround)
        pace.noteBrake()
        #expect(!pace.losesGround)
    }

    @Test(arguments: [(1, 1, 1000), (50, 5, 100), (20_000, 2000, 100)])
    func aSliceMayDoWhatTheRateSays(rate: Int, items: Int, milliseconds: Int) {
        var allowance = Allowance(itemsPerSecond: rate)
        #expect(allowance.items == items && allowance.wait(afterMilliseconds: 0) == 0)
        allowance.spend(items)
        #expect(allowance.wait(afterMilliseconds: 0) == milliseconds)
        #expect(allowance.wait(afterMilliseconds: 30) == milliseconds - 30)
        #expect(allowance.wait(afterMilliseconds: 5000) == 0)
    }

    @Test func aStoreRemembersItsNewestDelays() {
        let delays = CommitDelays()
        #expect(delays.sample(after: 0).p99 == nil)
        for number in 1...100 { delays.note(nanoseconds: UInt64(number) * 1_000_000) }
        #expect(delays.sample(after: 0).p99 == 99_000)
        #expect(delays.sample(after: 100) == CommitDelays.Sample(through: 100))
        #expect(delays.sample(after: 70).microseconds.sorted() == (71...100).map { UInt32($0 * 1000) })
        for _ in 0..<1000 { delays.note(nanoseconds: 5000) }
        let sample = delays.sample(after: 100)
        #expect(sample.through == 1100 && sample.microseconds.count == 256 && sample.p99 == 5)
        // A store that was opened anew counts from 0 again.
        #expect(CommitDelays().sample(after: 1100).microseconds.isEmpty)
    }
}
