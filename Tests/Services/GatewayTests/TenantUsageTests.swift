import Registry
import Testing

@testable import Gateway

@Suite struct TenantUsageTests {
    private let budget = TenantBudget(TenantBudget.Rates(readUnits: 1, writeUnits: 1), now: 0)

    @Test func countsWhatIsChargedAndIsTakenOnce() {
        budget.charge(.read, halfUnits: 3)
        budget.charge(.read, halfUnits: 1)
        budget.charge(.write, halfUnits: 4)
        var expected = TenantUsage()
        (expected.readHalfUnits, expected.writeHalfUnits, expected.requests) = (4, 4, 3)
        #expect(budget.takeUsage() == expected)
        #expect(budget.takeUsage().isEmpty)
    }

    @Test func countsNothingWhereItIsNotTo() {
        let budget = TenantBudget(TenantBudget.Rates(readUnits: 1, writeUnits: 1), now: 0, countsUsage: false)
        budget.charge(.read, halfUnits: 10_000)
        #expect(budget.wait(.read, now: 0) != nil, "the rate holds all the same")
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
}
