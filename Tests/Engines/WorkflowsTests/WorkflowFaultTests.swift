import Base
import Registry
import RunTestKit
import Testing
import Workflows

@Suite struct WorkflowFaultTests {
    @Test func survivesEveryFault() throws {
        let count = try RunFaults { try SampleWorld() }.exhaust()
        #expect(count > 150)
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
            try RunFaults { try SampleWorld(sample) }.exhaust()
        }
    }
}
