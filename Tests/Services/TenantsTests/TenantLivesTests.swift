import Base
import Registry
import RunTestKit
import Tenancy
import Testing

@testable import Tenants

@Suite struct TenantLivesTests {
    private let actor = AuditActor("credential:lives")

    private struct Onboarded {
        let world: TenantsWorld
        let process: TenantsProcess
        let tenant: TenantID
        var service: TenantService { process.service }

        func record() throws -> TenantRecord { try process.registry.require(TenantRecord.self, tenant) }

        /// What was said of the tenant since it was onboarded.
        func said() throws -> [AuditEntry] {
            try process.registry.list(AuditEntry.self).records.filter { $0.actor.text == "credential:lives" }
        }
    }

    private func onboarded(tier: String = "basic") throws -> Onboarded {
        let world = try TenantsWorld()
        let process = try world.process()
        let tenant = try process.onboard(try request(tier: tier)).details.record.id
        return Onboarded(world: world, process: process, tenant: tenant)
    }

    // MARK: States

    @Test func aSuspensionChangesItsModeAndSaysWhatWasBefore() throws {
        let one = try onboarded()
        try one.service.suspend(one.tenant, reason: "unpaid", mode: .readOnly, actor: actor)
        try one.service.suspend(one.tenant, reason: "unpaid", mode: .readOnly, actor: actor)
        try one.service.suspend(one.tenant, reason: "unpaid", mode: .closed, actor: actor)
        let said = try one.said()
        #expect(said.map(\.action) == ["tenant.suspended", "tenant.suspended"])
        #expect(said[0].before == ["state": "active"])
        #expect(said[0].after == ["state": "suspended", "mode": "read-only", "reason": "unpaid"])
        #expect(said[1].before == ["mode": "read-only"])
        #expect(said[1].after == ["mode": "closed"])
    }

