import Base
import Migrations
import Registry
import RunTestKit
import Tenancy
import Testing
import Workflows

@Suite struct MoveLimitTests {
    /// A step remembers which schools it is done with, and a run's memory is limited.
    @Test func aDistrictOfManySchoolsMoves() throws {
        let world = try MoveWorld(from: "premium", to: "enterprise")
        let registry = try world.folder.open()
        let random = SeededRandom(seed: 3)
        try registry.update(TenantRecord.self, world.mover.id) { tenant, _ in
            let time = Timestamp(milliseconds: 0)
            tenant.schools += (0..<1200).map {
                SchoolRecord(id: SchoolID(random: random), name: "School \($0)", createdAt: time)
            }
        }
        let engine = try WorkflowEngine(
            registry: registry, workflows: [world.workflow(over: registry)], clock: world.folder.clock,
            random: SeededRandom(seed: 1), threads: 0)
        let run = try world.start(engine)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        let record = try engine.get(run)
        #expect(record.state == .completed, "\(record.notes.map(\.text))")
        try world.checkCompleted(record, registry: registry)
    }
}
