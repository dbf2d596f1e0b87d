import Base
import Dispatch
import FoundationEssentials
import Registry
import RunTestKit
import Testing

@testable import Reviews

/// What is in force is old or new, whatever fails when.
@Suite struct PolicyDeskFaultTests {
    private let world: DeskWorld

    init() throws { world = try DeskWorld() }

    /// Every write of three activations and a rollback is the last one of a process, on this side of the disk or that.
    @Test(arguments: MortalEngine.Death.allCases, 1...5)
    func aProcessThatDiesAtAWriteLeavesOldOrNew(death: MortalEngine.Death, write: Int) throws {
        let mortal = MortalEngine(world.folder.store, dyingAt: write, death)
        var acknowledged = 0
        do {
            let desk = try world.desk(through: mortal, first: SamplePolicies.proved("1"))
            acknowledged = 1
            for number in 2...4 {
                _ = try desk.activate(SamplePolicies.proved("\(number)"), DeskWorld.admin)
                acknowledged = number
            }
            _ = try desk.rollBack(to: 2, DeskWorld.admin)
            acknowledged = 5
        } catch { #expect(mortal.isDead, "\(error)") }
        #expect(mortal.isDead)
        #expect(acknowledged == write - 1)
        let stored = try world.storedActive()
        // Nobody was told; what is there is there whole.
        #expect(stored == (death == .afterWrite ? write : (acknowledged == 0 ? nil : acknowledged)))
        let next = try world.desk(first: SamplePolicies.proved("1"))
        let number = stored ?? 1
        #expect(next.active.record.id == number)
        #expect(next.activeFiles == SamplePolicies.proved(number == 5 ? "2" : "\(number)"))
        #expect(try next.activate(SamplePolicies.proved("next"), DeskWorld.admin).activated?.id == number + 1)
        let activations = try world.audit().filter { $0.action != "policy.refused" }
        #expect(activations.map(\.subject) == (1...number + 1).map { "policies \($0)" })
    }

    /// The desk outlives the failure: what it has in force is then what is stored.
    @Test(arguments: MortalEngine.Death.allCases)
    func aDiskThatFailedLeavesTheDeskInDoubtUntilItAnswers(death: MortalEngine.Death) throws {
        let mortal = MortalEngine(world.folder.store, dyingAt: 2, death)
        let desk = try world.desk(through: mortal, first: SamplePolicies.proved("1"))
        #expect(throws: RegistryError.self) {
            try desk.activate(SamplePolicies.proved("2"), DeskWorld.admin)
        }
        // Nobody knows: the old ones are in force.
        #expect(world.putInForce.isEmpty && desk.active.record.id == 1)
        #expect(throws: RegistryError.self) { try desk.settle() }
        mortal.revive()
        try desk.settle()
        let stored = try #require(try world.storedActive())
        #expect(stored == (death == .afterWrite ? 2 : 1))
        #expect(desk.active.record.id == stored)
        #expect(world.putInForce == (stored == 2 ? ["2"] : []))
        #expect(try desk.activate(SamplePolicies.proved("3"), DeskWorld.admin).activated?.id == stored + 1)
    }

    @Test func ofManyActivationsAtOnceTheLastIsInForce() throws {
        let world = world
        let desk = try world.desk(first: SamplePolicies.proved("0"))
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<10 {
                do {
                    _ = try desk.activate(SamplePolicies.proved("\(thread)-\(round)"), DeskWorld.admin)
                } catch is PolicyActivationError {
                    // Somebody else was first.
                } catch { Issue.record("\(error)") }
            }
        }
        let active = desk.active
        #expect(active.record.id == (try world.storedActive()))
        #expect(world.putInForce.last == DeskWorld.mark(active.policies))
        // Each activation that was acknowledged has its number, and its place in the order.
        #expect(world.putInForce.count == active.record.id - 1)
        #expect(
            try desk.versions.list(after: nil, limit: 1000).records.map(\.id)
                == (1...active.record.id).reversed())
    }

    @Test func anotherProcesssActivationIsNotWrittenOver() throws {
        let desk = try world.desk()
        let other = try world.desk()
        _ = try other.activate(SamplePolicies.proved("theirs"), DeskWorld.admin)
        #expect(throws: PolicyActivationError.self) {
            try desk.activate(SamplePolicies.proved("ours"), DeskWorld.admin)
        }
        #expect(try world.desk().activeFiles == SamplePolicies.proved("theirs"))
    }

    @Test func filesThatWereChangedInTheRegistryAreNotPutInForce() throws {
        let desk = try world.desk()
        let registry = try world.folder.open()
        let part = try registry.require(PolicyPart.self, PolicyPart.ID(number: 1, index: 0))
        let text = String(decoding: part.bytes, as: UTF8.self)
        let other = text.replacing("Reads records.", with: "Reads all....")
        try registry.transact(RegistryTransaction([.delete(part)]))
        #expect(throws: PolicyActivationError.damaged(1)) { try desk.versions.read(1) }
        try registry.transact(
            RegistryTransaction([.insert(PolicyPart(number: 1, index: 0, bytes: other.utf8))]))
        #expect(throws: PolicyActivationError.damaged(1)) { try desk.versions.loadActive() }
    }

    @Test func policiesOfManyPartsComeBackWhole() throws {
        let desk = try world.desk()
        var files = SamplePolicies.proved.files
        let filler = String(repeating: "x", count: 200_000)
        for number in 0..<4 {
            files["cases/more-\(number).json"] = Array(
                #"{"role": "reader", "tags": {}, "cases": [{"name": "\#(filler)", "action": "dynamodb:ListTables", "expect": "Deny(implicit)"}]}"#
                    .utf8)
        }
        let wanted = PolicyFiles(files: files)
        let answer = try desk.activate(wanted, DeskWorld.admin)
        #expect(answer.activated?.parts == 4, "\(answer.gate.obstacles.map { $0.prefix(200) })")
        #expect(try world.desk().activeFiles == wanted)
    }
}
