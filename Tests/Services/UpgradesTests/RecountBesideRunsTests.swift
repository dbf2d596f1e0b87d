import Base
import Migrations
import Registry
import Synchronization
import Tables
import Tenancy
import Tenants
import TestKit
import Testing
import Workflows

@testable import Upgrades

/// What changes hands is counted once, by whoever has it, whatever is under way.
@Suite struct RecountBesideRunsTests {
    private static let person = AuditActor("person:ada")

    /// Two districts of one pool, the first with two schools and something that hangs on the second.
    private func neighbours(_ world: RecountWorld) throws -> (from: TenantRecord, to: TenantRecord) {
        _ = try world.startOnboarding("From", schools: ["Lincoln", "Central"])
        _ = try world.startOnboarding("To", schools: ["East"])
        try world.drive()
        let all = try world.active()
        let from = try #require(all.first { $0.name == "From" })
        for school in from.schools {
            for number in 0..<7 {
                try world.write(student: number, of: school.id, note: number, by: from.id)
            }
        }
        try world.write(note: 1, on: from.schools[1].id, size: 30, by: from.id)
        return (from, try #require(all.first { $0.name == "To" }))
    }

    @Test(arguments: ["basic", "premium"])
    func aSchoolThatMovesTakesWhatItHasAlong(_ tier: String) throws {
        let world = try RecountWorld()
        let (from, to) = try neighbours(world)
        if tier != "basic" {
            let move = MoveInput(tenant: to.id, tier: try #require(TierName(tier)), undoWindowSeconds: 0)
            _ = try world.moves.start(move, actor: Self.person)
            try world.drive()
        }
        try world.meter.collect()
        for tenant in [from, to] { #expect(try world.recounter().recount(tenant.id).drift == Extent()) }
        let input = SchoolMoveInput(school: from.schools[1].id, from: from.id, to: to.id)
        let run = try world.schoolMoves.start(input, actor: Self.person)
        try world.drive()
        #expect(try world.engine.get(run).state == .completed)
        try world.meter.collect()
        for tenant in try world.active() {
            let hour = try #require(try world.meter.hour(of: tenant.id))
            let there = try world.extent(of: tenant)
            #expect(Extent(items: hour.items, bytes: hour.bytes) == there, "\(tenant.name), to \(tier)")
            #expect(try world.recounter().recount(tenant.id).drift == Extent())
        }
    }

    @Test func anOnboardingThatIsTakenBackLeavesNoUsage() throws {
        let world = try RecountWorld()
        let found = Mutex<(hours: Int, tenant: TenantID?)>((0, nil))
        world.interfere { [unowned world] boundary in
            try world.meter.collect()
            guard boundary.step == "check", boundary.point == .before, !boundary.isUndo else { return }
            let tenant = try #require(try world.engine.get(boundary.run).tenant)
            let count = try world.usage.count(of: tenant)
            found.withLock { $0 = (count, tenant) }
            try world.engine.cancel(boundary.run, actor: Self.person)
        }
        let run = try world.startOnboarding("Springfield", schools: ["Lincoln"])
        try world.drive()
        #expect(try world.engine.get(run).state == .undone)
        try world.meter.collect()
        let (hours, tenant) = found.withLock { $0 }
        #expect(hours == 1, "its first items were metered")
        #expect(try world.usage.count(of: try #require(tenant)) == 0)
        #expect(try world.meter.hour(of: try #require(tenant)) == nil)
    }

    @Test func fuzzedRunsBesideCountsLeaveNoDrift() throws {
        try Fuzzer("recounts beside runs", rounds: 12).run { random in
            try RecountPlay(random).run()
        }
    }
}

/// Onboardings, schools that come and that move, moves of tenants, and writes, in any order; some taken back; and counts in the midst.
private final class RecountPlay: Sendable {
    private static let person = AuditActor("person:ada")
    private static let tiers = ["basic", "advanced", "premium"].compactMap(TierName.init)

    private let world: RecountWorld
    private let random: SeededRandom
    /// Whether a count is under way: none begins within another, or within the runs that go on in it.
    private let isCounting = Atomic<Bool>(false)
    private let isDriving = Atomic<Bool>(false)
    private let names = Atomic<Int>(0)

    init(_ random: SeededRandom) throws {
        self.random = random
        world = try RecountWorld(seed: random.next() % 1000 + 1)
    }

    private func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    private func newName() -> String { "Name \(names.wrappingAdd(1, ordering: .relaxed).newValue)" }

    func run() throws {
        for _ in 0..<2 { _ = try world.startOnboarding(newName(), schools: [newName(), newName()]) }
        try world.drive()
        world.interfere { [unowned self] in try atBoundary($0) }
        for _ in 0..<30 {
            switch pick(7) {
            case 0, 1: try startSomething()
            case 2: try drive()
            case 3: try count(one(of: world.active()).id)
            case 4: world.clock.advance(byMilliseconds: Int64(pick(2_000_000)))
            default: try writeSomething()
            }
        }
        try drive()
        world.interfere(nil)
        try world.drive()
        try check()
    }

    private func one<Element>(of all: [Element]) throws -> Element {
        try #require(!all.isEmpty)
        return all[pick(all.count)]
    }

    // MARK: What happens

    private func startSomething() throws {
        let active = try world.active()
        do {
            switch pick(5) {
            case 0 where active.count < 6:
                _ = try world.startOnboarding(
                    newName(), tier: Self.tiers[pick(3)].text, schools: (0..<pick(3)).map { _ in newName() })
            case 1:
                _ = try world.tenants.addSchool(newName(), to: one(of: active).id, waitMilliseconds: 0)
            case 2:
                let move = MoveInput(
                    tenant: try one(of: active).id, tier: Self.tiers[pick(3)], undoWindowSeconds: pick(2))
                _ = try world.moves.start(move, actor: Self.person)
            default:
                let from = try one(of: active.filter { !$0.schools.isEmpty })
                let input = SchoolMoveInput(
                    school: try one(of: from.schools).id, from: from.id, to: try one(of: active).id)
                _ = try world.schoolMoves.start(input, actor: Self.person)
            }
        } catch is TenantError {
        } catch is MoveError {
        } catch is SchoolMoveError {
        } catch is WorkflowError {
            // Refused: another run holds the place, or there is no room.
        }
    }

    private func drive() throws {
        guard !isDriving.exchange(true, ordering: .relaxed) else { return }
        defer { isDriving.store(false, ordering: .relaxed) }
        try world.drive()
    }

    private func writeSomething() throws {
        let tenant = try one(of: world.active())
        let (number, size, isDeletion) = (pick(12), pick(60), pick(4) == 0)
        if tenant.schools.isEmpty || pick(6) == 0 {
            return try world.write(note: number, on: nil, size: size, by: tenant.id, isDeletion: isDeletion)
        }
        let school = try one(of: tenant.schools)
        // A school that moves is refused at the gateway.
        if case .moving = school.state { return }
        if pick(3) == 0 {
            return try world.write(
                note: number, on: school.id, size: size, by: tenant.id, isDeletion: isDeletion)
        }
        try world.write(
            student: number, of: school.id, note: size, by: tenant.id, isDeletion: isDeletion)
    }

    /// Counts, and lets all kinds of things happen meanwhile.
    private func count(_ tenant: TenantID) throws {
        guard !isCounting.exchange(true, ordering: .relaxed) else { return }
        defer { isCounting.store(false, ordering: .relaxed) }
        let recounter = world.recounter(rowsMax: 1 + pick(6)) { [unowned self] in
            do { try meanwhile() } catch { Issue.record(error) }
        }
        do {
            let recount = try recounter.recount(tenant)
            try #require(recount.drift == Extent(), "\(recount)")
        } catch UsageError.schoolsMove, UsageError.unsteady, UsageError.nothingToCount {
            // To be tried again when it has settled.
        }
    }

    private func meanwhile() throws {
        switch pick(8) {
        case 0: try startSomething()
        case 1: try drive()
        case 2: try world.meter.collect()
        case 3, 4: try writeSomething()
        default: break
        }
    }

    private func atBoundary(_ boundary: Boundary) throws {
        switch pick(12) {
        case 0: try count(one(of: world.active()).id)
        case 1: try world.meter.collect()
        case 2, 3: try writeSomething()
        case 4 where pick(4) == 0:
            do { try world.engine.cancel(boundary.run, actor: Self.person) } catch is WorkflowError {
                // Past its point of no return.
            }
        default: break
        }
    }

    // MARK: What must hold

    private func check() throws {
        for run in try world.engine.list().records {
            try #require(run.state == .completed || run.state == .undone, "\(run.kind) is \(run.state)")
        }
        for tenant in try world.active() {
            let recount = try world.recounter().recount(tenant.id)
            try #require(recount.drift == Extent(), "\(recount)")
            try #require(try recount.counted == world.extent(of: tenant))
        }
        let here = Set(try world.active().map(\.id))
        for run in try world.engine.list().records where run.kind == OnboardingWorkflow.kind {
            guard let tenant = run.tenant, !here.contains(tenant) else { continue }
            try #require(try world.usage.count(of: tenant) == 0, "usage of one that never came")
        }
    }
}
