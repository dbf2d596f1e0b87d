import Base
import GatewayTestKit
import Registry
import Testing

@testable import Gateway

struct TenantBudgetTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func letsABurstThroughAndThenTheRate() {
        let budget = TenantBudget(TenantBudget.Rates(readUnits: 10, writeUnits: 1), now: 0)
        // 300 seconds of 10 units are 6000 half units.
        for _ in 0..<6000 {
            #expect(budget.admits(.read, now: 0))
            budget.charge(.read, halfUnits: 1)
        }
        #expect(!budget.admits(.read, now: 0))
        #expect(budget.admits(.write, now: 0))
        #expect(budget.admits(.read, now: Self.second / 10))
    }

    @Test func aDebtHasToBePaidFirst() {
        let budget = TenantBudget(TenantBudget.Rates(readUnits: 1, writeUnits: 1), now: 0)
        budget.charge(.write, halfUnits: 600 + 20)
        #expect(!budget.admits(.write, now: 10 * Self.second))
        #expect(budget.admits(.write, now: 11 * Self.second))
    }

    @Test func saysHowLongToWait() {
        let budget = TenantBudget(TenantBudget.Rates(readUnits: 1, writeUnits: 0), now: 0)
        #expect(budget.wait(.read, now: 0) == nil)
        budget.charge(.read, halfUnits: 600 + 3)
        let wait = budget.wait(.read, now: 0)
        #expect(wait == 1501)
        let end = UInt64(wait ?? 0) * 1_000_000
        #expect(budget.wait(.read, now: end - 1_000_000) == 1)
        #expect(budget.wait(.read, now: end) == nil)
        budget.charge(.read, halfUnits: 1_000_000)
        #expect(budget.wait(.read, now: end) == Limits.retryMillisecondsMax)
        #expect(budget.wait(.write, now: end) == Limits.retryMillisecondsMax)
    }

    @Test func noRateIsNoLimit() {
        let budget = TenantBudget(TenantBudget.Rates(readUnits: nil, writeUnits: nil), now: 0)
        budget.charge(.read, halfUnits: 1_000_000_000)
        #expect(budget.admits(.read, now: 0))
    }

    @Test func aFasterTierBringsNoFreeBurst() {
        let budget = TenantBudget(TenantBudget.Rates(readUnits: 1, writeUnits: 1), now: 0)
        budget.charge(.read, halfUnits: 600)
        budget.adopt(TenantBudget.Rates(readUnits: 100, writeUnits: 1), now: 0)
        #expect(!budget.admits(.read, now: 0))
        #expect(budget.admits(.read, now: Self.second))
    }

    @Test func aTenantOverItsRateIsThrottledAndTheOtherIsNot() throws {
        let deployment = try TestDeployment(readUnits: 1)
        let (own, other) = (deployment.own, deployment.other)
        let caller = try deployment.caller(own)
        let call = GetItemCall(table: deployment.students, key: deployment.key(of: own), isConsistent: true)
        for _ in 0..<300 { _ = try deployment.gateway.getItem(call, by: caller) }
        #expect(throws: GatewayError.overRate(retryMilliseconds: 1)) {
            try deployment.gateway.getItem(call, by: caller)
        }
        _ = try deployment.gateway.getItem(
            GetItemCall(table: deployment.students, key: deployment.key(of: other)),
            by: try deployment.caller(other))
        // A change of the tenant's record does not fill its bucket.
        try deployment.setState(.active, of: own)
        #expect(throws: GatewayError.overRate(retryMilliseconds: 1)) {
            try deployment.gateway.getItem(call, by: caller)
        }
        deployment.clock.advance(byMilliseconds: 1000)
        _ = try deployment.gateway.getItem(call, by: caller)
    }
}
