import Base
import Registry
import RunTestKit
import Testing
import Workflows

/// A definition changes while runs of it are under way.
@Suite struct DefinitionTests {
    let kit: RunKit
    private let done = Shared<[String]>([])

    init() throws { kit = try RunKit() }

    private func step(_ name: String, waits: Bool = false) -> ScriptedStep {
        let done = done
        return ScriptedStep(
            name: name,
            performing: { context in
                if waits, try context.value(for: name, as: Bool.self) != true {
                    try context.set(true, for: name)
                    return .again(afterMilliseconds: 1000)
                }
                done.change { $0.append(name) }
                return .done
            },
            undoing: { _ in
                done.change { $0.append("undo \(name)") }
                return .done
            })
    }

    private func workflow(
        _ version: Int, _ names: [String], lock: String? = nil, onFailure: FailurePolicy = .undo
    ) -> AnyWorkflow {
        AnyWorkflow(
            version: version, lock: lock, onFailure: onFailure,
            steps: names.map { step($0, waits: $0 == "wait") })
    }

    /// A run that waits at `wait` under the first version, taken up by an engine of the later one.
    private func taken(from first: AnyWorkflow, by later: AnyWorkflow) throws -> (RunID, WorkflowEngine) {
        let engine = kit.engine([first])
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        _ = try engine.runUntilIdle()
        engine.stop()
        let next = kit.engine([later])
        try next.resumeAll()
        try kit.drive(next)
        return (run, next)
    }

    @Test(arguments: [["a", "wait", "c"], ["a", "wait", "renamed", "c"]])
    func stopsAtAStepThatWasRemovedOrRenamed(names: [String]) throws {
        let (run, engine) = try taken(
            from: workflow(1, ["a", "wait", "b", "c"]), by: workflow(2, names))
        let reason =
            "version 2 of `any` knows no step `b`; the run was started under version 1: go back to the release that had "
            + "it and retry, or skip the step, or cancel the run"
        #expect(try engine.get(run).state == .failed(reason: reason))
        #expect(done.value == ["a", "wait"])
        // Each of the three ways out works.
        try engine.skip(run, reason: "not needed any more", actor: kit.actor)
        try kit.drive(engine)
        #expect(try engine.get(run).state == .completed)
        #expect(done.value == ["a", "wait", "c"])
    }

    @Test func goesOnUnderTheVersionThatHasTheStep() throws {
        let (run, engine) = try taken(
            from: workflow(1, ["a", "wait", "b"]), by: workflow(2, ["a", "wait"]))
        engine.stop()
        let back = kit.engine([workflow(1, ["a", "wait", "b"])])
        try back.resumeAll()
        try back.retry(run, actor: kit.actor)
        try kit.drive(back)
        #expect(try back.get(run).state == .completed)
        #expect(done.value == ["a", "wait", "b"])
    }

    @Test func takesBackWhatItKnows() throws {
        let (run, engine) = try taken(
            from: workflow(1, ["a", "wait", "b"]), by: workflow(2, ["a", "wait"]))
        try engine.cancel(run, actor: kit.actor)
        try kit.drive(engine)
        // The unknown step was recorded as begun, so nobody knows whether it left something.
        let reason =
            "version 2 of `any` knows no step `b`; the run was started under version 1: go back to the release that had "
            + "it and retry, or skip the step"
        #expect(try engine.get(run).state == .failed(reason: reason))
        try engine.skip(run, reason: "it left nothing", actor: kit.actor)
        try kit.drive(engine)
        #expect(try engine.get(run).state == .undone)
        #expect(done.value == ["a", "wait", "undo wait", "undo a"])
    }

    @Test func doesWithoutAStepThatWasInsertedAndSaysSo() throws {
        let (run, engine) = try taken(
            from: workflow(1, ["a", "wait", "c"]), by: workflow(2, ["a", "wait", "b", "c"]))
        let record = try engine.get(run)
        #expect(record.state == .completed)
        #expect(done.value == ["a", "wait", "c"])
        #expect(
            record.notes.map(\.text) == [
                "taken up under version 2 of `any`, started under version 1; does without the new `b`"
            ])
        #expect(record.definition == 1)
        #expect(record.laterDefinition == 2)
        done.value = []
        let new = try engine.start(kind: "any", input: 2)
        try kit.drive(engine)
        #expect(try engine.get(new).definition == 2)
        #expect(done.value == ["a", "wait", "b", "c"])
    }

    @Test func keepsItsOwnOrder() throws {
        let (run, engine) = try taken(
            from: workflow(1, ["a", "wait", "b", "c"]), by: workflow(2, ["a", "c", "wait", "b"]))
        #expect(try engine.get(run).state == .completed)
        #expect(done.value == ["a", "wait", "b", "c"])
        #expect(
            try engine.get(run).notes.map(\.text) == [
                "taken up under version 2 of `any`, started under version 1; keeps its own order of steps"
            ])
    }

    @Test(arguments: [("old", "new"), (nil, "new"), ("old", nil)] as [(String?, String?)])
    func takesTheNewLockAndGivesTheOldOneBack(old: String?, new: String?) throws {
        let engine = kit.engine([workflow(1, ["wait"], lock: old)])
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        _ = try engine.runUntilIdle()
        let next = kit.engine([workflow(2, ["wait"], lock: new)])
        try next.resumeAll()
        _ = try next.runUntilIdle()
        kit.clock.advance(byMilliseconds: 999)
        #expect(try kit.registry.list(RunLock.self).records.map(\.id.name) == [new].compactMap { $0 })
        if new != nil {
            #expect(throws: WorkflowError.locked(by: run, lock: "new")) {
                try next.start(kind: "any", input: 2, tenant: kit.tenant(1))
            }
        }
        try kit.drive(next)
        #expect(try next.get(run).state == .completed)
        #expect(try kit.registry.list(RunLock.self).records.isEmpty)
    }

    @Test func keepsItsLockWhereAnotherRunHoldsTheNewOne() throws {
        let other = AnyWorkflow(kind: "other", lock: "new", steps: [step("wait", waits: true)])
        let engine = kit.engine([workflow(1, ["wait"], lock: "old"), other])
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        try engine.start(kind: "other", input: 1, tenant: kit.tenant(1))
        _ = try engine.runUntilIdle()
        let next = kit.engine([workflow(2, ["wait"], lock: "new"), other])
        try next.resumeAll()
        try kit.drive(next)
        let record = try next.get(run)
        #expect(record.state == .completed)
        #expect(
            record.notes.map(\.text) == [
                "taken up under version 2 of `any`, started under version 1; another run holds the lock `new`, so it "
                    + "keeps its own"
            ])
        #expect(try kit.registry.list(RunLock.self).records.isEmpty)
    }

    @Test func stopsWhereItsKindIsNoLongerKnown() throws {
        let engine = kit.engine([workflow(3, ["a", "wait", "b"])])
        let run = try engine.start(kind: "any", input: 1, tenant: kit.tenant(1))
        _ = try engine.runUntilIdle()
        let next = kit.engine([AnyWorkflow(kind: "other", steps: [step("a")])])
        #expect(try next.resumeAll() == 1)
        try kit.drive(next)
        let reason =
            "this server knows no runs of kind `any`; the run was started under version 3: go back to the release that had "
            + "it and retry, or skip the step, or cancel the run"
        #expect(try next.get(run).state == .failed(reason: reason))
        for _ in 0..<2 {
            try next.skip(run, reason: "gone", actor: kit.actor)
            try kit.drive(next)
        }
        #expect(try next.get(run).state == .completed)
        #expect(try kit.registry.list(OpenRun.self).records.isEmpty)
    }
}
