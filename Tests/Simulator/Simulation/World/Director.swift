import Base
import LocalTables
import Registry
import SimulatedDisk
import Synchronization
import Tenancy
import Tenants
import Workflows

/// Starts the server, again after each crash, lets clients and operators act, and at the end looks whether all is well.
struct Director {
    let world: World
    let baton: Baton

    func direct() {
        let homes = Homes(count: world.program.tiers.count)
        guard start(homes) else { return }
        for tenant in world.program.tiers.indices { begin("onboard \(tenant)") { onboard(tenant, homes) } }
        for (number, client) in world.program.clients.enumerated() {
            begin("client \(number)") {
                Client(
                    number: number, tenant: client.tenant, world: world, baton: baton, homes: homes,
                    network: client.network
                ).perform(client.requests, thinkMilliseconds: client.thinkMilliseconds)
            }
        }
        for (number, acts) in world.program.operators.enumerated() {
            begin("operator \(number)") {
                Operator(number: number, world: world, baton: baton, homes: homes).perform(acts)
            }
        }
        guard restUntilAll(homes) else { return }
        // Runs that were asked for last come to their ends among clients and crashes too.
        for tenant in world.program.tiers.indices where homes[tenant] != nil {
            begin("latecomer \(tenant)") {
                let number = world.program.clients.count + world.program.tiers.count + tenant
                Client(number: number, tenant: tenant, world: world, baton: baton, homes: homes)
                    .perform(Director.lateRequests)
            }
        }
        guard restUntilAll(homes) else { return }
        world.calm()
        world.disk.heal()
        // In which what did not fit its budget does, once somebody has it tried again.
        baton.quicken(toNanoseconds: 20_000)
        if world.server?.isDead == true, !restart(homes) { return }
        world.say("all have ended")
        do { try Inspection(world: world, baton: baton, homes: homes).inspect() } catch {
            world.find(.halted, "the inspection fails: \(error)")
        }
        stop()
    }

    /// For as long as the longest undo window, and what comes behind it.
    private static let lateRequests: [Program.Request] = (0..<8).flatMap { round -> [Program.Request] in
        [.count(key: round % 2), .rest(milliseconds: 800), .read(key: round % 2)]
    }

    /// Waits until nobody has anything to do any more; false where no process can be started.
    private func restUntilAll(_ homes: Homes) -> Bool {
        while !world.isAtRest {
            baton.wait(until: { world.isAtRest || world.server?.isDead == true })
            if world.server?.isDead == true, !restart(homes) { return false }
        }
        return true
    }

    private func begin(_ label: String, _ body: @escaping @Sendable () -> Void) {
        world.begin()
        baton.begin(label, group: 0, due: nil) {
            body()
            world.finish()
        }
    }

    // MARK: The process

    private static let failedStartsMax = 10

    /// Starts a process, again where the machine fails meanwhile. False where it cannot be started.
    private func start(_ homes: Homes) -> Bool {
        var failures = 0
        while true {
            let number = world.noteStart(turn: baton.turns)
            let process = world.disk.start(
                clock: world.clock, seed: UInt64(number),
                sleep: { [clock = world.clock] in clock.advance(byNanoseconds: UInt64($0) * 1000) })
            let group = Baton.Group(number: number, baton: baton)
            var opened: LocalStores?
            do {
                let stores = try LocalStores(
                    folder: "/stores",
                    surroundings: StoreSurroundings(
                        clock: world.clock, random: SeededRandom(seed: world.random.next()), files: process,
                        logPagesCopied: world.program.logPagesCopied))
                opened = stores
                let server = try Conducting.$conductor.withValue(group) {
                    try Server(number: number, stores: stores, world: world)
                }
                if number > 1, !world.hasFailedToStart {
                    try world.look(baton) {
                        try Inspection(world: world, baton: baton, homes: homes).lookAfterCrash(server)
                    }
                }
                world.install(server)
                world.say("process \(number) serves")
                if number == 1 { world.planFaults() }
                if world.hasFleetingItems {
                    baton.begin("upkeep \(number)", group: number, due: nil) { server.keepUp(baton) }
                }
                for worker in 0..<2 {
                    baton.begin("engine \(number).\(worker)", group: number, due: nil) {
                        do { try server.work(baton) } catch {
                            if !server.isDead, !world.hasDiskFaults {
                                world.find(.halted, "the engine fails: \(error)")
                            }
                        }
                    }
                }
                return true
            } catch {
                if !world.hasFailedToStart {
                    // Where it was the disk somebody starts it again.
                    guard world.hasDiskFaults, failures < Director.failedStartsMax else {
                        world.find(.halted, "process \(number) cannot start: \(error)")
                        return false
                    }
                    failures += 1
                    world.say("process \(number) cannot start: \(error)")
                    world.disk.kill()
                }
                opened?.close()
                baton.wait(until: { !baton.hasMembers(of: number) })
            }
        }
    }

