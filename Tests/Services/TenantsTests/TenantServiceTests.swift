import Base
import Items
import LocalTables
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Workflows

@testable import Tenants

private let actor = AuditActor("test")

@Suite struct TenantServiceTests {
    private func addSchool(
        _ name: String, to tenant: TenantID, _ process: TenantsProcess, allowsDuplicateName: Bool = false,
        key: String? = nil
    ) throws -> SchoolRecord? {
        let outcome = try process.service.addSchool(
            name, to: tenant, allowsDuplicateName: allowsDuplicateName, idempotencyKey: key, actor: actor,
            waitMilliseconds: 0)
        guard case .underWay(let run) = outcome else {
            if case .done(_, let school, _) = outcome { return school }
            return nil
        }
        try process.drive()
        guard case .done(_, let school, _) = try process.service.schoolOutcome(of: run) else { return nil }
        return school
    }

    @Test func addsASchoolWithItsFirstItems() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let tenant = try process.onboard(try request()).details.record.id
        let school = try #require(try addSchool("East", to: tenant, process))
        #expect(try process.service.schools(of: tenant).last == school)
        #expect(process.directory.owner(of: school.id)?.record.id == tenant)
        try world.checkOnly(tenant, schools: 3, registry: process.registry)
    }

    @Test func sameKeyAddsOneSchool() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let tenant = try process.onboard(try request()).details.record.id
        let first = try addSchool("East", to: tenant, process, key: "e")
        #expect(try addSchool("East", to: tenant, process, key: "e") == first)
        try world.checkOnly(tenant, schools: 3, registry: process.registry)
    }

    @Test func refusesASchoolOverTheLimit() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let tenant = try process.onboard(try request(schools: ["a", "b", "c"])).details.record.id
        let basic = try #require(TierName("basic"))
        let error = TenantError.tooManySchools(
            tier: basic, schools: 4, max: 3, remedy: "tier `premium` takes them")
        #expect(throws: error) { try addSchool("d", to: tenant, process) }
        #expect(
            error.message
                == "tier `basic` takes 3 schools a tenant and this makes 4; tier `premium` takes them")
        try world.checkOnly(tenant, schools: 3, registry: process.registry)
    }

    @Test func schoolsThatRaceStayWithinTheLimit() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let tenant = try process.onboard(try request()).details.record.id
        let runs = try ["x", "y"].compactMap { name -> RunID? in
            let outcome = try process.service.addSchool(name, to: tenant, actor: actor, waitMilliseconds: 0)
            if case .underWay(let run) = outcome { return run }
            return nil
        }
        try process.drive()
        #expect(runs.count == 2)
        let basic = try #require(TierName("basic"))
        #expect(
            throws: TenantError.tooManySchools(
                tier: basic, schools: 4, max: 3, remedy: "tier `premium` takes them")
        ) { try process.service.schoolOutcome(of: runs[1]) }
        try world.checkOnly(tenant, schools: 3, registry: process.registry)
    }

    @Test func refusesASchoolOfTheSameName() throws {
        let process = try TenantsWorld().process()
        let record = try process.onboard(try request()).details.record
        #expect(throws: TenantError.schoolNameTaken("lincoln high", by: record.schools[0].id)) {
            try addSchool("lincoln high", to: record.id, process)
        }
        #expect(try addSchool("Lincoln High", to: record.id, process, allowsDuplicateName: true) != nil)
    }

    /// What an application has changed of a first item stays when the step that wrote it is repeated.
    @Test func firstItemsThatAreThereStay() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let details = try process.onboard(try request()).details
        let placement = try #require(details.placement)
        let table = try #require(placement.tables["school-table"])
        let store = try world.stores.store(placement.store)
        let key = EncodedKey(partition: Array(details.record.id.text.utf8), sort: Array("CONFIG".utf8))
        let changed: Item = [
            "tenantId": .string(details.record.id.text), "entityKey": .string("CONFIG"), "x": .bool(true),
        ]
        try store.write(WriteRequest(ItemWrite(table: table, key: key, action: .put(changed))))
        let gone = EncodedKey(
            partition: Array("TENANT#\(details.record.schools[0].id)#STUDENT#sample".utf8),
            sort: Array("PROFILE".utf8))
        let students = try #require(placement.tables["student-table"])
        try store.write(WriteRequest(ItemWrite(table: students, key: gone, action: .delete)))

        let placements = Placements(registry: process.registry, catalog: world.catalog)
        let stores = TenantStores(stores: world.stores, placements: placements)
        try stores.write(
            FirstItems.all(of: details.record, world.catalog), at: placement,
            schools: details.record.schools.map(\.id))
        let items = try world.items()
        #expect(items[table.text]?.contains(changed) == true)
        #expect(items[students.text]?.count == 2)
    }

    @Test func firstItemsGoNoWhereElse() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let details = try process.onboard(try request()).details
        let placement = try #require(details.placement)
        let placements = Placements(registry: process.registry, catalog: world.catalog)
        let stores = TenantStores(stores: world.stores, placements: placements)
        let other = SchoolRecord(
            id: SchoolID(random: world.random), name: "Not its own", createdAt: world.folder.clock.now())
        let items = FirstItems.of(other, of: details.record, world.catalog)
        #expect(throws: TableError.self) {
            try stores.write(items, at: placement, schools: details.record.schools.map(\.id))
        }
        var stale = placement
        stale.epoch = 0
        #expect(throws: TableError.misrouted(details.record.id)) {
            try stores.write(items, at: stale, schools: [other.id])
        }
        try world.checkOnly(details.record.id, schools: 2, registry: process.registry)
    }

    @Test func suspendsAndResumes() throws {
        let process = try TenantsWorld().process()
        let tenant = try process.onboard(try request()).details.record.id
        let suspended = try process.service.suspend(tenant, reason: "unpaid", actor: actor)
        #expect(suspended.state == .suspended(Suspension(reason: "unpaid")))
        #expect(process.directory.entry(tenant)?.record.state == .suspended(Suspension(reason: "unpaid")))
        // Repeated it writes nothing.
        #expect(try process.service.suspend(tenant, reason: "unpaid", actor: actor) == suspended)
        #expect(try process.service.resume(tenant, actor: actor).state == .active)
        #expect(process.directory.entry(tenant)?.record.state == .active)
        let actions = try process.registry.list(AuditEntry.self).records.filter { $0.actor == actor }
        #expect(actions.map(\.action) == ["tenant.suspended", "tenant.resumed"])
        #expect(actions.first?.detail == ["reason": "unpaid", "mode": "closed"])
        let events = try process.registry.list(OutboxEvent.self).records.map(\.type)
        #expect(events.suffix(2) == ["tenant.suspended", "tenant.resumed"])
    }

    @Test func refusesToSuspendWithoutReasonOrTenant() throws {
        let process = try TenantsWorld().process()
        let run = try process.service.startOnboarding(try request())
        let tenant = try #require(try process.engine.get(run).tenant)
        #expect(throws: TenantError.noSuchTenant(tenant.text)) {
            try process.service.suspend(tenant, reason: "unpaid", actor: actor)
        }
        #expect(
            throws: TenantError.invalid(
                field: "reason", value: "", remedy: "say why, for those who ask later")
        ) { try process.service.suspend(tenant, reason: " ", actor: actor) }
    }

    @Test func tenantUnderWayIsNotApplicable() throws {
        let process = try TenantsWorld().process()
        let tenant = TenantID(random: SeededRandom(seed: 9))
        let onboarding = TenantRecord(
            id: tenant, name: "A", tier: try #require(TierName("basic")),
            timezone: try #require(TimeZoneName("UTC")), adminEmail: try #require(EmailAddress("a@b.c")),
            createdAt: Timestamp(milliseconds: 0))
        try process.registry.transact(RegistryTransaction([.insert(onboarding)]))
        #expect(
            throws: TenantError.notApplicable(tenant, state: "being onboarded", wanted: "suspended")
        ) { try process.service.suspend(tenant, reason: "x", actor: actor) }
        #expect(throws: TenantError.notApplicable(tenant, state: "being onboarded", wanted: "resumed")) {
            try process.service.resume(tenant, actor: actor)
        }
        #expect(
            throws: TenantError.notApplicable(tenant, state: "being onboarded", wanted: "given a school")
        ) { try process.service.addSchool("x", to: tenant) }
    }

    @Test func listsByPageAndFilter() throws {
        let process = try TenantsWorld().process()
        for number in 1...9 {
            _ = try process.onboard(
                try request("District \(number)", tier: number % 3 == 0 ? "premium" : "basic", schools: []))
        }
        var ids: [TenantID] = []
        var after: String?
        repeat {
            let page = try process.service.list(after: after, limit: 4)
            #expect(page.records.count <= 4)
            ids += page.records.map(\.id)
            after = page.next
        } while after != nil
        #expect(ids.count == 9)
        #expect(ids == ids.sorted())
        let premium = TenantFilter(tier: TierName("premium"))
        #expect(
            Set(try process.service.list(premium).records.map(\.name)) == [
                "District 3", "District 6", "District 9",
            ])
        let page = try process.service.list(premium, limit: 2)
        #expect(page.records.count == 2)
        let rest = try process.service.list(premium, after: page.next, limit: 2)
        #expect(rest.records.count == 1)
        #expect(rest.next == nil)
        try process.service.suspend(ids[4], reason: "x", actor: actor)
        #expect(try process.service.list(TenantFilter(state: .suspended)).records.map(\.id) == [ids[4]])
        #expect(
            try process.service.list(TenantFilter(nameContains: "TRICT 7")).records.map(\.name) == [
                "District 7"
            ])
    }

    @Test func findsTenantsByIDAndName() throws {
        let process = try TenantsWorld().process()
        let tenant = try process.onboard(try request()).details.record.id
        #expect(try process.service.tenant(named: tenant.text) == tenant)
        #expect(try process.service.tenant(named: " springfield usd ") == tenant)
        for text in [
            "", "Shelbyville", TenantID(random: SeededRandom(seed: 77)).text,
            String(repeating: "a", count: 5000),
        ] {
            #expect(throws: TenantError.noSuchTenant(text)) { try process.service.tenant(named: text) }
        }
    }
}
