import Base
import FoundationEssentials
import Registry
import RunTestKit
import Tenancy
import Testing

@testable import Tenants

/// Days on which a tenant is not moved by itself.
@Suite struct BlackoutTests {
    private let actor = AuditActor("credential:blackouts")
    private let world: TenantsWorld
    private let process: TenantsProcess
    private let tenant: TenantID
    private let today: Int

    init() throws {
        world = try TenantsWorld()
        process = try world.process()
        tenant = try process.onboard(try request()).details.record.id
        today = Int(world.folder.clock.now().seconds / 86_400)
    }

    private func day(_ ahead: Int) -> LocalDate { LocalDate(dayNumber: today + ahead) }

    private func blackouts() throws -> [String] {
        try process.registry.require(TenantRecord.self, tenant).blackouts.map(\.text)
    }

    private func said() throws -> [AuditEntry] {
        try process.registry.list(AuditEntry.self).records.filter { $0.actor == actor }
    }

    private func set(_ from: Int, _ to: Int, _ reason: String = "exams") throws {
        try process.service.setBlackout(tenant, from: day(from), to: day(to), reason: reason, actor: actor)
    }

    @Test func isSetReplacedAndClearedWithAuditAndEvent() throws {
        try set(30, 34)
        try set(3, 3, "first day of term")
        try set(30, 34)
        try set(30, 35)
        let (exams, term) = ("\(day(30)) to \(day(35)): exams", "\(day(3)): first day of term")
        #expect(try blackouts() == [term, exams], "in the order of the days")
        try process.service.clearBlackout(tenant, from: day(3), actor: actor)
        try process.service.clearBlackout(tenant, from: nil, actor: actor)
        try process.service.clearBlackout(tenant, from: nil, actor: actor)
        #expect(try blackouts() == [])
        let (isSet, isCleared) = ("tenant.blackout-set", "tenant.blackout-cleared")
        #expect(
            try said().map(\.action) == [isSet, isSet, isSet, isCleared, isCleared],
            "what is done already is not said")
        let changed = try said()[2]
        #expect(changed.before == [day(30).description: "\(day(30)) to \(day(34)): exams"])
        #expect(changed.after == [day(30).description: exams])
        let events = try process.registry.list(OutboxEvent.self).records.filter { $0.type == isSet }
        #expect(events.count == 3 && events[1].tenant == tenant && events[1].payload.contains(term))
    }

    @Test func refusesWhatIsNoBlackoutOrNotThere() throws {
        try set(-1, -1)
        let past = day(-2).description
        #expect(
            throws: TenantError.invalid(
                field: "to", value: past, remedy: "that is past; say days to come")
        ) { try set(-2, -2) }
        #expect(throws: TenantError.self) { try set(5, 4) }
        try set(5, 370)
        #expect(
            throws: TenantError.invalid(
                field: "to", value: day(372).description,
                remedy: "use a last day from \(day(6)) on, 366 days at most in all")
        ) { try set(6, 372) }
        #expect(throws: TenantError.self) { try set(5, 5, "") }
        #expect(throws: TenantError.noSuchBlackout(tenant, day: day(6).description)) {
            try process.service.clearBlackout(tenant, from: day(6), actor: actor)
        }
        #expect(try blackouts().count == 2)
    }

    @Test func takesSoManyAndNoMore() throws {
        for number in 0..<50 { try set(number, number) }
        #expect(throws: TenantError.tooManyBlackouts(max: 50)) { try set(50, 50) }
        try set(49, 60)
        #expect(try blackouts().count == 50)
    }

    @Test func aRecordOfAnEarlierVersionHasNone() throws {
        let record = try process.registry.require(TenantRecord.self, tenant)
        let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        #expect(text.contains(#""blackouts":[]"#))
        let old = text.replacing(#""blackouts":[],"#, with: "").replacing(#","blackouts":[]"#, with: "")
        #expect(!old.contains("blackouts"))
        #expect(try JSONDecoder().decode(TenantRecord.self, from: Data(old.utf8)) == record)
    }
}
