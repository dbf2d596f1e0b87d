import Archives
import Base
import Crypto
import Departures
import Gateway
import GatewayAPI
import LocalTables
import Migrations
import Reconciliation
import Registry
import Tables
import Tenancy
import Tenants
import Tokens
import Upkeep
import Workflows

/// The services that tenants live by, over one registry.
struct TenantCore {
    let engine: WorkflowEngine
    let tenants: TenantService
    let moves: MoveService
    let schoolMoves: SchoolMoveService
    let pools: PoolService
    let environment: MoveEnvironment
    let backups: BackupEnvironment
    let archives: ExportWiring
    let reconciling = ReconcilePlace()

    /// Lets writes go on that a move held back, gives the stores' tables what the catalog has switched on, and begins to keep
    /// them.
    func startUpkeep(directory: Directory, now: Timestamp, log: Log) throws -> UpkeepThread {
        try moves.lowerFences { run, error in
            log.error("a move's fence cannot be lowered", ["run": run.text, "error": "\(error)"])
        }
        let tell: @Sendable (StoreID, any Error) -> Void = { store, error in
            log.error("a store cannot be kept", ["store": store.text, "error": "\(error)"])
        }
        try environment.placements.applyOptions(stores: environment.stores, now: now, onFailure: tell)
        return UpkeepThread(
            Upkeep(
                stores: environment.stores, directory: directory, catalog: environment.placements.catalog,
                ownStore: OperatorTables.store, onFailure: tell))
    }

    init(
        _ registry: Registry, _ catalog: Catalog, _ stores: LocalStores, _ directory: Directory,
        folder: DataFolder, sign: @escaping SignStatement, capacity: CapacityCheck, master: [UInt8],
        more workflows: [any Workflow], usage: UsageHoard,
        clock: any Clock, random: any RandomSource
    ) throws {
        let secrets = try TenantCore.keySecrets(master)
        let placements = Placements(
            registry: registry, catalog: catalog, clock: clock, bytes: LivesWiring.bytes(of: stores))
        environment = MoveEnvironment(
            stores: stores, registry: registry, placements: placements, capacity: capacity, clock: clock,
            sign: sign)
        backups = try BackupWiring.environment(
            in: folder, stores: stores, registry: registry, placements: placements)
        let poolWiring = PoolWiring(environment)
        archives = try ExportWiring(
            in: folder, stores: stores, registry: registry, placements: placements, capacity: capacity,
            erased: ErasureGuard(registry: registry, digests: try DepartureWiring.digests(master)))
        engine = WorkflowEngine(
            registry: registry,
            workflows: TenantService.workflows(
                registry: registry, placements: placements, stores: stores, secrets: secrets,
                forget: { _ = try usage.remove(of: $0) })
                + [MoveWorkflow(environment: environment), SchoolMoveWorkflow(environment: environment)]
                + poolWiring.workflows + TenantBackupDesk.workflows(backups) + archives.workflows
                + [ReconcileWorkflow(place: reconciling)] + workflows,
            clock: clock, random: random)
        tenants = TenantService(
            registry: registry, engine: engine, catalog: catalog, secrets: secrets, random: random,
            clock: clock, capacity: capacity, tenantCount: { directory.livingCount })
        pools = poolWiring.service(engine: engine)
        moves = MoveService(environment: environment, engine: engine)
        schoolMoves = SchoolMoveService(environment: environment, engine: engine, clock: clock)
    }

    /// Keys for tenants: the secret follows from the id and the master secret, so that the same onboarding answers the same key
    /// and none is stored.
    private static func keySecrets(_ master: [UInt8]) throws -> KeySecrets {
        let key = HMACKey(
            try HKDF.derive(
                secret: master, info: Array("homeroom control keys".utf8), count: SHA256Digest.byteCount))
        return KeySecrets(
            derive: { Base64URL.encode(key.authenticate(Array($0.utf8)).bytes) },
            digest: { Hex.encode(SHA256.hash($0).bytes) })
    }
}
