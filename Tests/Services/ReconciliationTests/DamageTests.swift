import Base
import Reconciliation
import Registry
import Tables
import Testing
import Workflows

@Suite struct DamageTests {
    /// What the app looks at; its own tests plant these.
    private static let ofTheApp: Set<FindingKind> = [
        .fileStray, .fileUnfinished, .fileMissing, .fileDiffers, .receiptChain,
    ]

    @Test func everyKindOfFindingHasItsDamage() {
        let planted = Set(Damage.all.map(\.kind))
        #expect(planted == Set(FindingKind.allCases).subtracting(Self.ofTheApp))
    }

    @Test(arguments: Damage.all) func isFoundAndNothingElse(damage: Damage) throws {
        let world = try ReconcileWorld()
        let tenants = try world.populate()
        #expect(try world.reconciler().survey(.deep).findings == [])
        try damage.plant(world, tenants)
        let report = try world.reconciler().survey(.deep)
        #expect(Set(report.findings.map(\.kind)) == damage.others.union([damage.kind]), "\(report.findings)")
        #expect(report.findings.allSatisfy { $0.run == nil })
    }

    @Test(arguments: Damage.all.filter { $0.others.isEmpty }) func isPutRightAsItSays(damage: Damage) throws {
        let world = try ReconcileWorld()
        let tenants = try world.populate()
        try damage.plant(world, tenants)
        let reconciler = world.reconciler()
        let finding = try #require(try reconciler.survey(.deep).findings.first)
        let actor = AuditActor.credential("k")
        let repaired = try reconciler.repair(.deep, actor: actor)
        switch finding.remedy {
        case .repair:
            #expect(repaired.done == [finding] && repaired.failures == [])
        case .removal:
            #expect(repaired.done == [] && repaired.findings == [finding])
            #expect(throws: ReconcileError.notFound("items-stray:nothing")) {
                try reconciler.remove([finding.id, "items-stray:nothing"], .deep, actor: actor)
            }
            let removed = try reconciler.remove([finding.id], .deep, actor: actor)
            #expect(removed.done == [finding] && removed.failures == [], "\(removed)")
        case .byHand(let remedy):
            #expect(repaired.done == [] && repaired.findings == [finding])
            #expect(throws: ReconcileError.byHand(finding.id, remedy: remedy)) {
                try reconciler.remove([finding.id], .deep, actor: actor)
            }
            return
        }
        let after = try reconciler.survey(.deep).findings
        #expect(after == [], "\(after)")
        let notes = try world.registry.list(AuditEntry.self).records.filter { $0.actor == actor }
        #expect(notes.map(\.subject) == [finding.subject])
        // A second time there is nothing to do.
        #expect(try reconciler.repair(.deep, actor: actor).done == [])
    }

    @Test func aTenantWhoseFenceIsLiftedIsServedInANewEpoch() throws {
        let world = try ReconcileWorld()
        let tenant = try world.populate()[0]
        let store = try world.store(of: tenant)
        try store.setResident(tenant, to: .init(epoch: 1, state: .fenced))
        _ = try world.reconciler().repair(actor: .system)
        #expect(try world.placement(tenant).epoch == 2)
        #expect(try store.resident(tenant) == .init(epoch: 2, state: .active))
    }
}