    /// Lets the dead process end and starts the next.
    private func restart(_ homes: Homes) -> Bool {
        stop()
        return start(homes)
    }

    private func stop() {
        guard let server = world.server else { return }
        server.end()
        server.wake()
        server.close()
        baton.wait(until: { !baton.hasMembers(of: server.number) })
        world.install(nil)
    }

    // MARK: Onboarding

    private func onboard(_ tenant: Int, _ homes: Homes) {
        let tier = world.program.tiers[tenant]
        var attempt = 1
        while true {
            baton.wait(until: { world.living != nil })
            guard let server = world.living else { continue }
            do {
                let request = try OnboardingRequest(
                    name: "District \(tenant)", tier: tier, admin: "it@district.example",
                    timezone: "America/Chicago", schools: ["School"])
                let run = try server.tenants.startOnboarding(
                    request, idempotencyKey: "onboard-\(tenant)-\(attempt)")
                server.wake()
                while true {
                    let record = try server.engine.get(run)
                    if record.state == .completed, let id = record.tenant {
                        let found = try server.registry.require(TenantRecord.self, id)
                        let home = Home(tenant: id, school: found.schools[0].id)
                        load(tenant, home)
                        homes.settle(tenant, home)
                        world.say("district \(tenant) is onboarded in tier \(tier)")
                        return
                    }
                    if world.hasDiskFaults, record.state.isSettled {
                        // Somebody has it done again.
                        world.say("the onboarding of district \(tenant) is \(record.state)")
                        if record.state == .undone {
                            attempt += 1
                        } else {
                            try server.engine.retry(run, actor: .system)
                        }
                        baton.pause(milliseconds: 100)
                        break
                    }
                    if record.state.isSettled {
                        return world.find(.run, "the onboarding of district \(tenant) is \(record.state)")
                    }
                    baton.pause(milliseconds: 25)
                }
            } catch {
                if world.hasDiskFaults { baton.pause(milliseconds: 5) }
                guard server.isDead || world.hasDiskFaults else {
                    return world.find(.answer, "onboarding district \(tenant): \(error)")
                }
            }
        }
    }
}

extension Director {
    /// Puts items that nobody touches again: for each move to carry. Before anybody else knows the district, so that no move
    /// finds it empty.
    private func load(_ tenant: Int, _ home: Home) {
        let own = Homes(count: world.program.tiers.count)
        own.settle(tenant, home)
        let number = world.program.clients.count + tenant
        Client(number: number, tenant: tenant, world: world, baton: baton, homes: own)
            .perform(History.ballastKeys.map { .put(key: $0) })
    }
}

/// A district that is served.
struct Home: Hashable, Sendable {
    let tenant: TenantID
    let school: SchoolID
    /// One that was added later.
    var secondSchool: SchoolID?

    var schools: [SchoolID] { [school] + (secondSchool.map { [$0] } ?? []) }
}

/// Which districts are served so far.
final class Homes: Sendable {
    private let homes: Mutex<[Home?]>

    init(count: Int) { homes = Mutex([Home?](repeating: nil, count: count)) }

    subscript(tenant: Int) -> Home? { homes.withLock { $0[tenant] } }
    var all: [Home] { homes.withLock { $0.compactMap { $0 } } }
    func settle(_ tenant: Int, _ home: Home) { homes.withLock { $0[tenant] = home } }
    func addSchool(_ tenant: Int, _ school: SchoolID) {
        homes.withLock { $0[tenant]?.secondSchool = school }
    }
}
