import Archives
import Base
import Registry
import RunTestKit
import Tables
import Testing
import Workflows

private let unnoticedTidying =
    "it is the last, and removes an image; `homeroom reconcile` lists what it would leave"

/// A backup of a tenant, put through every fault.
private final class BackupRunWorld: RunWorld {
    let world: BackupWorld

    init() throws { world = try BackupWorld() }

    var folder: RegistryFolder { world.registryFolder }

    var unnoticed: [String: String] { ["tidy": unnoticedTidying] }

    func workflow(over registry: Registry) throws -> any Workflow {
        BackupWorkflow(environment: world.environment(registry))
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(
            kind: BackupWorkflow.runKind, input: BackupInput(tenant: world.tenant.id, purpose: .request),
            tenant: world.tenant.id)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let backups = try world.backups(registry).backups(of: world.tenant.id)
        try world.expect(backups.count == 1, "\(backups.count) backups")
        let backup = try #require(backups.first)
        try world.expect(backup.state == .complete, "it is \(backup.state)")
        let count = try world.items(of: world.tenant).count
        try world.expect(backup.extent.items == count, "\(backup.extent.items) of \(count) items")
        let counts = try world.backups(registry).count(in: backup.id) { _, _ in true }
        try world.expect(counts.values.reduce(0, +) == count, "it reads back as \(counts)")
        try world.expectNoLeftovers(registry)
        try world.expectServed(registry)
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        let backups = try world.backups(registry).backups(of: world.tenant.id)
        try world.expect(backups.isEmpty, "\(backups.count) backups are left")
        try world.expectNoLeftovers(registry)
        try world.expectServed(registry)
    }
}

/// A reading back of a backup, put through every fault.
private final class VerificationRunWorld: RunWorld {
    let world: BackupWorld
    let backup: TenantBackup

    init() throws {
        world = try BackupWorld()
        backup = try world.makeBackup(try world.registryFolder.open())
        try world.forgetRuns()
    }

    var folder: RegistryFolder { world.registryFolder }

    var unnoticed: [String: String] { ["read back": "it is the check itself, and the only step"] }

    func workflow(over registry: Registry) throws -> any Workflow {
        BackupVerificationWorkflow(environment: world.environment(registry))
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(
            kind: BackupVerificationWorkflow.runKind, input: BackupVerificationInput(backup: backup.id),
            tenant: world.tenant.id)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let now = try world.backups(registry).backup(backup.id)
        try world.expect(now.verifiedAt != nil, "it was not verified")
        try world.expect(now.state == .complete, "it is \(now.state)")
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        let now = try world.backups(registry).backup(backup.id)
        try world.expect(now.state == .complete, "it is \(now.state)")
        try world.expectNoLeftovers(registry)
    }
}

/// A restore of a tenant, or the plan of one, put through every fault.
private final class RestoreRunWorld: RunWorld {
    let world: BackupWorld
    private let kind: String
    private let point: RestorePoint
    private let before: Set<BackupWorld.Entity>
    private let wanted: Set<BackupWorld.Entity>
    private let neighbours: Set<BackupWorld.Entity>

    /// - Parameter isMoment: goes back by the journal, not to a backup.
    init(_ kind: String, isMoment: Bool) throws {
        self.kind = kind
        world = try BackupWorld()
        let registry = try world.registryFolder.open()
        wanted = try world.items(of: world.tenant)
        world.clock.advance(byMilliseconds: 1000)
        if isMoment {
            point = .moment(world.clock.now())
        } else {
            point = .backup(try world.makeBackup(registry).id)
            try world.forgetRuns()
        }
        world.clock.advance(byMilliseconds: 1000)
        try world.changeEverything()
        before = try world.items(of: world.tenant)
        neighbours = try world.items(of: world.neighbour)
    }

    var folder: RegistryFolder { world.registryFolder }

    var unnoticed: [String: String] { ["tidy": unnoticedTidying] }

    func workflow(over registry: Registry) throws -> any Workflow {
        let environment = world.environment(registry)
        return kind == RestoreWorkflow.runKind
            ? RestoreWorkflow(environment: environment) : RestorePlanWorkflow(environment: environment)
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        try engine.start(
            kind: kind, input: RestoreInput(tenant: world.tenant.id, point: point), tenant: world.tenant.id)
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        let isPlan = kind == RestorePlanWorkflow.runKind
        try check(registry, has: isPlan ? before : wanted)
        guard !isPlan else { return }
        let receipt = try registry.require(RestoreReceipt.self, run.id)
        let students = try #require(receipt.tables.last)
        try world.expect(
            students.added == 1 && students.changed == 1 && students.removed == 1,
            "the receipt says \(students)")
        try world.expect(receipt.digestBefore != receipt.digestAfter, "the digests are the same")
        let safety = try world.backups(registry).backup(receipt.safetyBackup)
        try world.expect(safety.digest == receipt.digestBefore, "the safety backup is of something else")
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        try check(registry, has: before)
        try world.expect(try registry.read(RestoreReceipt.self, run.id) == nil, "there is a receipt")
    }

    private func check(_ registry: Registry, has items: Set<BackupWorld.Entity>) throws {
        try world.expect(try world.items(of: world.tenant) == items, "the tenant has other items")
        try world.expect(
            try world.items(of: world.neighbour) == neighbours, "the neighbour has other items")
        let held = try world.backups(registry).backups(of: world.tenant.id).filter { $0.heldBy != nil }
        try world.expect(held.isEmpty, "\(held.count) backups are held")
        try world.expectNoLeftovers(registry)
        try world.expectServed(registry)
    }
}

@Suite struct BackupFaultTests {
    @Test func backupSurvivesEveryFault() throws {
        #expect(try RunFaults(of: BackupWorkflow.runKind) { try BackupRunWorld() }.exhaust() > 50)
    }

    @Test func verificationSurvivesEveryFault() throws {
        #expect(
            try RunFaults(of: BackupVerificationWorkflow.runKind) { try VerificationRunWorld() }.exhaust()
                > 15)
    }

    @Test(arguments: [false, true]) func restoreSurvivesEveryFault(isMoment: Bool) throws {
        let count = try RunFaults(of: RestoreWorkflow.runKind) {
            try RestoreRunWorld(RestoreWorkflow.runKind, isMoment: isMoment)
        }.exhaust()
        #expect(count > 90)
    }

    @Test(arguments: [false, true]) func planSurvivesEveryFault(isMoment: Bool) throws {
        let count = try RunFaults(of: RestorePlanWorkflow.runKind) {
            try RestoreRunWorld(RestorePlanWorkflow.runKind, isMoment: isMoment)
        }.exhaust()
        #expect(count > 40)
    }
}
