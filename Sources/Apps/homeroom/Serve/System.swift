import Backups
import Base
import ControlAPI
import Crypto
import FoundationEssentials
import Gateway
import GatewayAPI
import HTTPServer
import Issuing
import LocalTables
import Migrations
import Policies
import Registry
import Reviews
import Synchronization
import Tables
import Tenancy
import Tenants
import Tokens
import Upkeep
import Workflows

/// Everything that runs, wired together: stores, registry, runs, gateway, control API.
final class System: Sendable {
    /// What a first start has to tell.
    enum AdminKey: Equatable {
        /// Made just now: to be shown once.
        case new(String)
        /// Made at an earlier start.
        case known
    }

    private static let graceSeconds = 20

    let options: ServeOptions
    let adminKey: AdminKey
    /// With which catalog it began.
    let catalogStart: CatalogStart
    /// With which policies it began.
    let policyStart: PolicyStart
    /// How many runs were under way when the process last ended.
    let resumedRuns: Int
    let gatewayAddress: String
    let controlAddress: String
    private let folder: DataFolder
    private let stores: LocalStores
    private let engine: WorkflowEngine
    private let controlAPI: ControlAPI
    private let controlServer: HTTPServer
    private let gateway: GatewayFront
    private let upkeep: UpkeepThread
    private let chores: Chores
    private let usage: UsageWiring
    private let registry: Registry
    private let runChores: Chores
    private let backups: BackupDesk
    private let decisions: DecisionRecorder
    private let audit: AuditWiring
    private let tls: TLSWiring?
    private let readiness = Readiness()
    private let log: Log

    /// Starts everything; requests are answered when this returns.
    /// - Throws: `CommandFailure` where a file is wrong, an address is taken or the folder is in use; what the stores throw.
    init(_ options: ServeOptions, log: Log, clock: any Clock = SystemClock()) throws {
        (self.options, self.log) = (options, log)
        tls = try TLSWiring(options.tls, clock: clock, log: log)
        let random = OpenSSLRandom()
        let opened = try Opened(options, clock: clock, random: random, log: log)
        (folder, stores, registry) = (opened.folder, opened.stores, opened.registry)
        (catalogStart, policyStart, adminKey) = (opened.catalogStart, opened.policyStart, opened.adminKey)
        let (keyring, catalog) = (opened.keyring, opened.catalogStart.catalog)
        // The issuer may depend on the port that the system picks, so the server listens before its handler is made.
        let late = LateHandler()
        controlServer = try System.controlServer(options, tls?.identity, handler: late)
        controlAddress = options.publicURL(of: options.control, port: controlServer.port)
        let issuer = options.issuer ?? controlAddress
        let routes = System.routes(catalog, stores, options, clock: clock)
        let directory = try Directory(following: registry, compile: routes.compile)
        let recorded = System.decisions(in: stores, clock: clock, log: log)
        decisions = recorded.recorder
        usage = UsageWiring(routes, directory, stores, registry, catalog, options, clock: clock, log: log)
        let departures = try DepartureWiring(
            stores: stores, registry: registry, catalog: catalog, keyring: keyring, decisions: recorded.store,
            recorder: recorded.recorder, usage: usage.hoard, folder: folder, clock: clock)
        let core = try TenantCore(
            registry, catalog, stores, directory, folder: folder, sign: keyring.signing.signStatement,
            capacity: LivesWiring.capacity(folder: options.data, tenantsMax: options.tenantsMax),
            master: keyring.master, more: departures.workflows + usage.workflows, usage: usage.hoard,
            clock: clock, random: random)
        engine = core.engine
        let keys = try KeyDesk(registry: registry, master: keyring.master, clock: clock, random: random)
        let tenantBackups = BackupWiring(core.backups, engine: engine, clock: clock)
        backups = try System.backups(of: stores, in: folder, clock: clock, random: random, log: log)
        let policies = ActivePolicies(policyStart.loaded.policies)
        gateway = try GatewayFront(
            options, routes: routes, directory: directory, policies: policies, keyring: keyring,
            issuer: issuer, keys: keys, audit: RegistryAudit(registry: registry),
            backups: backups, decisions: decisions, tls: tls?.identity, clock: clock, log: log)
        gatewayAddress = options.publicURL(of: options.gateway, port: gateway.port)
        var services = ControlServices(
            registry: registry, directory: directory, engine: core.engine, catalog: catalog, stores: stores,
            tenants: core.tenants, moves: core.moves,
            tokens: System.tokens(keyring.signing, issuer: issuer, policies, clock: clock, random: random),
            keys: keys, policies: policyStart.desk(clock: clock) { policies.replace(by: $0) },
            rehearse: RequestRehearsal(catalog: catalog, clock: clock).questions,
            roleARN: GatewayFront.roleARN, gatewayURL: gatewayAddress,
            metrics: System.metrics(gateway, usage, tenantBackups, tls),
            isReady: { [readiness] in readiness.isReady }, version: OtherCommands.versionText,
            clock: clock, random: random, log: log)
        let first = try services.attach(core, usage, recorded.list, tenantBackups, keyring, issuer: issuer)
        services.departures = departures.service(engine: engine, backups: backups, clock: clock)
        let look = ReconcileWiring.attach(to: &services, core, catalogStart.desk, folder: folder)
        controlAPI = ControlWiring.api(services, options)
        late.fill(controlAPI)
        audit = AuditWiring(options.audit, services, controlAPI, decisions, gateway.sessions, keyring)
        upkeep = try core.startUpkeep(directory: directory, now: clock.now(), log: log)
        (resumedRuns, runChores) = try RunsWiring.start(engine, options, log: log)
        let others =
            tenantBackups.chores() + first + [look, controlAPI.chore] + [tls?.chore].compactMap { $0 }
        chores = System.startChores(others, usage, core.tenants, directory, registry, log: log)
        try keepAddress()
        readiness.isReady = true
    }

