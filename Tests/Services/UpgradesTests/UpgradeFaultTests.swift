import Base
import Items
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing
import Tiering
import Workflows

@testable import Upgrades

@Suite struct UpgradeFaultTests {
    private static let anyTime = #"{"windows": [], "blackouts": [], "movesAtOnce": 2, "movesPerNight": 9}"#

    @Test func aMoveThatFailsLeavesTheTenantWhereItWasAndIsTriedAgain() throws {
        let world = try UpgradeWorld(1, maintenance: Self.anyTime)
        var process = try world.open(faultyStep: "verify")
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.pass(minutes: 10)
        #expect(try process.tier(of: tenant) == "basic")
        let events = [
            "tenant.near-limit", "tenant.outgrown", "tenant.upgrade-begun", "tenant.upgrade-failed",
        ]
        #expect(try process.events(of: tenant) == events)
        let outlook = try process.service.explain(tenant)
        #expect(outlook.standing.failures == 1 && outlook.state == "outgrown")
        let reason = try #require(outlook.standing.failure)
        let next = try #require(outlook.nextAt)
        #expect(outlook.next == "waits: \(reason)" && reason.contains("verify"))
        #expect((50 * 60_000...60 * 60_000).contains(next.milliseconds(since: world.folder.clock.now())))
        #expect(
            try process.details(of: "tenant.upgrade-failed", of: tenant) == [
                ["reason": reason, "nextAttempt": next.iso8601Seconds]
            ])
        #expect(try process.engine.list().records.map(\.state) == [.undone])
        // The next attempt fails too, the one after it does not.
        try process.pass(hours: 2)
        #expect(try process.service.explain(tenant).standing.failures == 2)
        process.engine.stop()
        process = try world.open()
        try process.pass(hours: 4)
        #expect(try process.tier(of: tenant) == "advanced")
        #expect(try process.service.explain(tenant).standing.failures == 0)
        #expect(try process.engine.list().records.count == 3)
    }

    @Test func whatIsRefusedBeforeItBeginsIsToldWithItsReasonAndTriedAgain() throws {
        let world = try UpgradeWorld(1, maintenance: Self.anyTime)
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        world.isDiskFull.set(true)
        try process.pass(minutes: 5)
        let outlook = try process.service.explain(tenant)
        #expect(outlook.standing.failures == 1)
        #expect(outlook.standing.failure?.contains("disk") == true, "\(outlook.standing.failure ?? "")")
        #expect(try process.engine.list().records.isEmpty)
        world.isDiskFull.set(false)
        try process.pass(hours: 2)
        #expect(try process.tier(of: tenant) == "advanced")
    }

    @Test(arguments: [true, false])
    func aMoveThatAPersonTakesBackIsNotMadeAgainDuringTheCoolDown(_ hasSwitched: Bool) throws {
        let world = try UpgradeWorld(1, maintenance: Self.anyTime)
        let process = try world.open()
        let tenant = process.tenants[0]
        try process.set(schools: 4, of: tenant)
        try process.pass(minutes: hasSwitched ? 2 : 1, movesGoOn: hasSwitched)
        #expect(try process.tier(of: tenant) == (hasSwitched ? "advanced" : "basic"))
        let run = try #require(try process.engine.list().records.first)
        try process.engine.cancel(run.id, actor: UpgradeWorld.person)
        try process.pass(hours: 47)
        #expect(try process.tier(of: tenant) == "basic")
        #expect(try process.engine.list().records.count == 1)
        let told = try process.events(of: tenant)
        #expect(told.last == "tenant.upgrade-taken-back" && told.contains("tenant.upgraded") == hasSwitched)
        try process.pass(hours: 2)
        #expect(
            try process.tier(of: tenant) == "advanced", "the cool-down is over, and it is as large as it was")
    }

    /// One record can be neither written nor read. The others are stored in the same commit, told and moved all the same.
    @Test func whatGoesWrongWithOneTenantIsItsAlone() throws {
        let world = try UpgradeWorld(4, maintenance: Self.anyTime)
        let engine = PoisonedEngine(world.folder.store)
        let process = try world.open(through: engine)
        let bad = process.tenants[1]
        for tenant in process.tenants { try process.set(schools: 4, of: tenant) }
        engine.poison(EncodedKey(partition: Array(UpgradeRecord.partition.utf8), sort: Array(bad.text.utf8)))
        for _ in 0..<6 {
            #expect(throws: RegistryError.table(.storage("broken by the test"))) {
                try process.pass(minutes: 1)
            }
        }
        for tenant in process.tenants {
            #expect(try process.tier(of: tenant) == (tenant == bad ? "basic" : "advanced"))
        }
        engine.poison(nil)
        try process.pass(minutes: 4)
        for tenant in process.tenants {
            #expect(try process.tier(of: tenant) == "advanced")
            let told = ["tenant.near-limit", "tenant.outgrown", "tenant.upgrade-begun", "tenant.upgraded"]
            #expect(try process.events(of: tenant) == told, "each once")
        }
    }

    /// The switch is done, and what comes after it fails: the run goes back by itself.
    @Test func aMoveThatGoesBackAfterItsSwitchHasFailed() throws {
        let world = try UpgradeWorld(1, mode: "recommend", maintenance: Self.anyTime)
        var process = try world.open(faultyStep: "confirm")
        let tenant = process.tenants[0]
        try process.service.request(
            tenant, tier: UpgradeWorld.advanced, reason: "sold", actor: UpgradeWorld.person)
        try process.service.approve(
            tenant, to: UpgradeWorld.advanced, isNow: true, actor: UpgradeWorld.person)
        try process.pass(minutes: 10)
        #expect(try process.tier(of: tenant) == "basic")
        let outlook = try process.service.explain(tenant)
        #expect(outlook.state == "agreed" && outlook.standing.failures == 1 && outlook.standing.order != nil)
        #expect(try process.events(of: tenant).last == "tenant.upgrade-failed")
        process.engine.stop()
        process = try world.open()
        try process.pass(hours: 2)
        #expect(try process.tier(of: tenant) == "advanced", "whoever had agreed need not do so again")
    }

    /// At each write to the registry, before it and after it: one attempt is one move, and each thing is told once.
    @Test(arguments: MortalEngine.Death.allCases)
    func aServerThatDiesAnywhereMovesTheTenantOnce(_ death: MortalEngine.Death) throws {
        var fatal = 1
        while true {
            let world = try UpgradeWorld(1, maintenance: Self.anyTime)
            let engine = MortalEngine(world.folder.store, dyingAt: fatal, death)
            var process = try world.open()
            let tenant = process.tenants[0]
            try process.set(schools: 4, of: tenant)
            process = try world.open(through: engine)
            // It has died, and nothing works any more.
            do { try process.pass(minutes: 4) } catch {}
            let isDead = engine.isDead
            process = try world.open()
            try process.pass(minutes: 6)
            #expect(try process.tier(of: tenant) == "advanced", "\(death) \(fatal)")
            #expect(try process.engine.list().records.map(\.state) == [.completed], "\(death) \(fatal)")
            let told = try process.events(of: tenant)
            let once = ["tenant.near-limit", "tenant.outgrown", "tenant.upgrade-begun", "tenant.upgraded"]
            #expect(told == once, "\(death) \(fatal)")
            if !isDead { break }
            fatal += 1
        }
        #expect(fatal > 15, "it was asked for \(fatal) writes")
    }
}
