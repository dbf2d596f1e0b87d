import Base
import Registry
import RunTestKit
import Testing
import Workflows

@testable import Migrations

@Suite struct MoveFaultTests {
    @Test(arguments: [
        ("basic", "advanced"), ("basic", "premium"), ("premium", "basic"), ("premium", "enterprise"),
    ])
    func movesEverythingAndLeavesNothing(source: String, target: String) throws {
        let world = try MoveWorld(from: source, to: target)
        let registry = try world.folder.open()
        let engine = try WorkflowEngine(
            registry: registry, workflows: [world.workflow(over: registry)], clock: world.folder.clock,
            random: SeededRandom(seed: 1), threads: 0)
        let run = try world.start(engine)
        var calls = 0
        while let due = try engine.runUntilIdle(), calls < 100 {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
            calls += 1
        }
        let record = try engine.get(run)
        #expect(record.state == .completed, "\(record.notes)")
        try world.checkCompleted(record, registry: registry)
    }

    @Test(arguments: ["premium", "advanced"]) func survivesEveryFault(target: String) throws {
        let count = try RunFaults(of: MoveWorkflow.runKind) { try MoveWorld(from: "basic", to: target) }
            .exhaust()
        #expect(count > 150)
    }
}
