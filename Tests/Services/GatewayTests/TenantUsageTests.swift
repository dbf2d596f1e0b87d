import Base
import Items
import Registry
import Tables
import Testing

@testable import Gateway

@Suite struct TenantUsageTests {
    private let budget = TenantBudget(TenantBudget.Rates(readUnits: 1, writeUnits: 1), now: 0)

    private static func image(_ bytes: Int) -> ItemImage { ItemImage(bytes: [], sizeBytes: bytes) }

    @Test func countsWhatIsChargedAndIsTakenOnce() {
        budget.charge(.read, halfUnits: 3)
        budget.charge(.read, halfUnits: 1)
        budget.charge(.write, halfUnits: 4)
        var expected = TenantUsage()
        (expected.readHalfUnits, expected.writeHalfUnits, expected.requests) = (4, 4, 3)
        #expect(budget.takeUsage() == expected)
        #expect(budget.takeUsage().isEmpty)
    }

    @Test func countsARequestThatIsTurnedAwayOnceAndNoOther() {
        #expect(budget.wait(.read, now: 0) == nil)
        budget.charge(.read, halfUnits: 10_000)
        _ = budget.takeUsage()
        // The short way asks first, and leaves what it refuses to the long one.
        #expect(!budget.admits(.read, now: 0))
        #expect(budget.wait(.read, now: 0) != nil)
        var expected = TenantUsage()
        expected.throttled = 1
        #expect(budget.takeUsage() == expected)
    }

    @Test(
        arguments: [
            ([(nil, 100)], 1, 100), ([(100, 40)], 0, -60), ([(100, nil)], -1, -100), ([(nil, nil)], 0, 0),
            ([(nil, 10), (nil, 20), (5, nil)], 1, 25),
        ] as [([(Int?, Int?)], Int, Int)])
    func countsWhatWritesAddAndRemove(_ sizes: [(Int?, Int?)], _ items: Int, _ bytes: Int) {
        budget.note(sizes.map { WriteOutcome(old: $0.map(Self.image), new: $1.map(Self.image)) })
        let usage = budget.takeUsage()
        #expect(usage.items == items && usage.bytes == bytes && usage.requests == 0)
    }

    @Test func aTransactionThatWasDoneBeforeAddsNothing() {
        var outcome = WriteOutcome(old: nil, new: Self.image(10))
        outcome.isReplay = true
        budget.note([outcome])
        #expect(budget.takeUsage().isEmpty)
    }
}