    @Test func whoLeavesOrHasLeftIsNeitherSuspendedNorResumedNorChanged() throws {
        let one = try onboarded()
        let run = RunID(random: SeededRandom(seed: 2))
        for (state, words) in [
            (
                TenantState.offboarding(
                    Departure(run: run, reason: "a test", until: Timestamp(milliseconds: 0))),
                "being offboarded"
            ), (.gone(Farewell(run: run, at: Timestamp(milliseconds: 0))), "gone"),
        ] {
            let before = try one.process.registry.update(TenantRecord.self, one.tenant) { record, _ in
                record.state = state
            }
            #expect(throws: TenantError.notApplicable(one.tenant, state: words, wanted: "suspended")) {
                try one.service.suspend(one.tenant, reason: "x", actor: actor)
            }
            #expect(throws: TenantError.notApplicable(one.tenant, state: words, wanted: "resumed")) {
                try one.service.resume(one.tenant, actor: actor)
            }
            #expect(throws: TenantError.notApplicable(one.tenant, state: words, wanted: "renamed")) {
                try one.service.rename(one.tenant, to: "B", actor: actor)
            }
            #expect(throws: TenantError.notApplicable(one.tenant, state: words, wanted: "changed")) {
                try one.service.setOverride(
                    one.tenant, .readUnits, value: 1, until: nil, reason: "x", actor: actor)
            }
            #expect(throws: TenantError.notApplicable(one.tenant, state: words, wanted: "given a school")) {
                try one.service.addSchool("x", to: one.tenant)
            }
            #expect(try one.record() == before)
        }
        #expect(try one.said().isEmpty)
    }

    // MARK: Names

    @Test func aNewNameIsTakenAndTheOldOneFreeInTheSameCommit() throws {
        let one = try onboarded()
        try one.service.rename(one.tenant, to: " Springfield  Unified ", actor: actor)
        try one.service.rename(one.tenant, to: "Springfield  Unified", actor: actor)
        #expect(try one.record().name == "Springfield  Unified")
        #expect(
            try one.process.registry.list(NameReservation.self).records.map(\.id) == ["springfield unified"])
        let said = try one.said()
        #expect(said.map(\.action) == ["tenant.renamed"])
        #expect(
            said[0].before == ["name": "Springfield USD"] && said[0].after == ["name": "Springfield  Unified"]
        )
        // Another district takes the old name at once, and cannot take the new one.
        let other = try one.process.onboard(try request("Springfield USD")).details.record.id
        #expect(throws: TenantError.nameTaken("SPRINGFIELD unified", by: one.tenant)) {
            try one.service.rename(other, to: "SPRINGFIELD unified", actor: actor)
        }
        // By another spelling of its own name it holds the same reservation.
        try one.service.rename(one.tenant, to: "SPRINGFIELD UNIFIED", actor: actor)
        #expect(
            try one.process.registry.list(NameReservation.self).records.map(\.tenant) == [one.tenant, other])
    }

    @Test func aSharedNameIsNotTakenFromWhoHoldsIt() throws {
        let one = try onboarded()
        let other = try one.process.onboard(try request("Other")).details.record.id
        try one.service.rename(other, to: "Springfield USD", allowsDuplicateName: true, actor: actor)
        #expect(
            try one.process.registry.list(NameReservation.self).records.map(\.tenant) == [one.tenant])
        try one.service.rename(other, to: "Other", actor: actor)
        #expect(
            try one.process.registry.list(NameReservation.self).records.map(\.tenant) == [other, one.tenant])
    }

    @Test(arguments: ["", " ", "a\nb", String(repeating: "x", count: 121)])
    func refusesWhatIsNoName(_ name: String) throws {
        let one = try onboarded()
        #expect(throws: TenantError.self) { try one.service.rename(one.tenant, to: name, actor: actor) }
        #expect(try one.said().isEmpty)
    }

    @Test func theTimeZoneChangesToOneThatThereIs() throws {
        let one = try onboarded()
        try one.service.setTimezone(one.tenant, to: "America/Denver", actor: actor)
        #expect(try one.said().map(\.before) == [["timezone": "America/Chicago"]])
        #expect(throws: TenantError.self) {
            try one.service.setTimezone(one.tenant, to: "America/Nowhere", actor: actor)
        }
        #expect(try one.record().timezone.text == "America/Denver")
    }

    // MARK: Contacts

    @Test func contactsAreAddedOnceAndRemovedByNumber() throws {
        let one = try onboarded()
        func add(_ name: String) throws -> Int {
            try one.service.addContact(
                one.tenant, name: name, role: "billing", email: "a@b.example", phone: nil, actor: actor
            ).number
        }
        #expect(try add("Edna") == 1)
        #expect(try add("Edna") == 1)
        #expect(try add("Seymour") == 2)
        try one.service.removeContact(one.tenant, number: 2, actor: actor)
        // A number is not given away again: who kept it would mean somebody else.
        #expect(try add("Otto") == 3)
        #expect(throws: TenantError.noSuchContact(one.tenant, number: 2)) {
            try one.service.removeContact(one.tenant, number: 2, actor: actor)
        }
        #expect(try one.record().contacts.map(\.name) == ["Edna", "Otto"])
        // Who they are the audit log does not keep.
        let said = try one.said()
        #expect(said.count == 4)
        #expect(!said.contains { "\($0.detail) \($0.after ?? [:])".contains("Edna") })
    }

    @Test func contactsHaveALimit() throws {
        let one = try onboarded()
        for number in 1...Limits.contactsMax {
            _ = try one.service.addContact(
                one.tenant, name: "N\(number)", role: "r", email: "a@b.example", phone: nil, actor: actor)
        }
        #expect(throws: TenantError.tooManyContacts(max: Limits.contactsMax)) {
            try one.service.addContact(
                one.tenant, name: "one more", role: "r", email: "a@b.example", phone: nil, actor: actor)
        }
        #expect(throws: TenantError.self) {
            try one.service.addContact(
                one.tenant, name: "x", role: "r", email: "nobody", phone: nil, actor: actor)
        }
    }

    // MARK: Overrides

    @Test func anOverrideHoldsUntilItsEnd() throws {
        let one = try onboarded()
        let tier = try #require(one.world.catalog.tier(named: "basic"))
        let now = one.world.folder.clock.now()
        let end = now.advanced(bySeconds: 10)
        try one.service.setOverride(
            one.tenant, .readUnits, value: 77, until: end, reason: "exams", actor: actor)
        try one.service.setOverride(
            one.tenant, .schools, value: 4, until: nil, reason: "merger", actor: actor)
        let record = try one.record()
        #expect(record.effective(tier, at: now).readUnitsPerSecond == 77)
        #expect(record.effective(tier, at: end.advanced(byMilliseconds: -1)).readUnitsPerSecond == 77)
        #expect(record.effective(tier, at: end).readUnitsPerSecond == tier.readUnitsPerSecond)
        #expect(record.effective(tier, at: end).schoolsMax == 4)
        #expect(record.effective(tier, at: now).writeUnitsPerSecond == tier.writeUnitsPerSecond)

        #expect(try one.service.clearEndedOverrides(of: one.process.directory) == 0)
        one.world.folder.clock.advance(byMilliseconds: 10_000)
        #expect(try one.service.clearEndedOverrides(of: one.process.directory) == 1)
        #expect(try one.service.clearEndedOverrides(of: one.process.directory) == 0)
        #expect(try one.record().overrides.map(\.limit) == [.schools])
        let entry = try #require(
            try one.process.registry.list(AuditEntry.self).records.last {
                $0.action == "tenant.override-ended"
            })
        #expect(entry.actor == .system && entry.before == ["read-units": "77 until \(end.iso8601)"])
        let events = try one.process.registry.list(OutboxEvent.self).records.map(\.type)
        #expect(
            events.suffix(3) == ["tenant.override-set", "tenant.override-set", "tenant.override-ended"])
    }

    @Test func anOverrideIsReplacedAndCleared() throws {
        let one = try onboarded()
        for value in [5, 5, 6] {
            try one.service.setOverride(
                one.tenant, .writeUnits, value: value, until: nil, reason: "x", actor: actor)
        }
        try one.service.clearOverride(one.tenant, .readUnits, actor: actor)
        try one.service.clearOverride(one.tenant, nil, actor: actor)
        #expect(try one.record().overrides.isEmpty)
        #expect(try one.said().map(\.before) == [nil, ["write-units": "5"], ["write-units": "6"]])
    }

    @Test func moreSchoolsThanTheTierTakesNeedAnOverride() throws {
        let one = try onboarded()
        _ = try one.service.addSchool("Third", to: one.tenant, waitMilliseconds: 0)
        try one.process.drive()
        #expect(
            throws: TenantError.tooManySchools(
                tier: try #require(TierName("basic")), schools: 4, max: 3, remedy: "tier `premium` takes them"
            )
        ) { try one.service.addSchool("Fourth", to: one.tenant) }
        try one.service.setOverride(
            one.tenant, .schools, value: 4, until: nil, reason: "merger", actor: actor)
        _ = try one.service.addSchool("Fourth", to: one.tenant, waitMilliseconds: 0)
        try one.process.drive()
        #expect(try one.record().schools.count == 4)
    }

    @Test func refusesOverridesOfAnotherForm() throws {
        let one = try onboarded()
        let past = one.world.folder.clock.now()
        for (limit, value, until, reason) in [
            (TierLimit.readUnits, 0, nil, "x"), (.readUnits, 1_000_001, nil, "x"), (.schools, -1, nil, "x"),
            (.readUnits, 1, past, "x"), (.readUnits, 1, nil, " "),
        ] as [(TierLimit, Int, Timestamp?, String)] {
            #expect(throws: TenantError.self) {
                try one.service.setOverride(
                    one.tenant, limit, value: value, until: until, reason: reason, actor: actor)
            }
        }
        #expect(try one.said().isEmpty)
    }

    // MARK: Schools

    @Test func aSchoolClosesAndOpens() throws {
        let one = try onboarded()
        let school = try one.record().schools[0].id
        #expect(
            try one.service.closeSchool(school, of: one.tenant, reason: "merged", actor: actor).state
                == .closed(reason: "merged"))
        try one.service.closeSchool(school, of: one.tenant, reason: "merged", actor: actor)
        #expect(try one.service.reopenSchool(school, of: one.tenant, actor: actor).state == .open)
        #expect(try one.said().map(\.action) == ["school.closed", "school.reopened"])
        let stranger = SchoolID(random: SeededRandom(seed: 77))
        #expect(throws: TenantError.noSchool(one.tenant, school: stranger.text)) {
            try one.service.closeSchool(stranger, of: one.tenant, reason: "x", actor: actor)
        }
        let run = RunID(random: SeededRandom(seed: 2))
        try one.process.registry.update(TenantRecord.self, one.tenant) { record, _ in
            record.schools[0].state = .moving(run)
        }
        #expect(throws: TenantError.schoolMoving(school, run: run)) {
            try one.service.reopenSchool(school, of: one.tenant, actor: actor)
        }
    }
}
