import Base
import Tables
import Testing

@testable import Simulation

@Suite struct ResidenceTests {
    private let residence = Residence()
    private let tenant: TenantID
    private let (here, there): (StoreID, StoreID)

    init() throws {
        tenant = try #require(TenantID("t000000000000001"))
        here = try #require(StoreID("pool-basic-1"))
        there = try #require(StoreID("pool-basic-2"))
    }

    /// The stores that are found to be too many.
    private func set(_ store: StoreID, _ epoch: Int64, _ state: Resident.State = .active) -> [StoreID] {
        residence.beginChange(of: tenant, at: store)
        return residence.endChange(of: tenant, at: store, to: Resident(epoch: epoch, state: state))
    }

    @Test func aSwitchHasOneInChargeAtAnyTime() {
        #expect(set(here, 1) == [])
        residence.note(named: here, epoch: 1, of: tenant)
        #expect(set(here, 2, .fenced) == [])
        #expect(set(there, 3) == [])
        residence.note(named: there, epoch: 3, of: tenant)
        #expect(residence.noteWrite(of: tenant, at: there) == [])
        #expect(residence.fences == 1)
    }

    @Test func twoThatWereNamedAreTooMany() {
        #expect(set(here, 1) == [])
        residence.note(named: here, epoch: 1, of: tenant)
        #expect(set(there, 2) == [here, there], "whichever is newer")
        #expect(residence.noteWrite(of: tenant, at: here) == [there])
    }

    @Test func twoOfOneEpochAreTooMany() {
        #expect(set(here, 4) == [])
        #expect(set(there, 4) == [here, there])
    }

    @Test func oneThatWasNeverNamedTakesNothingWhereTheOtherIsNewer() {
        residence.note(named: here, epoch: 1, of: tenant)
        #expect(set(there, 3) == [])
        #expect(set(here, 4) == [], "the fence comes down though the other's charge could not be taken back")
        #expect(residence.noteWrite(of: tenant, at: here) == [])
        residence.note(named: there, epoch: 3, of: tenant)
        #expect(residence.noteWrite(of: tenant, at: there) == [here], "it was named after all")
        #expect(set(here, 5) == [here, there])
    }

    @Test func aStartIsSeenTheSameWay() {
        let active = { (epoch: Int64) in [self.tenant: Resident(epoch: epoch, state: .active)] }
        #expect(residence.begin([here: active(4), there: active(3)]).isEmpty)
        residence.note(named: there, epoch: 3, of: tenant)
        #expect(residence.begin([here: active(4), there: active(3)]).map(\.1) == [[here, there]])
        residence.forget(there)
        #expect(set(here, 5) == [])
    }
}