    /// Says in the log that it runs.
    func logStart() {
        if folder.isOpenToOthers {
            log.warning("others may look into the data folder; chmod 700 it", ["folder": options.data])
        }
        log.info(
            "started",
            [
                "control": controlAddress, "gateway": gatewayAddress, "data": options.data,
                "resumedRuns": "\(resumedRuns)", "policyVersion": "\(policyStart.loaded.record.id)",
            ])
        policyStart.log(to: log)
    }

    /// Tells the commands on this machine where the control API is, and by which key they know it.
    private func keepAddress() throws(CommandFailure) {
        let url = options.url(of: options.control, port: controlServer.port)
        // Weakly: the folder is given up when the system goes, and a chore that waits outlives that.
        tls?.onChange { [weak folder] in try folder?.keep(RunningServer(url: url, pins: $0)) }
        try folder.keep(RunningServer(url: url, pins: tls?.pins))
    }

    /// Reads the TLS certificate again.
    func rereadCertificate() {
        do { try tls?.look(inAnyCase: true) } catch {
            log.error("the TLS certificate was not read again", ["error": "\(error)"])
        }
    }

    /// Stops accepting, finishes what is in flight, leaves runs between two steps so that the next start goes on with them,
    /// closes the stores.
    func stop() {
        readiness.isReady = false
        log.info("stopping")
        registry.stopWaiting()
        controlServer.stop(graceSeconds: System.graceSeconds)
        controlAPI.stop()
        gateway.stop(graceSeconds: System.graceSeconds)
        chores.stop()
        runChores.stop()
        engine.stop()
        upkeep.stop()
        usage.stop()
        backups.stop()
        decisions.flush()
        audit.stop()
        stores.close()
        log.info("stopped")
    }

    /// What lies in the data folder, opened in the order that a first start needs.
    private struct Opened {
        let folder: DataFolder
        let keyring: KeyringWiring
        let stores: LocalStores
        let registry: Registry
        let catalogStart: CatalogStart
        let policyStart: PolicyStart
        let adminKey: AdminKey

        init(_ options: ServeOptions, clock: any Clock, random: any RandomSource, log: Log) throws {
            folder = try DataFolder(path: options.data)
            stores = try System.stores(in: folder, clock: clock, random: random, log: log)
            registry = try System.registry(in: stores, clock: clock)
            keyring = try KeyringWiring(
                options, folder: folder, registry: registry, clock: clock, random: random, log: log)
            catalogStart = try CatalogStart(
                options, registry: registry, stores: stores, clock: clock, log: log)
            // Before the first key is made: a first start that is refused has told nobody its secret.
            policyStart = try PolicyStart(
                options, registry: registry, catalog: catalogStart.catalog, clock: clock)
            adminKey = try AdminKeys(registry: registry, folder: folder, clock: clock).ensure(random: random)
        }
    }

    private static func routes(
        _ catalog: Catalog, _ stores: LocalStores, _ options: ServeOptions, clock: any Clock
    ) -> TenantRoutes {
        TenantRoutes(catalog: catalog, stores: stores, clock: clock, countsUsage: options.countsUsage)
    }

    private static func metrics(
        _ gateway: GatewayFront, _ usage: UsageWiring, _ backups: BackupWiring, _ tls: TLSWiring?
    ) -> @Sendable () -> [MetricFamily] {
        {
            gateway.metrics() + usage.metrics() + ProcessMetrics.families() + backups.metrics()
                + (tls?.metrics() ?? [])
        }
    }

    private static func startChores(
        _ others: [Chore], _ usage: UsageWiring, _ tenants: TenantService, _ directory: Directory,
        _ registry: Registry, log: Log
    ) -> Chores {
        usage.start()
        let own = [LivesWiring.overrides(tenants, directory), EventWiring.chore(of: registry)]
        return Chores(others + own) { log.error("\($0) failed", ["error": "\($1)"]) }
    }

