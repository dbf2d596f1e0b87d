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
import Workflows

/// One process of the server: everything that `homeroom serve` wires between the wire and the disk, over what the disk holds.
final class Server: Sendable {
    static let registryStore = known(StoreID("registry"))

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
        engine = WorkflowEngine(
            registry: registry,
            workflows: TenantService.workflows(
                registry: registry, placements: placements, stores: watched, secrets: secrets)
                + [MoveWorkflow(environment: environment)],
            clock: clock, random: random, threads: 0,
            report: { run, text in world.say("engine: \(run): \(text)") })
        tenants = TenantService(
            registry: registry, engine: engine, catalog: world.catalog, secrets: secrets, random: random,
            clock: clock)
        moves = MoveService(environment: environment, engine: engine)
        watched.follow(directory)
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
            let wanted = due.map { UInt64(max(0, $0.milliseconds)) * 1_000_000 } ?? poll
            baton.wait(
                until: { self.isDead || self.wishes.load(ordering: .relaxed) != seen },
                due: max(now + 1, min(wanted, poll)))
        }
    }

    private static let pollNanoseconds: UInt64 = 250_000_000
}

/// A constant of the simulation, which must be of its form.
func known<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a constant of the simulation is not of its form") }
    return value
}
