import Base
import Proofs
import Registry
import RunTestKit
import Testing

@testable import Reviews

@Suite struct PolicyDeskTests {
    private let world: DeskWorld

    init() throws { world = try DeskWorld() }

    // MARK: What is put in force

    @Test func theFirstStartsFolderIsVersionOne() throws {
        let desk = try world.desk()
        #expect(desk.active.record.id == 1)
        #expect(desk.active.record.origin == .firstStart)
        #expect(desk.active.record.acceptedRisk == nil, "nothing was risky, so nobody took a risk")
        #expect(desk.activeFiles == SamplePolicies.proved)
        #expect(try world.audit().map(\.action) == ["policy.activated"])
        // The next start goes on with it, whatever it is handed.
        #expect(try world.desk(first: SamplePolicies.broken).activeFiles == SamplePolicies.proved)
    }

    @Test(arguments: [
        (SamplePolicies.broken, PolicyDesk.Refusal.faulty), (SamplePolicies.failing, .faulty),
        (SamplePolicies.empty, .faulty), (SamplePolicies.open, .risky),
    ])
    func aFirstStartIsRefusedAsAnActivationIs(files: PolicyFiles, expected: PolicyDesk.Refusal) throws {
        let versions = PolicyVersions(registry: try world.folder.open())
        let start = try versions.begin(
            with: files, gate: world.gate, acceptRisk: nil, now: world.folder.clock.now())
        guard case .refused(let refusal, let report) = start else {
            Issue.record("it was put in force")
            return
        }
        #expect(refusal == expected)
        #expect(!report.obstacles.isEmpty)
        #expect(try world.storedActive() == nil)
    }

    @Test func anActivationIsInForceWhenItIsAnswered() throws {
        let desk = try world.desk()
        world.folder.clock.advance(byMilliseconds: 5)
        var wish = DeskWorld.admin
        wish.note = "for autumn"
        let answer = try desk.activate(SamplePolicies.proved("Second."), wish)
        let record = try #require(answer.activated)
        #expect(world.putInForce == ["Second."])
        #expect((record.id, record.note, record.actor) == (2, "for autumn", wish.actor))
        #expect(record.changes == PolicyFileChanges(added: [], changed: ["roles/reader.json"], removed: []))
        #expect(record.gate.roles.map(\.verdict) == ["proved"])
        #expect(record.gate.cases == 1)
        #expect(desk.activeFiles == SamplePolicies.proved("Second."))
        #expect(try world.storedActive() == 2)
        // Another process finds the same.
        let later = try world.desk().active
        #expect(later.files == desk.activeFiles)
        #expect(later.record.digest == record.digest && later.record.id == 2)
        let entry = try #require(try world.audit().last)
        #expect((entry.action, entry.subject, entry.actor) == ("policy.activated", "policies 2", wish.actor))
        #expect(entry.detail["digest"] == record.digest)
        #expect(entry.detail["before"] == "1" && entry.detail["proved"] == "reader")
        #expect(entry.detail["note"] == "for autumn")
    }

    @Test func theSameFilesAreNotPutInForceTwice() throws {
        let desk = try world.desk()
        let answer = try desk.activate(SamplePolicies.proved, DeskWorld.admin)
        guard case .unchanged = answer.outcome else {
            Issue.record("\(answer.outcome)")
            return
        }
        #expect(world.putInForce.isEmpty)
        #expect(try world.storedActive() == 1)
    }

    // MARK: What is refused

    @Test(arguments: [
        (SamplePolicies.broken, PolicyDesk.Refusal.faulty, "faulty"),
        (SamplePolicies.failing, .faulty, "faulty"),
        (SamplePolicies.empty, .faulty, "faulty"), (SamplePolicies.open, .risky, "not proved"),
    ])
    func whatIsRefusedChangesNothing(files: PolicyFiles, expected: PolicyDesk.Refusal, why: String) throws {
        let desk = try world.desk()
        let answer = try desk.activate(files, DeskWorld.admin)
        #expect(answer.refusal == expected)
        #expect(!answer.gate.obstacles.isEmpty)
        #expect(world.putInForce.isEmpty)
        #expect(desk.activeFiles == SamplePolicies.proved)
        #expect(try world.storedActive() == 1)
        let entry = try #require(try world.audit().last)
        #expect((entry.action, entry.detail["why"]) == ("policy.refused", why))
    }

    @Test func aDryRunLeavesNoTrace() throws {
        let desk = try world.desk()
        let before = try world.audit()
        var wish = DeskWorld.admin
        wish.isDryRun = true
        guard case .possible = try desk.activate(SamplePolicies.proved("Second."), wish).outcome else {
            Issue.record("something is in the way")
            return
        }
        #expect(try desk.activate(SamplePolicies.open, wish).refusal == .risky)
        #expect(try world.audit() == before)
        #expect(try world.storedActive() == 1 && world.putInForce.isEmpty)
    }