    private static func tokens(
        _ signing: SigningKeys, issuer: String, _ policies: ActivePolicies, clock: any Clock,
        random: any RandomSource
    ) -> TokenDesk {
        TokenDesk(
            ring: { signing.ring }, issuer: issuer, audience: GatewayFront.audience,
            roles: { policies.catalog.roles.keys.filter { $0 != GatewaySession.operatorRole } },
            clock: clock, random: random)
    }

    private static func stores(
        in folder: DataFolder, clock: any Clock, random: any RandomSource, log: Log
    ) throws -> LocalStores {
        try LocalStores(
            folder: folder.storesPath,
            surroundings: StoreSurroundings(clock: clock, random: random) { store, trouble in
                if let trouble {
                    log.error("a store fails", ["store": store.text, "trouble": trouble])
                } else {
                    log.info("a store that failed works again", ["store": store.text])
                }
            })
    }

    private static func controlServer(
        _ options: ServeOptions, _ tls: TLSIdentity?, handler: any HTTPHandler
    ) throws(CommandFailure) -> HTTPServer {
        try Loading.server(options.control, "control", threads: 1, handler: handler) {
            $0.tls = tls
            $0.trustedProxies = options.trustedProxies
            $0.bodyBytesMax = Limits.controlBodyBytesMax
            $0.heldBytesMax = Limits.controlHeldBytesMax
            $0.connectionsMax = min($0.connectionsMax, max(1, OpenFiles.limit / 8))
        }
    }

    private static func backups(
        of stores: LocalStores, in folder: DataFolder, clock: any Clock, random: any RandomSource, log: Log
    ) throws -> BackupDesk {
        try BackupDesk(
            snapshots: LocalSnapshots(folder: folder.backupsPath, stores: stores), stores: stores,
            store: OperatorTables.store, clock: clock, random: random
        ) { what, error in log.error("\(what) failed", ["error": "\(error)"]) }
    }

    /// What the gateway decides is kept in a store of its own. Where that cannot be opened the log has it all the same.
    private static func decisions(
        in stores: LocalStores, clock: any Clock, log: Log
    ) -> (
        store: DecisionStore, recorder: DecisionRecorder,
        list: @Sendable (DecisionQuery) throws -> DecisionPage
    ) {
        let store = DecisionStore(clock: clock) { () throws(TableError) in
            try stores.create(DecisionStore.storeID, tables: [DecisionStore.schema])
        }
        let recorder = DecisionRecorder(
            store: store, clock: clock, log: DecisionLines(log: log).write,
            onFailure: { log.error("decisions cannot be kept", ["error": "\($0)"]) })
        // Whoever asks sees what was decided before.
        return (
            store, recorder,
            { query in
                recorder.flush()
                return try store.list(query)
            }
        )
    }

    private static func registry(in stores: LocalStores, clock: any Clock) throws -> Registry {
        guard let id = StoreID("registry") else { preconditionFailure("a valid name") }
        // A new registry beside stores that hold tenants would know none of them, and give their names away again.
        let known = try stores.list()
        guard known.isEmpty || known.contains(id) else {
            throw CommandFailure.failed(
                "the folder has stores, but `stores/registry.sqlite`, which knows whose they are, is missing: restore it from a "
                    + "backup")
        }
        let registry = try Registry(engine: try Registry.store(id, in: stores), clock: clock)
        // Where it is damaged operators are told so; tenants need nothing of it.
        if !known.contains(OperatorTables.store) { _ = try stores.create(OperatorTables.store, tables: []) }
        return registry
    }
}

/// Whether the servers answer and nobody has asked for the end.
final class Readiness: Sendable {
    private let flag = Atomic<Bool>(false)

    var isReady: Bool {
        get { flag.load(ordering: .acquiring) }
        set { flag.store(newValue, ordering: .releasing) }
    }
}

extension ControlServices {
    /// The services of tenants that not every server has.
    /// - Returns: what is done for them while nobody asks.
    fileprivate mutating func attach(
        _ core: TenantCore, _ usage: UsageWiring,
        _ decisions: @escaping @Sendable (DecisionQuery) throws -> DecisionPage, _ backups: BackupWiring,
        _ keyring: KeyringWiring, issuer: String
    ) throws -> [Chore] {
        (schoolMoves, pools) = (core.schoolMoves, core.pools)
        self.decisions = decisions
        self.usage = usage.desk
        tenantBackups = backups.desk
        let reading = CostWiring.attach(usage.store, to: &self)
        let (clock, random) = (self.clock, self.random)
        let archives = core.archives.serve(in: &self, clock: clock, random: random)
        let upgrades = try UpgradeWiring(&self, meter: usage.meter, clock: clock)
        let people = try AccountsWiring.attach(to: &self, master: keyring.master)
        return [reading, people] + archives + upgrades.chores
            + (try keyring.attach(to: &self, issuer: issuer))
    }
}

extension ServeOptions.Address {
    /// The same with the port that the system has picked.
    func with(port: UInt16) -> ServeOptions.Address {
        ServeOptions.Address(host: host, port: port)
    }
}
