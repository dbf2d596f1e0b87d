import Base
import Registry
import RunTestKit
import Testing
import Workflows

@Suite struct WorkflowFaultTests {
    @Test func survivesEveryFault() throws {
        let count = try RunFaults(of: SampleWorkflow.kind) { try SampleWorld() }.exhaust()
        #expect(count > 150)
    }

    @Test(arguments: [true, false]) func goesOnAfterAWriteThatFailed(isWritten: Bool) throws {
        for write in 2...24 {
            let world = try SampleWorld()
            let flaky = FlakyEngine(world.folder.store, failingAt: write, isWritten: isWritten)
            let registry = try world.folder.open(through: flaky)
            let engine = WorkflowEngine(
                registry: registry, workflows: [SampleWorkflow()], clock: world.folder.clock,
                random: SeededRandom(seed: 1), threads: 0)
            let run = try world.start(engine)
            while let due = try engine.runUntilIdle() {
                world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
            }
            let record = try engine.get(run)
            #expect(record.state == .completed, "write \(write)")
            try world.checkCompleted(record, registry: registry)
        }
    }

    @Test func driverFindsAStepWhoseUndoLeavesSomething() throws {
        struct Leaky: WorkflowStep {
            let name = "leaky"
            func perform(_ context: RunContext) throws -> StepResult {
                try InsertStep(name: "insert").perform(context)
            }
        }
        #expect(throws: RunFaults.Failure.self) {
            var sample = SampleWorkflow()
            sample.steps[0] = Leaky()
            try RunFaults(of: SampleWorkflow.kind) { try SampleWorld(sample) }.exhaust()
        }
    }
}