    @Test(arguments: [0, 2, 7])
    func whoeverThoughtAnotherVersionWasInForceDecidesAgain(expected: Int) throws {
        let desk = try world.desk()
        var wish = DeskWorld.admin
        wish.expectedVersion = expected
        #expect(throws: PolicyActivationError.overtaken(expected: expected, found: 1)) {
            try desk.activate(SamplePolicies.proved("Second."), wish)
        }
        wish.expectedVersion = 1
        #expect(try desk.activate(SamplePolicies.proved("Second."), wish).activated?.id == 2)
    }

    // MARK: Risks

    @Test func aReviewerAcceptsARiskAndTheAuditSaysWhy() throws {
        let desk = try world.desk()
        var wish = DeskWorld.reviewer
        wish.acceptRisk = "a district of one school"
        let record = try #require(try desk.activate(SamplePolicies.open, wish).activated)
        #expect(record.acceptedRisk == .init(reason: "a district of one school", actor: wish.actor))
        #expect(record.gate.risks.map(\.name) == ["reader"])
        #expect(world.putInForce.count == 1)
        let entries = try world.audit().suffix(2)
        #expect(entries.map(\.action) == ["policy.activated", "policy.risk-accepted"])
        let accepted = try #require(entries.last)
        #expect(accepted.actor == wish.actor && accepted.subject == "policies 2")
        #expect(accepted.detail["reason"] == "a district of one school")
        #expect(accepted.detail["roles"] == "reader: counterexample")
    }

    /// What the prover gave up on is a risk as what it found a way through.
    @Test func aRoleThatIsNotProvedIsARisk() throws {
        let looked = world.gate.look(at: SamplePolicies.proved)
        let proof = RoleProof(
            role: "reader", verdict: .unproven(reasons: ["the automata have too many states"]),
            assumptions: [], questions: 1, states: 1)
        let report = PolicyGateReport(
            review: looked.review, policies: looked.policies, problems: [], findings: [], cases: looked.cases,
            proofs: ProofReport(entries: [.init(proof: proof, milliseconds: 1)]), milliseconds: 1)
        #expect(looked.verdict == .passed && report.verdict == .risky)
        #expect(report.obstacles == ["role `reader`: unproven: the automata have too many states"])
        #expect(DeskWorld.admin.refusal(of: report) == .risky)
        #expect(report.record.risks.map(\.verdict) == ["unproven"])
    }

    @Test func nobodyElseMayAcceptARisk() throws {
        let desk = try world.desk()
        var wish = DeskWorld.admin
        wish.acceptRisk = "I know what I do"
        #expect(try desk.activate(SamplePolicies.open, wish).refusal == .reviewerNeeded)
        #expect(try world.storedActive() == 1 && world.putInForce.isEmpty)
    }

    @Test(arguments: [SamplePolicies.broken, SamplePolicies.failing, SamplePolicies.empty])
    func nobodyCanAcceptAFault(files: PolicyFiles) throws {
        let desk = try world.desk()
        var wish = DeskWorld.reviewer
        wish.acceptRisk = "it will do"
        #expect(try desk.activate(files, wish).refusal == .faulty)
    }

    @Test func aReasonWithoutARiskIsNotKept() throws {
        let desk = try world.desk()
        var wish = DeskWorld.reviewer
        wish.acceptRisk = "to be sure"
        let record = try #require(try desk.activate(SamplePolicies.proved("Second."), wish).activated)
        #expect(record.acceptedRisk == nil)
        #expect(try world.audit().map(\.action) == ["policy.activated", "policy.activated"])
    }

    @Test(arguments: [
        "", " \n", "\0\u{200B}\u{202E}", String(repeating: "x", count: Limits.policyReasonBytesMax + 1),
    ])
    func aReasonSaysSomething(reason: String) throws {
        let desk = try world.desk()
        var wish = DeskWorld.reviewer
        wish.acceptRisk = reason
        #expect(throws: PolicyActivationError.badText(field: "acceptRisk")) {
            try desk.activate(SamplePolicies.open, wish)
        }
        wish.acceptRisk = nil
        wish.note = reason
        #expect(throws: PolicyActivationError.badText(field: "note")) {
            try desk.activate(SamplePolicies.proved("Second."), wish)
        }
    }

    @Test func theLongestReasonIsTaken() throws {
        let desk = try world.desk()
        var wish = DeskWorld.reviewer
        wish.acceptRisk = String(repeating: "x", count: Limits.policyReasonBytesMax)
        #expect(try desk.activate(SamplePolicies.open, wish).activated != nil)
    }
}
