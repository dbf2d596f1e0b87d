import Base
import Gateway
import LocalTables
import Migrations
import Policies
import Registry
import SimulatedDisk
import Synchronization
import Tables
import Tenancy
import Tenants
import Upkeep
import Workflows

/// One process of the server: everything that `homeroom serve` wires between the wire and the disk, over what the disk holds.
final class Server: Sendable {
    static let registryStore = known(StoreID("registry"))
    /// No operator has made a table, so that it is not there.
    private static let operatorsStore = known(StoreID("main"))

    let number: Int
    let stores: LocalStores
    private let watched: WatchedStores
    let registry: Registry
    let directory: Directory
    let placements: Placements
    let gateway: Gateway
    let engine: WorkflowEngine
    let tenants: TenantService
    let moves: MoveService
    let pools: PoolService
    private let upkeep: Upkeep
    private let isEnded = Atomic<Bool>(false)
    /// Raised by whoever gives the engine something to do.
    private let wishes = Atomic<Int>(0)

    /// Opens everything as a process that starts does, and takes up what the last one left.
    init(number: Int, stores: LocalStores, world: World) throws {
        self.number = number
        let clock = world.clock
        let random = SeededRandom(seed: world.random.next())
        self.stores = stores
        let registryStore = try stores.create(Server.registryStore, tables: [Registry.schema])
        registry = try Registry(engine: registryStore, clock: clock)
        watched = WatchedStores(stores, world: world)
        let routes = TenantRoutes(catalog: world.catalog, stores: watched, clock: clock)
        directory = try Directory(following: registry, compile: routes.compile)
        gateway = Gateway(
            routes: routes, directory: directory, policies: ActivePolicies(world.policies), clock: clock,
            random: random)
        placements = Placements(registry: registry, catalog: world.catalog, clock: clock)
        let secrets = KeySecrets(derive: { "secret of \($0)" }, digest: { String($0.reversed()) })
        let environment = MoveEnvironment(
            stores: watched, registry: registry, placements: placements, clock: clock)
        let poolEngine = PoolEngine()
        engine = WorkflowEngine(
            registry: registry,
            workflows: TenantService.workflows(
                registry: registry, placements: placements, stores: watched, secrets: secrets)
                + [
                    MoveWorkflow(environment: environment),
                    PoolRebalanceWorkflow(environment: environment, engine: poolEngine),
                    PoolMergeWorkflow(environment: environment, engine: poolEngine),
                ],
            clock: clock, random: random, threads: 0,
            report: { run, text in world.say("engine: \(run): \(text)") })
        poolEngine.attach(engine)
        pools = PoolService(environment: environment, engine: engine)
        upkeep = Upkeep(
            stores: watched, directory: directory, catalog: world.catalog, ownStore: Server.operatorsStore,
            onFailure: { store, error in world.say("upkeep of \(store): \(error)") })
        tenants = TenantService(
            registry: registry, engine: engine, catalog: world.catalog, secrets: secrets, random: random,
            clock: clock)
        moves = MoveService(environment: environment, engine: engine)
        watched.follow(directory)
        try placements.applyOptions(stores: watched, now: clock.now()) { store, error in
            world.say("options of \(store): \(error)")
        }
        try watched.survey(except: Server.registryStore)
        try moves.lowerFences { run, error in world.say("fence of \(run): \(error)") }
        try engine.resumeAll()
    }

    /// Whether the process has ended.
    var isDead: Bool { isEnded.load(ordering: .relaxed) }

    func end() { isEnded.store(true, ordering: .relaxed) }

    /// Closes the stores: what of the process still runs finds nothing that it could use, and ends.
    func close() {
        stores.close()
        watched.follow(nil)
    }

    /// Lets the engine look whether there is something to do.
    func wake() { wishes.wrappingAdd(1, ordering: .relaxed) }

    /// Carries runs out until the process ends.
    func work(_ baton: Baton) throws {
        while !isDead {
            let seen = wishes.load(ordering: .relaxed)
            let due = try engine.runUntilIdle()
            let now = baton.clock.monotonicNanoseconds()
            let poll = now + Server.pollNanoseconds
            // By the wall clock, which may have been set.
            let wanted =
                due.map { now + UInt64(max(0, $0.milliseconds(since: baton.clock.now()))) * 1_000_000 }
                ?? poll
            baton.wait(
                until: { self.isDead || self.wishes.load(ordering: .relaxed) != seen },
                due: max(now + 1, min(wanted, poll)))
        }
    }

    /// Lets items end until the process does.
    func keepUp(_ baton: Baton) {
        while !isDead {
            upkeep.round { self.isDead }
            let next = baton.clock.monotonicNanoseconds() + 2 * Server.pollNanoseconds
            baton.wait(until: { self.isDead }, due: next)
        }
    }

    private static let pollNanoseconds: UInt64 = 250_000_000
}

/// A constant of the simulation, which must be of its form.
func known<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a constant of the simulation is not of its form") }
    return value
}
