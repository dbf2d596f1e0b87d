import Base
import Dispatch
import Registry
import RunTestKit
import Synchronization
import Testing
import Workflows

@Suite struct WorkflowEngineTests {
    let world: SampleWorld
    let registry: Registry
    let engine: WorkflowEngine
    private let actor = AuditActor("person:ada")

    init() throws {
        world = try SampleWorld()
        registry = try world.folder.open()
        engine = WorkflowEngine(
            registry: registry, workflows: [SampleWorkflow()], clock: world.folder.clock,
            random: SeededRandom(seed: 1), threads: 0)
    }

    private func engine(_ steps: [any WorkflowStep], onFailure: FailurePolicy = .undo, threads: Int = 0)
        -> WorkflowEngine
    {
        WorkflowEngine(
            registry: registry, workflows: [SampleWorkflow(onFailure: onFailure, steps: steps)],
            clock: world.folder.clock, random: SeededRandom(seed: 2), threads: threads)
    }

    private func drive(_ engine: WorkflowEngine) throws {
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
    }

    @Test func givesTheSameRunForTheSameKeyAndRefusesAnotherInput() throws {
        let run = try engine.start(kind: "sample", input: ["a": 1], idempotencyKey: "key")
        #expect(try engine.start(kind: "sample", input: ["a": 1], idempotencyKey: "key") == run)
        #expect(throws: WorkflowError.keyReused(key: "key", run: run)) {
            try engine.start(kind: "sample", input: ["a": 2], idempotencyKey: "key")
        }
        #expect(try engine.start(kind: "sample", input: ["a": 2], idempotencyKey: "other") != run)
        for key in ["", String(repeating: "k", count: Limits.idempotencyKeyBytesMax + 1)] {
            #expect(throws: WorkflowError.invalidKey(key)) {
                try engine.start(kind: "sample", input: 1, idempotencyKey: key)
            }
        }
    }

    @Test func aRunAndTheAuditKeepWhyItWasStarted() throws {
        let run = try engine.start(
            kind: "sample", input: 1, tenant: world.tenant, idempotencyKey: "key", actor: actor,
            why: "contract 4711")
        #expect(try engine.start(kind: "sample", input: 1, idempotencyKey: "key", why: "another") == run)
        let other = TenantID(random: SeededRandom(seed: 2))
        let plain = try engine.start(kind: "sample", input: 1, tenant: other)
        #expect(try [run, plain].map { try engine.get($0).why } == ["contract 4711", nil])
        let notes = try registry.list(AuditEntry.self).records.filter { $0.action == "run.started" }
        #expect(notes.count == 2)
        for note in notes {
            let why = note.subject == run.text ? "contract 4711" : nil
            #expect(note.detail["reason"] == why && note.actor == (why == nil ? .system : actor))
        }
        for why in ["", String(repeating: "w", count: Limits.runWhyBytesMax + 1)] {
            #expect(throws: WorkflowError.invalidReason(bytesMax: Limits.runWhyBytesMax)) {
                try engine.start(kind: "sample", input: 1, why: why)
            }
        }
        // Of a tenant that has left nobody's words stay.
        try drive(engine)
        #expect(try engine.get(run).scrubbed().why == nil)
    }

    @Test func oneKeyOfManyThreadsStartsOneRun() throws {
        let runs = Mutex<Set<RunID>>([])
        let failures = Mutex<[String]>([])
        let (engine, tenant) = (engine, world.tenant)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            do {
                let run = try engine.start(
                    kind: "sample", input: 1, tenant: tenant, idempotencyKey: "key")
                runs.withLock { _ = $0.insert(run) }
            } catch { failures.withLock { $0.append("\(error)") } }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(runs.withLock { $0.count } == 1)
        #expect(try registry.list(RunRecord.self).records.count == 1)
    }

    @Test func refusesASecondRunOfATenantUntilTheFirstHasEnded() throws {
        let first = try world.start(engine)
        #expect(throws: WorkflowError.locked(by: first, lock: "sample")) {
            try engine.start(kind: "sample", input: 1, tenant: world.tenant)
        }
        let other = TenantID(random: SeededRandom(seed: 9))
        _ = try engine.start(kind: "sample", input: 1, tenant: other)
        try engine.cancel(first, actor: actor)
        try drive(engine)
        #expect(try engine.get(first).state == .undone)
        _ = try engine.start(kind: "sample", input: 1, tenant: world.tenant)
    }

    @Test func refusesWhatItDoesNotKnow() throws {
        #expect(throws: WorkflowError.unknownKind("none")) { try engine.start(kind: "none", input: 1) }
        let none = try #require(RunID("r00000000000000a"))
        #expect(throws: WorkflowError.noSuchRun(none)) { try engine.get(none) }
        #expect(throws: WorkflowError.noSuchRun(none)) { try engine.pause(none, actor: actor) }
    }

    @Test func commitsTheStartWithWhatItIsHanded() throws {
        let name = NameReservation(name: "a", tenant: world.tenant)
        let transaction = RegistryTransaction([.insert(name)])
        _ = try engine.start(kind: "sample", input: 1, with: transaction)
        #expect(throws: RegistryError.conflict(name.key)) {
            try engine.start(kind: "sample", input: 2, with: transaction)
        }
        #expect(try registry.list(RunRecord.self).records.count == 1)
    }

    @Test func undoesInReverseOrder() throws {
        let log = Log()
        let engine = engine(["a", "b", "c"].map { LoggedStep(name: $0, log: log, fails: $0 == "c") })
        let run = try world.start(engine)
        try drive(engine)
        #expect(log.lines == ["a", "b", "c", "undo c", "undo b", "undo a"])
        let record = try engine.get(run)
        #expect(record.state == .undone)
        #expect(record.direction == .backward(reason: "`c` failed: no"))
        #expect(record.steps.map(\.state) == [.undone, .undone, .undone])
    }

    @Test func undoesNothingItHasNotBegun() throws {
        let log = Log()
        let engine = engine(["a", "b", "c"].map { LoggedStep(name: $0, log: log, fails: $0 == "b") })
        _ = try world.start(engine)
        try drive(engine)
        #expect(log.lines == ["a", "b", "undo b", "undo a"])
    }

    @Test func triesAgainWithGrowingDelaysAndThenFails() throws {
        let log = Log()
        let step = LoggedStep(name: "a", log: log, throwing: 10, retry: RetryPolicy(attemptsMax: 4))
        let engine = engine([step], onFailure: .stop)
        let run = try world.start(engine)
        var delays: [Int64] = []
        while let due = try engine.runUntilIdle() {
            let delay = due.milliseconds(since: world.folder.clock.now())
            delays.append(delay)
            world.folder.clock.advance(byMilliseconds: delay)
        }
        #expect(log.lines == ["a", "a", "a", "a"])
        #expect(delays.count == 3)
        for (delay, expected) in zip(delays, [50, 100, 200] as [Int64]) {
            #expect((expected * 3 / 4...expected * 5 / 4).contains(delay))
        }
        let record = try engine.get(run)
        #expect(record.state == .failed(reason: "Fault(text: \"10 times\")"))
        #expect(record.step?.lastError == "Fault(text: \"10 times\")")
        #expect(record.notes.count == 4)
        #expect(try registry.list(AuditEntry.self).records.map(\.action) == ["run.started", "run.failed"])
    }

    @Test func retriesOrCancelsARunThatFailed() throws {
        let log = Log()
        let step = LoggedStep(name: "b", log: log, throwing: 2, retry: RetryPolicy(attemptsMax: 2))
        let engine = engine([LoggedStep(name: "a", log: log), step], onFailure: .stop)
        let run = try world.start(engine)
        try drive(engine)
        #expect(throws: WorkflowError.notApplicable(run, state: "failed")) {
            try engine.resume(run, actor: actor)
        }
        #expect(throws: WorkflowError.notApplicable(run, state: "failed")) {
            try engine.pause(run, actor: actor)
        }
        try engine.retry(run, actor: actor)
        try drive(engine)
        #expect(try engine.get(run).state == .completed)
        #expect(log.lines == ["a", "b", "b", "b"])
        #expect(throws: WorkflowError.finished(run, state: "completed")) {
            try engine.cancel(run, actor: actor)
        }
        #expect(throws: WorkflowError.finished(run, state: "completed")) {
            try engine.retry(run, actor: actor)
        }
    }

    @Test func cancelsAPausedRun() throws {
        let run = try world.start(engine)
        try engine.pause(run, actor: actor)
        try drive(engine)
        #expect(try engine.get(run).state == .paused)
        #expect(throws: WorkflowError.notApplicable(run, state: "paused")) {
            try engine.pause(run, actor: actor)
        }
        try engine.cancel(run, actor: actor)
        try drive(engine)
        #expect(try engine.get(run).state == .undone)
        let said = try registry.list(AuditEntry.self).records.filter { $0.actor == actor }.map(\.action)
        #expect(said == ["run.pause-requested", "run.cancel-requested"])
    }

    @Test func takesBackAPauseThatHasNotCome() throws {
        let run = try world.start(engine)
        try engine.pause(run, actor: actor)
        try engine.resume(run, actor: actor)
        try drive(engine)
        #expect(try engine.get(run).state == .completed)
    }

    @Test func cannotBeTakenBackPastThePointOfNoReturn() throws {
        let engine = engine([
            InsertStep(name: "a"), InsertStep(name: "b", isPointOfNoReturn: true), WaitStep(name: "wait"),
        ])
        let run = try world.start(engine)
        _ = try engine.runUntilIdle()
        #expect(throws: WorkflowError.pastReturn(run, step: "b")) { try engine.cancel(run, actor: actor) }
        try drive(engine)
        #expect(try engine.get(run).state == .completed)
    }

    @Test func failsInPlacePastThePointOfNoReturn() throws {
        let engine = engine([
            InsertStep(name: "a", isPointOfNoReturn: true), LoggedStep(name: "b", log: Log(), fails: true),
        ])
        let run = try world.start(engine)
        try drive(engine)
        #expect(try engine.get(run).state == .failed(reason: "no"))
    }

    @Test func endsALoopOfReturns() throws {
        let engine = engine(
            [ChunkStep(name: "chunk"), ReturnStep(name: "return", times: .max)], onFailure: .stop)
        let run = try world.start(engine)
        try drive(engine)
        let record = try engine.get(run)
        #expect(record.returns == Limits.runReturnsMax)
        #expect(
            record.state == .failed(reason: "it went back \(Limits.runReturnsMax) times; at last: once more"))
        #expect(record.notes.count == Limits.runNotesMax)
    }

    @Test func failsARunWhoseStepIsNoLongerKnown() throws {
        let run = try world.start(engine)
        let next = self.engine([InsertStep(name: "another")])
        try next.resumeAll()
        try drive(next)
        let reason =
            "version 1 of `sample` knows no step `insert`; the run was started under version 1: go back to the release "
            + "that had it and retry, or skip the step, or cancel the run"
        #expect(try next.get(run).state == .failed(reason: reason))
    }

    @Test func refusesValuesThatDoNotFit() throws {
        struct Greedy: WorkflowStep {
            let name = "greedy"
            let bytes: Int
            func perform(_ context: RunContext) throws -> StepResult {
                try context.set(String(repeating: "v", count: bytes - 2), for: "v")
                return .done
            }
        }
        for (bytes, isTaken) in [(Limits.runValuesBytesMax, true), (Limits.runValuesBytesMax + 1, false)] {
            let engine = engine([Greedy(bytes: bytes)], onFailure: .stop)
            let run = try engine.start(kind: "sample", input: 1)
            try drive(engine)
            #expect((try engine.get(run).state == .completed) == isTaken)
        }
        let bytes = Limits.runInputBytesMax + 1
        #expect(throws: WorkflowError.tooLarge(bytes: bytes, max: Limits.runInputBytesMax)) {
            try engine.start(kind: "sample", input: String(repeating: "i", count: bytes - 2))
        }
    }

    @Test func listsNewestFirst() throws {
        var runs: [RunID] = []
        for number in 0..<5 {
            world.folder.clock.advance(byMilliseconds: 1)
            let tenant = TenantID(random: SeededRandom(seed: UInt64(number % 2)))
            runs.append(try engine.start(kind: "sample", input: number, tenant: number < 2 ? tenant : nil))
        }
        #expect(try engine.list().records.map(\.id) == runs.reversed())
        let page = try engine.list(limit: 2)
        #expect(page.records.map(\.id) == [runs[4], runs[3]])
        #expect(try engine.list(after: page.next, limit: 2).records.map(\.id) == [runs[2], runs[1]])
        let tenant = TenantID(random: SeededRandom(seed: 1))
        #expect(try engine.list(tenant: tenant).records.map(\.id) == [runs[1]])
    }

    @Test func forgetsOldRunsThatHaveEndedAndTheirKeys() throws {
        let old = try world.start(engine)
        try drive(engine)
        let open = try engine.start(kind: "sample", input: 1, tenant: TenantID(random: SeededRandom(seed: 3)))
        _ = try engine.runUntilIdle()
        world.folder.clock.advance(byMilliseconds: 1000)
        let moment = world.folder.clock.now()
        let new = try engine.start(kind: "sample", input: 2)
        #expect(try engine.prune(endedBefore: moment) == 1)
        #expect(Set(try engine.list().records.map(\.id)) == [open, new])
        #expect(throws: WorkflowError.noSuchRun(old)) { try engine.get(old) }
        #expect(try engine.list(tenant: world.tenant).records.isEmpty)
        #expect(try world.start(engine) != old)
    }

    @Test func carriesRunsOutOnThreads() throws {
        let engine = WorkflowEngine(
            registry: registry,
            workflows: [SampleWorkflow(steps: [InsertStep(name: "a"), ChunkStep(name: "b")])],
            clock: SystemClock(), random: SystemRandom(), threads: 4)
        let runs = try (0..<20).map {
            try engine.start(
                kind: "sample", input: $0, tenant: TenantID(random: SeededRandom(seed: UInt64($0))))
        }
        for run in runs {
            #expect(try engine.wait(for: run, timeoutMilliseconds: 60_000).state == .completed)
        }
        engine.stop()
        #expect(throws: WorkflowError.stopped) { try engine.start(kind: "sample", input: 1) }
    }

    @Test func interruptsALongStepToStopAndGoesOnAfterwards() throws {
        let entered = DispatchSemaphore(value: 0)
        final class Flag: Sendable {
            let value = Mutex(false)
        }
        let flag = Flag()
        let long = LongStep(name: "long", entered: entered) { flag.value.withLock { $0 } }
        let first = engine([long], threads: 1)
        let run = try world.start(first)
        entered.wait()
        first.stop()
        #expect(try registry.require(RunRecord.self, run).state == .running)
        flag.value.withLock { $0 = true }
        let second = engine([long], threads: 1)
        #expect(try second.resumeAll() == 1)
        #expect(try second.wait(for: run, timeoutMilliseconds: 60_000).state == .completed)
        second.stop()
    }

    @Test func interruptsALongStepToPauseIt() throws {
        let entered = DispatchSemaphore(value: 0)
        let engine = engine([LongStep(name: "long", entered: entered) { false }], threads: 1)
        let run = try world.start(engine)
        entered.wait()
        try engine.pause(run, actor: actor)
        #expect(try engine.wait(for: run, timeoutMilliseconds: 60_000).state == .paused)
        engine.stop()
    }
}
