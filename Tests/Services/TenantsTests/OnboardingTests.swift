import Base
import Items
import Registry
import Synchronization
import Tables
import Tenancy
import Testing
import Workflows

@testable import Tenants

@Suite struct OnboardingTests {
    @Test func onboardsIntoAPool() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let onboarded = try process.onboard(try request())
        let record = onboarded.details.record
        #expect(record.name == "Springfield USD")
        #expect(record.state == .active)
        #expect(record.schools.map(\.name) == ["Lincoln High", "Central"])
        #expect(onboarded.details.store?.id.text == "pool-basic-1")
        #expect(
            onboarded.details.placement?.tables.mapValues(\.text)
                == ["school-table": "school-table-basic", "student-table": "student-table-basic"])
        #expect(process.directory.entry(record.id)?.record.state == .active)
        #expect(process.directory.owner(of: record.schools[1].id)?.record.id == record.id)
        try world.checkOnly(record.id, schools: 2, registry: process.registry)
        let items = try world.items()["school-table-basic"] ?? []
        #expect(
            items.contains([
                "tenantId": .string(record.id.text), "entityKey": .string("SCHOOL#\(record.schools[0].id)"),
                "name": .string("Lincoln High"),
            ]))
    }

    @Test func onboardsIntoAStoreOfItsOwn() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let onboarded = try process.onboard(try request(tier: "premium"))
        let id = onboarded.details.record.id
        #expect(onboarded.details.store?.kind == .dedicated(tenant: id))
        #expect(onboarded.details.placement?.isDedicated == true)
        #expect(
            onboarded.details.placement?.tables["school-table"]?.text == "school-table-premium-\(id)")
        try world.checkOnly(id, schools: 2, registry: process.registry)
    }

    @Test func fullPoolGetsASuccessor() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let stores = try (1...7).map {
            try process.onboard(try request("District \($0)", schools: [])).details.store?.id.text
        }
        let pools = (1...3).map { "pool-basic-\($0)" }
        #expect(stores == [pools[0], pools[0], pools[0], pools[1], pools[1], pools[1], pools[2]])
        #expect(try process.registry.list(StoreRecord.self).records.map(\.occupants) == [3, 3, 1])
    }

    @Test func fillsTheEleventhPoolInOrder() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let stores = try (1...31).map {
            try process.onboard(try request("District \($0)", schools: [])).details.store?.id.text
        }
        #expect(stores[27..<31] == ["pool-basic-10", "pool-basic-10", "pool-basic-10", "pool-basic-11"])
    }

    @Test func onboardingsAtOnceFillPoolsExactly() throws {
        let world = try TenantsWorld()
        let process = try world.process(threads: 8)
        let runs = try (0..<200).map {
            try process.service.startOnboarding(try request("District \($0)", schools: ["One"]))
        }
        for run in runs {
            guard case .done = try process.service.onboardingOutcome(of: run, waitMilliseconds: 60_000) else {
                Issue.record("run \(run) is under way")
                return
            }
        }
        let records = try process.registry.list(StoreRecord.self, limit: 1000).records
        #expect(records.count == 67)
        #expect(records.map(\.occupants).sorted() == [2] + Array(repeating: 3, count: 66))
        let placements = try process.registry.list(PlacementRecord.self, limit: 1000).records
        let perStore = Dictionary(grouping: placements, by: \.store).mapValues(\.count)
        #expect(perStore == Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0.occupants) }))
        #expect(try world.items().values.reduce(0) { $0 + $1.count } == 600)
        #expect(
            Set(try process.registry.list(CredentialRecord.self, limit: 1000).records.map(\.id)).count == 200)
    }

    @Test func keepsTheSecretNowhere() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let onboarded = try process.onboard(try request(), key: "k")
        let credential = try #require(onboarded.credential)
        #expect(credential.id.hasPrefix("hk_"))
        #expect(credential.secret == "secret of \(credential.id)")
        let record = try process.registry.require(CredentialRecord.self, credential.id)
        #expect(record.secretDigest == "digest of secret of \(credential.id)")
        #expect(record.kind == .tenant(onboarded.details.record.id))
        let run = try process.engine.get(onboarded.run)
        #expect(!"\(run)".contains("secret of"))
    }

    @Test func withholdsTheSecretOfADisabledKey() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let id = try #require(try process.onboard(try request(), key: "k").credential?.id)
        try process.registry.update(CredentialRecord.self, id) { record, _ in record.isDisabled = true }
        #expect(try process.onboard(try request(), key: "k").credential == nil)
    }

    @Test func sameKeyAnswersTheSameTenant() throws {
        let world = try TenantsWorld()
        let first = try world.process().onboard(try request(), key: "k")
        // Another process, as after a restart.
        let process = try world.process()
        #expect(try process.onboard(try request(), key: "k") == first)
        try world.checkOnly(first.details.record.id, schools: 2, registry: process.registry)
    }

    @Test func sameKeyWithAnotherRequestIsRefused() throws {
        let process = try TenantsWorld().process()
        let run = try process.onboard(try request(), key: "k").run
        #expect(throws: WorkflowError.keyReused(key: "k", run: run)) {
            try process.onboard(try request(schools: []), key: "k")
        }
    }

    @Test(arguments: ["", String(repeating: "k", count: 256)])
    func refusesKeys(key: String) throws {
        let process = try TenantsWorld().process()
        #expect(throws: WorkflowError.invalidKey(key)) { try process.onboard(try request(), key: key) }
    }

    @Test(arguments: ["Springfield USD", "springfield  usd"])
    func duplicateNameIsRefused(name: String) throws {
        let process = try TenantsWorld().process()
        let first = try process.onboard(try request())
        let error = TenantError.nameTaken(name, by: first.details.record.id)
        #expect(throws: error) { try process.onboard(try request(name)) }
        #expect(error.code == "name-taken")
        #expect(
            error.message == "the name `\(name)` is taken by tenant `\(first.details.record.id)`;"
                + " choose another, or allow a duplicate name")
        #expect(try process.registry.list(RunRecord.self).records.count == 1)
    }

    @Test func duplicateNameIsTakenWhereAskedFor() throws {
        let process = try TenantsWorld().process()
        let first = try process.onboard(try request())
        let second = try process.onboard(try request(allowsDuplicateName: true))
        #expect(first.details.record.id != second.details.record.id)
        #expect(try process.service.tenant(named: "Springfield USD") == first.details.record.id)
    }

    @Test func namesThatRaceAreTakenOnce() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        // Both pass the first look, before either run has begun.
        let runs = try (0..<2).map { _ in try process.service.startOnboarding(try request()) }
        try process.drive()
        guard case .done(let first) = try process.service.onboardingOutcome(of: runs[0]) else {
            Issue.record("the first is under way")
            return
        }
        #expect(throws: TenantError.nameTaken("Springfield USD", by: first.details.record.id)) {
            try process.service.onboardingOutcome(of: runs[1])
        }
        try world.checkOnly(first.details.record.id, schools: 2, registry: process.registry)
    }

    @Test(arguments: [
        ("gold", ["a"], TenantError.noSuchTier("gold", remedy: "use `basic` or `premium`")),
        ("basik", ["a"], .noSuchTier("basik", remedy: "did you mean `basic`?")),
        ("basic", ["a", "A"], .invalid(field: "school", value: "A", remedy: "name each school once")),
    ])
    func refusesRequests(tier: String, schools: [String], error: TenantError) throws {
        let process = try TenantsWorld().process()
        #expect(throws: error) { try process.onboard(try request(tier: tier, schools: schools)) }
        #expect(try process.registry.list(RunRecord.self).records.isEmpty)
    }

    @Test func refusesMoreSchoolsThanTheTierTakes() throws {
        let process = try TenantsWorld().process()
        let basic = try #require(TierName("basic"))
        #expect(
            throws: TenantError.tooManySchools(
                tier: basic, schools: 4, max: 3, remedy: "tier `premium` takes them")
        ) { try process.onboard(try request(schools: ["a", "b", "c", "d"])) }
        #expect(try process.onboard(try request(schools: ["a", "b", "c"])).details.record.schools.count == 3)
    }

    @Test(arguments: [
        ("name", "", "`name` is missing; give a name of 1 to 120 characters"),
        ("tier", "Ba sic", "`Ba sic` is no tier; give a tier such as `basic`"),
        ("admin", "it", "`it` is no admin; give an e-mail address such as `it@district.example`"),
        ("timezone", "America/Chicgo", "`America/Chicgo` is no timezone; did you mean `America/Chicago`?"),
        ("school", "", "`school` is missing; give a name of 1 to 120 characters"),
    ])
    func refusesValues(field: String, value: String, message: String) {
        #expect {
            try OnboardingRequest(
                name: field == "name" ? value : "A", tier: field == "tier" ? value : "basic",
                admin: field == "admin" ? value : "it@a.example",
                timezone: field == "timezone" ? value : "UTC", schools: [field == "school" ? value : "B"])
        } throws: { ($0 as? TenantError)?.message == message && ($0 as? TenantError)?.field == field }
    }

    @Test func failedRunSaysWhyAndMayBeTriedAgain() throws {
        let world = try TenantsWorld()
        let process = try world.process()
        let run = try process.service.startOnboarding(try request(), idempotencyKey: "k")
        try process.engine.cancel(run, actor: AuditActor("test"))
        try process.drive()
        #expect {
            try process.onboard(try request(), key: "k")
        } throws: {
            guard case TenantError.runFailed(run, _, _) = $0 else { return false }
            return true
        }
        let onboarded = try process.onboard(try request(), key: "k", retriesUndone: true)
        try world.checkOnly(onboarded.details.record.id, schools: 2, registry: process.registry)
        // And again: the attempt that succeeded stands.
        #expect(try process.onboard(try request(), key: "k", retriesUndone: true) == onboarded)
    }

    @Test func importingAgainMakesNothingTwice() throws {
        let world = try TenantsWorld()
        let text =
            "name,tier,admin,timezone,school\n"
            + (1...5).map { "District \($0),basic,it@d\($0).example,UTC,One;Two\n" }.joined()
        let file = DistrictFile(parsing: Array(text.utf8))
        #expect(file.faults.isEmpty)
        let ids = try (0..<2).map { _ in
            let process = try world.process()
            return try file.rows.map { row in
                try process.onboard(
                    OnboardingRequest(row: row),
                    key: row.idempotencyKey { "\($0.utf8.count)-\($0.suffix(60))" },
                    retriesUndone: true
                ).details.record.id
            }
        }
        #expect(ids[0] == ids[1])
        #expect(try world.process().registry.list(TenantRecord.self).records.count == 5)
    }
}
