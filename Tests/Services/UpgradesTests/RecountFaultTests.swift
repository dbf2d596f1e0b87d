import Base
import FoundationEssentials
import Registry
import RunTestKit
import Tables
import Testing
import Workflows

@testable import Upgrades

/// A count of a district's items, put through every fault.
private final class RecountRunWorld: RunWorld {
    let world: RecountWorld
    private let tenant: TenantRecord

    init() throws {
        world = try RecountWorld()
        _ = try world.startOnboarding("Springfield", schools: ["Lincoln"])
        try world.drive()
        tenant = try #require(try world.active().first)
        for number in 0..<10 {
            try world.write(student: number, of: tenant.schools[0].id, note: 5, by: tenant.id)
        }
        try world.meter.collect()
        // The one that made it is none of this.
        _ = try world.engine.prune(endedBefore: world.clock.now().advanced(bySeconds: 1))
    }

    var folder: RegistryFolder { world.folder }

    var unnoticed: [String: String] { ["count": "it is the count itself, and the only step"] }

    func workflow(over registry: Registry) throws -> any Workflow {
        RecountWorkflow(
            recounter: UsageRecounter(
                registry: registry, stores: world.stores, catalog: world.catalog, meter: world.meter,
                pace: UsageRecounter.Pace { _ in }))
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try world.desk.startRecount(tenant.id, by: engine, actor: .system)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        guard let text = run.result else {
            throw RunFaults.Failure(description: "it left no result")
        }
        let result = try JSONDecoder().decode(RecountResult.self, from: Data(text.utf8))
        let extent = try world.extent(of: tenant)
        guard result.counted == extent, try world.meter.hour(of: tenant.id)?.items == extent.items else {
            throw RunFaults.Failure(description: "it counted \(result), there are \(extent)")
        }
    }

    /// Whether it was corrected by then or not, the figures are right.
    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        let (hour, extent) = (try world.meter.hour(of: tenant.id), try world.extent(of: tenant))
        guard hour?.items == extent.items else {
            throw RunFaults.Failure(description: "the meter says \(hour?.items ?? 0), there are \(extent)")
        }
    }
}

@Suite struct RecountFaultTests {
    @Test func aCountSurvivesEveryFault() throws {
        #expect(try RunFaults(of: RecountWorkflow.runKind) { try RecountRunWorld() }.exhaust() > 20)
    }
}
