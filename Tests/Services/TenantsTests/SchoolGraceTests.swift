import Base
import FoundationEssentials
import Registry
import RunTestKit
import Tenancy
import Testing
import Workflows

@testable import Tenants

private let actor = AuditActor("test")

/// A school more than the tier takes, where the catalog lets it in until the tenant is moved.
@Suite struct SchoolGraceTests {
    private let world: TenantsWorld
    private let process: TenantsProcess
    private let tenant: TenantID
    private let basic: TierName
    private let premium: TierName

    init() throws {
        world = try TenantsWorld(upgrade: Self.plan(grace: 2))
        process = try world.process()
        tenant = try process.onboard(try request(schools: ["a", "b", "c"])).details.record.id
        (basic, premium) = (try #require(TierName("basic")), try #require(TierName("premium")))
    }

    private static func plan(grace: Int, mode: String = "automatic") -> String {
        """
        { "to": "premium", "mode": "\(mode)", "schoolsGrace": \(grace),
          "rules": [ { "metric": "schools", "above": 3 } ] }
        """
    }

    private func add(_ name: String, _ process: TenantsProcess? = nil) throws -> SchoolOutcome {
        let process = process ?? self.process
        guard
            case .underWay(let run) = try process.service.addSchool(
                name, to: tenant, actor: actor, waitMilliseconds: 0)
        else { throw TenantsWorld.Wrong(description: "it waited") }
        try process.drive()
        return try process.service.schoolOutcome(of: run)
    }

    private func grace(schools: Int) -> SchoolGrace {
        SchoolGrace(
            tier: basic, schoolsMax: 3, schools: schools, schoolsEnd: 5, target: premium, mode: .automatic)
    }

    @Test func letsSchoolsInUpToTheGraceAndNoMore() throws {
        for count in [4, 5] {
            guard case .done(_, _, let grace) = try add("school \(count)") else {
                throw TenantsWorld.Wrong(description: "it is not done")
            }
            #expect(grace == self.grace(schools: count))
        }
        let error = TenantError.tooManySchools(
            tier: basic, schools: 6, max: 3, remedy: "tier `premium` takes them")
        #expect(throws: error) { try add("school 6") }
        try world.checkOnly(tenant, schools: 5, registry: process.registry)
    }

    @Test func itsPeopleAndTheAuditAreToldWhy() throws {
        let text =
            "tier `basic` takes 3 schools a tenant and this makes 4, of 5 that its grace lets in; "
            + "a move to `premium` is due, in its next quiet hours at the earliest"
        guard case .done(let run, let school, _) = try add("fourth") else {
            throw TenantsWorld.Wrong(description: "it is not done")
        }
        let entry = try #require(
            try process.registry.list(AuditEntry.self).records.last { $0.action == "school.added" })
        #expect(entry.detail == ["name": "fourth", "grace": text])
        #expect(entry.before == ["schools": "3"] && entry.after == ["schools": "4"])
        let events = try process.registry.list(OutboxEvent.self).records.filter { $0.type != "run.completed" }
            .suffix(2)
        #expect(events.map(\.type) == ["school.added", "tenant.in-grace"])
        #expect(events.last?.payload.contains(text) == true)
        // The run's own result tells the same, and the version before reads the school in it.
        let result = try #require(try process.registry.require(RunRecord.self, run).result)
        #expect(try TenantService.decoded(result, as: SchoolRecord.self) == school)
        #expect(try TenantService.decoded(result, as: AddedSchool.self).grace?.text == text)
    }

    @Test func aSchoolThatTheTierTakesNeedsNone() throws {
        try process.service.setOverride(
            tenant, .schools, value: 4, until: nil, reason: "merger", actor: actor)
        guard case .done(_, _, let none) = try add("fourth"), case .done(_, _, let some) = try add("fifth")
        else { throw TenantsWorld.Wrong(description: "it is not done") }
        #expect(none == nil && some?.schoolsMax == 4 && some?.schoolsEnd == 6)
        #expect(
            try process.registry.list(OutboxEvent.self).records.filter { $0.type == "tenant.in-grace" }.count
                == 1)
    }

    @Test(arguments: [nil, plan(grace: 0)])
    func withoutGraceItIsRefused(_ upgrade: String?) throws {
        let world = try TenantsWorld(upgrade: upgrade)
        let process = try world.process()
        let tenant = try process.onboard(try request(schools: ["a", "b", "c"])).details.record.id
        #expect(
            throws: TenantError.tooManySchools(
                tier: basic, schools: 4, max: 3, remedy: "tier `premium` takes them")
        ) { try process.service.addSchool("d", to: tenant, actor: actor) }
    }

    @Test func anOnboardingHasNoGrace() throws {
        let error = TenantError.tooManySchools(
            tier: basic, schools: 4, max: 3, remedy: "tier `premium` takes them")
        #expect(throws: error) {
            try process.onboard(try request("Other", schools: ["a", "b", "c", "d"]))
        }
    }

    @Test(
        arguments: [
            ("automatic", "a move to `premium` is due, in its next quiet hours at the earliest"),
            ("ask", "a move to `premium` is due, once an operator approves it"),
            ("recommend", "a move to `premium` is recommended, and begins when an operator asks for it"),
        ])
    func saysWhatFollows(_ mode: String, _ next: String) throws {
        let world = try TenantsWorld(upgrade: Self.plan(grace: 1, mode: mode))
        let tier = try #require(world.catalog.tier(named: basic))
        #expect(try tier.grace(for: 4, catalog: world.catalog)?.text.hasSuffix("; \(next)") == true)
        #expect(try tier.grace(for: 3, catalog: world.catalog) == nil)
    }

    @Test func whatTheVersionBeforeStoredIsRead() throws {
        let school = SchoolRecord(
            id: SchoolID(random: SeededRandom(seed: 4)), name: "Old", createdAt: Timestamp(milliseconds: 5))
        let stored = String(decoding: try JSONEncoder().encode(school), as: UTF8.self)
        #expect(
            try TenantService.decoded(stored, as: AddedSchool.self) == AddedSchool(school, grace: nil))
    }
}
