import Accounts
import Archives
import Base
import Departures
import Migrations
import Reconciliation
import Registry
import Reviews
import Tables
import Tenancy
import Tenants
import Upgrades
import Workflows

/// All that the REST interface works with.
public struct ControlServices: Sendable {
    /// The records.
    public var registry: Registry
    /// The tenants, in memory.
    public var directory: Directory
    /// The runs.
    public var engine: WorkflowEngine
    /// The tiers and tables.
    public var catalog: Catalog
    /// The stores, for their sizes.
    public var stores: any StoreProvider
    /// Onboarding, schools, suspension.
    public var tenants: TenantService
    /// Moves between tiers.
    public var moves: MoveService
    /// Moves of schools between tenants; nil where nobody carries them out.
    public var schoolMoves: SchoolMoveService?
    /// Tenants of pools that are spread, and pools that are emptied; nil where nobody carries that out.
    public var pools: PoolService?
    /// Tenants that outgrow their tier; nil where nobody looks.
    public var upgrades: UpgradeService?
    /// What tenants cost; nil where nobody meters them.
    public var costs: CostService?
    /// Tokens.
    public var tokens: TokenDesk
    /// The keys that sign tokens; nil where nobody keeps them.
    public var signingKeys: SigningKeyDesk?
    /// Tokens by OAuth 2.0; nil where there are none.
    public var oauth: OAuthDesk?
    /// Static keys of operators.
    public var keys: KeyDesk
    /// Accounts of those who run the platform; nil where nobody keeps them.
    public var accounts: AccountDesk?
    /// Backups and restores of tenants; nil where nobody keeps them.
    public var tenantBackups: TenantBackupDesk?
    /// What the gateway decided, the newest first; nil where nobody keeps it.
    public var decisions: (@Sendable (DecisionQuery) throws -> DecisionPage)?
    /// What tenants use; nil where nobody counts it.
    public var usage: UsageDesk?
    /// The catalog in force, and others beside it; nil where there is one catalog alone.
    public var catalogs: CatalogDesk?
    /// What should exist beside what does; nil where nobody compares.
    public var reconciler: ReconcileDesk?
    /// Exports of tenants.
    public var exports: ExportDesk?
    /// Imports of archives.
    public var imports: ImportDesk?
    /// Tenants that leave, and erasures; nil where nobody carries them out.
    public var departures: DepartureService?
    /// Exports of the audit that are under way.
    public var auditExports = ExportBook()
    /// The policies in force.
    public var policies: PolicyDesk
    /// What the gateway asks the policies about a recorded request.
    public var rehearse: SimulationQuery.Rehearse
    /// The ARN under which the gateway knows a role.
    public var roleARN: @Sendable (String) -> String
    /// The gateway's URL on this machine: what applications name as their endpoint.
    public var gatewayURL: String
    /// What others count: the gateway, the process.
    public var metrics: @Sendable () -> [MetricFamily]
    /// Whether both servers listen and nobody has asked for the end.
    public var isReady: @Sendable () -> Bool
    /// Which build this is.
    public var version: String
    /// How many requests a second one caller may send.
    public var callerRequestsPerSecond = Limits.callerRequestsPerSecond
    /// When the process started.
    public var startedAt: Timestamp
    /// The time.
    public var clock: any Clock
    /// Randomness for request ids.
    public var random: any RandomSource
    /// The log.
    public var log: Log

    /// These services.
    public init(
        registry: Registry, directory: Directory, engine: WorkflowEngine, catalog: Catalog,
        stores: any StoreProvider, tenants: TenantService, moves: MoveService, tokens: TokenDesk,
        keys: KeyDesk, policies: PolicyDesk, rehearse: @escaping SimulationQuery.Rehearse,
        roleARN: @escaping @Sendable (String) -> String, gatewayURL: String,
        metrics: @escaping @Sendable () -> [MetricFamily],
        isReady: @escaping @Sendable () -> Bool, version: String, clock: any Clock, random: any RandomSource,
        log: Log
    ) {
        self.registry = registry
        self.directory = directory
        self.engine = engine
        self.catalog = catalog
        self.stores = stores
        self.tenants = tenants
        self.moves = moves
        self.tokens = tokens
        self.keys = keys
        self.policies = policies
        self.rehearse = rehearse
        self.roleARN = roleARN
        self.gatewayURL = gatewayURL
        self.metrics = metrics
        self.isReady = isReady
        self.version = version
        self.startedAt = clock.now()
        self.clock = clock
        self.random = random
        self.log = log
    }
}
