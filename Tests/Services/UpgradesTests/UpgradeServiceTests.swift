import Base
import Migrations
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Tiering
import Workflows

@testable import Upgrades

@Suite struct UpgradeServiceTests {
    /// The eleventh school at noon, the larger tier next morning: of districts as the catalog of the tests has them, the fourth.
    @Test func aDistrictThatOutgrowsItsTierIsMovedTheNextNightAndItsPeopleAreTold() throws {
        let world = try UpgradeWorld(2)
        let process = try world.open()
        let (tenant, neighbour) = (process.tenants[0], process.tenants[1])
        try process.set(schools: 4, of: tenant)
        try process.pass(hours: 12)
        #expect(try process.tier(of: tenant) == "basic", "not before the night")
        let outlook = try process.service.explain(tenant)
        #expect(outlook.state == "outgrown" && outlook.next == "waits: the next window")
        #expect(outlook.nextAt?.iso8601Seconds == "2026-11-24T07:00:00Z", "one at night in Chicago")
        try process.pass(hours: 3)
        #expect(try process.tier(of: tenant) == "advanced")
        #expect(try process.tier(of: neighbour) == "basic")
        #expect(
            try process.events(of: tenant) == [
                "tenant.near-limit", "tenant.outgrown", "tenant.upgrade-begun", "tenant.upgraded",
            ])
        #expect(try process.events(of: neighbour) == [])
        let audit = try process.registry.list(AuditEntry.self).records.filter { $0.tenant == tenant }
        let begun = try #require(audit.first { $0.action == "tenant.upgrade-begun" })
        #expect(begun.detail["why"] == "schools above 3" && begun.actor == .system)
        // The events say the same to its people.
        #expect(
            try process.details(of: "tenant.near-limit", of: tenant) == [
                ["limit": "schools", "percent": "100"]
            ])
        #expect(
            try process.details(of: "tenant.outgrown", of: tenant) == [
                ["rules": "schools above 3", "target": "advanced"]
            ])
        #expect(try process.details(of: "tenant.upgrade-begun", of: tenant) == [begun.detail])
        let run = try #require(try process.engine.list().records.first)
        #expect(run.why == "schools above 3" && run.actor == .system)
        try process.pass(hours: 80)
        #expect(try process.engine.list().records.count == 1, "once")
        #expect(try process.service.explain(tenant).state == "fits")
    }

    @Test(arguments: [("recommend", "outgrown"), ("ask", "outgrown")])
    func nothingBeginsWithoutSomebodyUnlessTheCatalogSaysSo(_ mode: String, _ state: String) throws {
        let world = try UpgradeWorld(1, mode: mode)
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.pass(hours: 36)
        #expect(try process.tier(of: tenant) == "basic")
        #expect(try process.service.explain(tenant).state == state)
        try process.service.approve(
            tenant, to: UpgradeWorld.advanced, isNow: false, actor: UpgradeWorld.person)
        try process.pass(hours: 24)
        #expect(try process.tier(of: tenant) == "advanced")
        let run = try #require(try process.engine.list().records.first)
        #expect(run.actor == UpgradeWorld.person, "the run says who agreed")
    }

    @Test func whatIsApprovedForNowBeginsAtOnce() throws {
        let world = try UpgradeWorld(1, mode: "ask")
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.pass(minutes: 1)
        let outlook = try process.service.approve(
            tenant, to: UpgradeWorld.advanced, isNow: true, actor: UpgradeWorld.person)
        #expect(outlook.state == "moving")
        let run = try #require(try process.engine.list().records.first)
        #expect(throws: UpgradeError.isMoving(tenant, run: run.id.text)) {
            try process.service.refuse(tenant, reason: "too late", actor: UpgradeWorld.person)
        }
        try process.pass(minutes: 3)
        #expect(try process.tier(of: tenant) == "advanced")
    }

    @Test func anOrderOfSalesGoesThroughTheSameDoor() throws {
        let world = try UpgradeWorld(1, mode: "recommend")
        let process = try world.open()
        let tenant = process.tenants[0]
        let advanced = UpgradeWorld.advanced
        #expect(throws: UpgradeError.nothingToApprove(tenant)) {
            try process.service.approve(
                tenant, to: UpgradeWorld.advanced, isNow: true, actor: UpgradeWorld.person)
        }
        let asked = try process.service.request(
            tenant, tier: advanced, reason: "sold by phone", actor: AuditActor("person:sal"))
        #expect(asked.state == "asked" && asked.next == "waits for an operator who approves it")
        try process.pass(hours: 30)
        #expect(try process.tier(of: tenant) == "basic", "nobody has agreed")
        try process.service.approve(
            tenant, to: UpgradeWorld.advanced, isNow: false, actor: UpgradeWorld.person)
        try process.pass(hours: 24)
        #expect(try process.tier(of: tenant) == "advanced")
        let audit = try process.registry.list(AuditEntry.self).records
        let begun = try #require(audit.first { $0.action == "tenant.upgrade-begun" })
        #expect(begun.detail["why"] == "asked for by person:sal: sold by phone")
        let run = try #require(try process.engine.list().records.first)
        #expect(run.why == begun.detail["why"] && run.actor == UpgradeWorld.person)
    }

    @Test func anOrderThatAMoveWouldRefuseIsRefusedAtOnce() throws {
        let world = try UpgradeWorld(1)
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 3, of: tenant)
        let premium = try #require(TierName("premium"))
        #expect(throws: MoveError.tooManySchools(premium, schools: 3, max: 2)) {
            try process.service.request(tenant, tier: premium, reason: "sold", actor: UpgradeWorld.person)
        }
        #expect(throws: UpgradeError.invalidReason) {
            try process.service.request(tenant, tier: premium, reason: "", actor: UpgradeWorld.person)
        }
        #expect(process.service.pending().isEmpty)
    }

    @Test(arguments: ["automatic", "ask", "recommend"])
    func aRefusalIsKeptForTheCoolDown(_ mode: String) throws {
        let world = try UpgradeWorld(1, mode: mode)
        let process = try world.open()
        let tenant = process.tenants[0]
        #expect(throws: UpgradeError.nothingToRefuse(tenant)) {
            try process.service.refuse(tenant, reason: "no", actor: UpgradeWorld.person)
        }
        try process.set(schools: 4, of: tenant)
        try process.pass(minutes: 1)
        try process.service.refuse(tenant, reason: "it shrinks next week", actor: UpgradeWorld.person)
        try process.pass(hours: 47)
        #expect(try process.service.explain(tenant).state == "fits")
        let told = ["tenant.near-limit", "tenant.outgrown", "tenant.upgrade-refused"]
        #expect(try process.events(of: tenant) == told)
        try process.pass(hours: 24)
        #expect(try process.events(of: tenant).count { $0 == "tenant.outgrown" } == 2)
        #expect(try process.tier(of: tenant) == (mode == "automatic" ? "advanced" : "basic"))
    }

    @Test func aRefusedOrderLeavesTheRulesToThemselves() throws {
        let world = try UpgradeWorld(1)
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.pass(minutes: 1)
        let person = UpgradeWorld.person
        try process.service.request(tenant, tier: UpgradeWorld.advanced, reason: "sold", actor: person)
        #expect(try process.service.explain(tenant).state == "asked")
        try process.service.refuse(tenant, reason: "not paid", actor: person)
        #expect(try process.service.explain(tenant).state == "outgrown")
        try process.pass(hours: 15)
        #expect(try process.tier(of: tenant) == "advanced")
    }

    @Test func whoeverAgreesAgreesToTheTierThatHeWasShown() throws {
        let world = try UpgradeWorld(1, mode: "ask")
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.pass(minutes: 1)
        let premium = try #require(TierName("premium"))
        #expect(throws: UpgradeError.otherTier(tenant, UpgradeWorld.advanced, shown: premium)) {
            try process.service.approve(tenant, to: premium, isNow: true, actor: UpgradeWorld.person)
        }
        #expect(try process.service.explain(tenant).state == "outgrown")
    }

    @Test func noMoreAtOnceThanTheCatalogSaysAndNoMoreANight() throws {
        let world = try UpgradeWorld(6, maintenance: UpgradeWorld.night(atOnce: 2, perNight: 4))
        let process = try world.open()
        for tenant in process.tenants { try process.set(schools: 4, of: tenant) }
        try process.pass(hours: 13)
        try process.pass(minutes: 1, movesGoOn: false)
        #expect(try process.engine.list().records.count == 2)
        let hindered = process.service.pending().filter {
            $0.next.contains("as many as the catalog has at once")
        }
        #expect(hindered.count == 4)
        #expect(process.service.figures().tenants == ["moving": 2, "outgrown": 4])
        // Two have ended: two more begin, before anybody looks at all of them again.
        try process.drive()
        try process.service.advance()
        #expect(try process.engine.list().records.count == 4)
        try process.pass(hours: 3)
        let moved = try process.tenants.count { try process.tier(of: $0) == "advanced" }
        #expect(moved == 4)
        try process.pass(hours: 24)
        #expect(try process.tenants.allSatisfy { try process.tier(of: $0) == "advanced" })
    }

    @Test(arguments: [("automatic", [2, 1, 0]), ("ask", [1, 2, 0]), ("recommend", [1, 1, 1])])
    func tenantsThatAreNotOnTheirWayYetAreCountedByWhatTheyWaitFor(
        _ mode: String, _ expected: [Int]
    ) throws {
        let world = try UpgradeWorld(6, mode: mode)
        let process = try world.open()
        let (asked, agreed, now) = (process.tenants[1], process.tenants[2], process.tenants[3])
        let (advanced, person) = (UpgradeWorld.advanced, UpgradeWorld.person)
        try process.set(schools: 4, of: process.tenants[0])
        for tenant in [asked, agreed, now] {
            try process.service.request(tenant, tier: advanced, reason: "sold", actor: person)
        }
        try process.service.approve(agreed, to: advanced, isNow: false, actor: person)
        // This one is on its way, the next has room in its tier, and the last is leaving.
        try process.service.approve(now, to: advanced, isNow: true, actor: person)
        let leaving = process.tenants[5]
        try process.service.request(leaving, tier: advanced, reason: "sold", actor: person)
        try process.enter(
            .offboarding(
                Departure(
                    run: try #require(process.engine.list().records.first).id, reason: "closed",
                    until: world.folder.clock.now(), suspension: nil)), of: leaving)
        try process.pass(minutes: 1, movesGoOn: false)
        let backlog = process.service.backlog()
        #expect([backlog.forWindow, backlog.forApproval, backlog.recommended] == expected)
    }

    @Test func anOperatorsOwnMoveTakesNothingOfTheNight() throws {
        let world = try UpgradeWorld(2, maintenance: UpgradeWorld.night(perNight: 1))
        let process = try world.open()
        let (own, other) = (process.tenants[0], process.tenants[1])
        let move = MoveInput(tenant: own, tier: UpgradeWorld.advanced)
        let run = try process.service.moves.start(move, actor: UpgradeWorld.person, why: "sold by phone")
        #expect(try process.engine.get(run).why == "sold by phone")
        try process.set(schools: 4, of: other)
        try process.pass(hours: 15)
        for tenant in [own, other] { #expect(try process.tier(of: tenant) == "advanced") }
    }

    @Test func nobodyIsMovedInExamWeeks() throws {
        let blackout = #"{"from": "2026-11-23", "to": "2026-11-27", "reason": "exams"}"#
        let world = try UpgradeWorld(1, maintenance: UpgradeWorld.night(blackout: blackout))
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.pass(hours: 20)
        #expect(try process.tier(of: tenant) == "basic")
        let outlook = try process.service.explain(tenant)
        #expect(outlook.next == "waits: no moves now: exams")
        #expect(outlook.nextAt?.iso8601Seconds == "2026-11-28T07:00:00Z")
    }

    @Test func aSuspendedTenantStaysWhereItIs() throws {
        let world = try UpgradeWorld(1)
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.enter(.suspended(Suspension(reason: "unpaid")), of: tenant)
        try process.pass(hours: 20)
        #expect(try process.tier(of: tenant) == "basic")
        #expect(try process.service.explain(tenant).next == "nothing while it is suspended")
        try process.enter(.active, of: tenant)
        try process.pass(hours: 24)
        #expect(try process.tier(of: tenant) == "advanced")
    }

    @Test func throttlingHasToLast() throws {
        let world = try UpgradeWorld(
            1, maintenance: #"{"windows": [], "blackouts": [], "movesAtOnce": 1, "movesPerNight": 9}"#)
        let process = try world.open()
        let tenant = process.tenants[0]
        for minute in 0..<8 {
            world.use(tenant) {
                $0.requests += 9
                $0.throttled += minute == 1 ? 0 : 1
            }
            try process.pass(minutes: 1)
            if minute == 4 { #expect(try process.tier(of: tenant) == "basic") }
        }
        #expect(try process.tier(of: tenant) == "advanced")
        #expect(try process.events(of: tenant).contains("tenant.outgrown"))
    }

    /// Too busy by day is not over because night falls.
    @Test func aTenantThatIsThrottledByDayIsMovedByNight() throws {
        let world = try UpgradeWorld(1)
        let process = try world.open()
        let tenant = process.tenants[0]
        for _ in 0..<5 {
            world.use(tenant) { ($0.requests, $0.throttled) = ($0.requests + 9, $0.throttled + 1) }
            try process.pass(minutes: 1)
        }
        #expect(try process.service.explain(tenant).state == "outgrown")
        try process.pass(hours: 15)
        #expect(try process.tier(of: tenant) == "advanced")
        let told = try process.events(of: tenant)
        #expect(!told.contains("tenant.fits-again") && told.count { $0 == "tenant.outgrown" } == 1)
    }

    @Test func aTenantThatIsMovedAlreadyIsNotPlannedAnewEachSecond() throws {
        let world = try UpgradeWorld(1)
        let process = try world.open()
        let tenant = process.tenants[0]
        let move = MoveInput(tenant: tenant, tier: UpgradeWorld.advanced, undoWindowSeconds: 86_400)
        let run = try process.service.moves.start(move, actor: UpgradeWorld.person)
        try process.pass(minutes: 2)
        #expect(try process.tier(of: tenant) == "advanced")
        let premium = try #require(TierName("premium"))
        try process.service.request(tenant, tier: premium, reason: "sold", actor: UpgradeWorld.person)
        let outlook = try process.service.approve(
            tenant, to: premium, isNow: true, actor: UpgradeWorld.person)
        #expect(outlook.next.hasPrefix("waits: run `\(run)` holds its place until it ends"))
        try process.service.advance()
        #expect(try process.engine.list().records.count == 1)
        try process.pass(hours: 25)
        #expect(try process.tier(of: tenant) == "premium")
    }

    @Test func whatATenantHasStoredCountsAlsoAfterAnotherStart() throws {
        let world = try UpgradeWorld(1)
        var process = try world.open()
        let tenant = process.tenants[0]
        world.use(tenant) { $0.items += 101 }
        try process.pass(minutes: 1)
        #expect(try process.service.explain(tenant).state == "outgrown")
        process = try world.open()
        #expect(try process.service.explain(tenant).state == "outgrown", "as it was stored")
        try process.pass(minutes: 1)
        #expect(try process.service.explain(tenant).rules.map(\.value) == [1, 101, 0, 0, 0, 0])
        #expect(try process.events(of: tenant).filter { $0 == "tenant.outgrown" }.count == 1, "told once")
    }
}
