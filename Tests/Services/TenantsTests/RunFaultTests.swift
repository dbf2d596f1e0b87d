import Base
import Items
import Registry
import RunTestKit
import Synchronization
import Testing
import Workflows

@testable import Tenants

/// An onboarding, for the driver that puts it through every fault.
private final class OnboardingWorld: RunWorld {
    let world: TenantsWorld
    private let tier: String
    private let tenant: TenantID

    init(tier: String) throws {
        world = try TenantsWorld()
        self.tier = tier
        tenant = TenantID(random: world.random)
    }

    var folder: RegistryFolder { world.folder }

    func workflow(over registry: Registry) throws -> any Workflow { world.workflows(over: registry)[0] }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(
            kind: OnboardingWorkflow.kind, input: try request(tier: tier), tenant: tenant,
            idempotencyKey: "key")
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        try world.checkOnly(tenant, schools: 2, registry: registry)
        let onboarded = try registry.list(OutboxEvent.self).records.filter { $0.type == "tenant.onboarded" }
        guard onboarded.count == 1 else { throw TenantsWorld.Wrong(description: "events: \(onboarded)") }
        guard world.forgotten.withLock({ $0.isEmpty }) else {
            throw TenantsWorld.Wrong(description: "what others keep of it was removed")
        }
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        try world.checkNothing(registry: registry)
        let onboarded = try registry.list(OutboxEvent.self).records.filter { $0.type == "tenant.onboarded" }
        guard onboarded.isEmpty else { throw TenantsWorld.Wrong(description: "events: \(onboarded)") }
        let wasRecorded = try registry.list(AuditEntry.self).records.contains {
            $0.action == "tenant.recorded"
        }
        // Where it never came to a record there is nothing, whether they are told or not.
        guard !wasRecorded || world.forgotten.withLock({ $0 }) == [tenant] else {
            throw TenantsWorld.Wrong(description: "what others keep of it is still there")
        }
    }
}

/// The adding of a school to a tenant that is there.
private final class SchoolWorld: RunWorld {
    let world: TenantsWorld
    private let tenant: TenantID

    init() throws {
        world = try TenantsWorld()
        let process = try world.process()
        let onboarded = try process.onboard(try request())
        tenant = onboarded.details.record.id
        // The driver takes the only run there is for the one it tests.
        let run = try process.registry.require(RunRecord.self, onboarded.run)
        try process.registry.transact(RegistryTransaction([.delete(run)]))
    }

    var folder: RegistryFolder { world.folder }

    func workflow(over registry: Registry) throws -> any Workflow { world.workflows(over: registry)[1] }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        let school = SchoolRequest(
            tenant: tenant, name: try OnboardingRequest.schoolName("East"), allowsDuplicateName: false)
        return try engine.start(kind: SchoolWorkflow.kind, input: school, tenant: tenant)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        try world.checkOnly(tenant, schools: 3, registry: registry)
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        try world.checkOnly(tenant, schools: 2, registry: registry)
    }
}

@Suite struct RunFaultTests {
    @Test(arguments: ["basic", "premium"])
    func onboardingSurvivesEveryFault(tier: String) throws {
        let count = try RunFaults(of: OnboardingWorkflow.kind) { try OnboardingWorld(tier: tier) }.exhaust()
        #expect(count > 100)
    }

    @Test func addingASchoolSurvivesEveryFault() throws {
        let count = try RunFaults(of: SchoolWorkflow.kind) { try SchoolWorld() }.exhaust()
        #expect(count > 30)
    }
}
