import Archives
import Base
import ControlAPI
import Gateway
import Migrations
import Reconciliation
import Registry
import Tables
import Upkeep
import Workflows

/// The reconciliation of a server.
enum ReconcileWiring {
    private static let lookSeconds = 86_400

    /// Lets the control API compare the registry with the stores, the receipts and the data folder, and plan other catalogs.
    /// - Returns: what does it unasked.
    static func attach(
        to services: inout ControlServices, _ core: TenantCore, _ catalogs: CatalogDesk, folder: DataFolder
    ) -> Chore {
        let chain = ReceiptChain(registry: services.registry)
        let backups = TenantBackups(
            registry: services.registry, folder: core.backups.folder, clock: services.clock)
        let exports = core.archives.exports(core.engine)
        let look = FolderLook(path: folder.path, clock: services.clock)
        let reconciler = Reconciler(
            registry: services.registry, stores: core.environment.stores,
            placements: core.environment.placements, ownStores: ownStores, engine: core.engine,
            clock: services.clock, random: services.random,
            looks: [
                { _ in try receipts(chain) }, { _ in try look.candidates() },
                { _ in look.candidates(try backups.troubles(), in: BackupWiring.tenantsFolder) },
                { _ in look.candidates(try exports.troubles(), in: ExportWiring.exportsFolder) },
            ])
        services.reconciler = ReconcileDesk(
            reconciler: reconciler, engine: core.engine, place: core.reconciling)
        services.catalogs = catalogs
        return chore(of: reconciler, log: services.log)
    }

    /// Says in the log, behind the start and once a day, what the registry's records and the folder show; stores are not opened
    /// for it. Nobody waits for it: with ten thousand tenants it takes seconds.
    private static func chore(of reconciler: Reconciler, log: Log) -> Chore {
        Chore(name: "comparison of what should exist", everySeconds: lookSeconds) { _ in
            let findings = try reconciler.survey(.records).findings
            for finding in findings.prefix(Limits.reconcileLinesMax) {
                log.warning(
                    "not as it should be",
                    ["finding": finding.id, "problem": finding.problem, "remedy": finding.remedy.text])
            }
            guard !findings.isEmpty else { return }
            log.warning(
                "`homeroom reconcile` shows what is not as it should be", ["findings": "\(findings.count)"])
        }
    }

    /// The stores that hold no tenants.
    private static var ownStores: Set<StoreID> {
        Set(
            [StoreID("registry"), OperatorTables.store, DecisionStore.storeID, UsageStore.storeID].compactMap
            {
                $0
            })
    }

    private static func receipts(_ chain: ReceiptChain) throws -> [Candidate] {
        try chain.faults().map { fault in
            Candidate(
                Finding(
                    kind: .receiptChain, subject: fault.run?.text ?? "newest", problem: fault.problem,
                    remedy: .byHand("somebody changed the registry from outside; compare with a backup")))
        }
    }
}
