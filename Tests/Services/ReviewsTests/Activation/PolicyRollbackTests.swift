import Base
import Registry
import RunTestKit
import Testing

@testable import Reviews

@Suite struct PolicyRollbackTests {
    private let world: DeskWorld

    init() throws { world = try DeskWorld() }

    @Test func goesBackStepByStepAndEachStepIsANewVersion() throws {
        let desk = try world.desk(first: SamplePolicies.proved("First."))
        for name in ["Second.", "Third."] {
            _ = try desk.activate(SamplePolicies.proved(name), DeskWorld.admin)
        }
        let first = try #require(try desk.rollBack(to: nil, DeskWorld.admin).activated)
        #expect((first.id, first.origin) == (4, .rollback(of: 2)))
        let second = try #require(try desk.rollBack(to: nil, DeskWorld.admin).activated)
        #expect((second.id, second.origin) == (5, .rollback(of: 1)))
        #expect(world.putInForce == ["Second.", "Third.", "Second.", "First."])
        #expect(throws: PolicyActivationError.nothingBefore(5)) {
            try desk.rollBack(to: nil, DeskWorld.admin)
        }
        let entry = try #require(try world.audit().last)
        #expect((entry.action, entry.detail["rollbackOf"]) == ("policy.rolled-back", "1"))
    }

    @Test func goesToANamedVersion() throws {
        let desk = try world.desk(first: SamplePolicies.proved("First."))
        for name in ["Second.", "Third."] {
            _ = try desk.activate(SamplePolicies.proved(name), DeskWorld.admin)
        }
        #expect(try desk.rollBack(to: 1, DeskWorld.admin).activated?.id == 4)
        #expect(desk.activeFiles == SamplePolicies.proved("First."))
        for number in [0, 5, 77] {
            #expect(throws: PolicyActivationError.noSuchVersion(number)) {
                try desk.rollBack(to: number, DeskWorld.admin)
            }
        }
        guard case .unchanged = try desk.rollBack(to: 4, DeskWorld.admin).outcome else {
            Issue.record("the version in force was put in force again")
            return
        }
    }

    @Test func aRiskThatWasAcceptedMustBeAcceptedAgain() throws {
        let desk = try world.desk()
        var accepting = DeskWorld.reviewer
        accepting.acceptRisk = "for a day"
        _ = try desk.activate(SamplePolicies.open, accepting)
        _ = try desk.activate(SamplePolicies.proved("Third."), DeskWorld.admin)
        #expect(try desk.rollBack(to: 2, DeskWorld.admin).refusal == .risky)
        #expect(try desk.rollBack(to: 2, DeskWorld.reviewer).refusal == .risky)
        #expect(desk.active.record.id == 3)
        accepting.acceptRisk = "for another"
        let record = try #require(try desk.rollBack(to: 2, accepting).activated)
        #expect(record.acceptedRisk?.reason == "for another")
    }

    @Test func theOldestVersionsGoAndTheOneInForceStays() throws {
        let desk = try world.desk(first: SamplePolicies.proved("1"), versionsMax: 3)
        for number in 2...6 {
            _ = try desk.activate(SamplePolicies.proved("\(number)"), DeskWorld.admin)
            let kept = try desk.versions.list(after: nil, limit: 100).records.map(\.id)
            #expect(kept == (max(1, number - 2)...number).reversed())
            #expect(try desk.versions.read(number).files == SamplePolicies.proved("\(number)"))
        }
        let parts = try world.folder.open().list(PolicyPart.self).records
        #expect(Set(parts.map(\.id.number)) == [4, 5, 6])
        #expect(throws: PolicyActivationError.noSuchVersion(3)) { try desk.rollBack(to: 3, DeskWorld.admin) }
        // Where less is kept by now, two go for each that comes.
        let stricter = try world.desk(versionsMax: 1)
        _ = try stricter.activate(SamplePolicies.proved("7"), DeskWorld.admin)
        #expect(try stricter.versions.list(after: nil, limit: 100).records.map(\.id) == [7, 6])
    }
}
