import Archives
import Base
import ControlAPI
import LocalTables
import Registry
import Tables
import Tenancy
import Upkeep
import Workflows

/// Backups and restores of tenants, wired together.
struct BackupWiring {
    /// The folder of tenants' backups in the data folder.
    static let tenantsFolder = "backups/tenants"
    private static let scheduleSeconds = 10
    private static let expirySeconds = 600

    let desk: TenantBackupDesk
    private let scheduler: BackupScheduler
    private let clock: any Clock

    /// What the workflows work with: files under `backups/tenants`, images beside them.
    static func environment(
        in folder: DataFolder, stores: LocalStores, registry: Registry, placements: Placements
    ) throws -> BackupEnvironment {
        try BackupEnvironment(
            stores: stores, registry: registry, placements: placements,
            images: LocalTenantImages(folder: folder.backupsPath + "/images", stores: stores),
            folder: BackupFolder(path: folder.backupsPath + "/tenants"))
    }

    init(_ environment: BackupEnvironment, engine: WorkflowEngine, clock: any Clock) {
        let backups = TenantBackups(registry: environment.registry, folder: environment.folder, clock: clock)
        desk = TenantBackupDesk(environment: environment, backups: backups, engine: engine, clock: clock)
        scheduler = BackupScheduler(
            environment: environment, backups: backups, engine: engine, clock: clock)
        self.clock = clock
    }

    /// What is done again and again: backups that are due are started, expired ones deleted.
    func chores() -> [Chore] {
        [
            Chore(name: "scheduled backups", everySeconds: BackupWiring.scheduleSeconds) { [scheduler] in
                try scheduler.round(isStopping: $0)
            },
            Chore(name: "expired backups", everySeconds: BackupWiring.expirySeconds) { [scheduler] in
                try scheduler.deleteExpired(isStopping: $0)
            },
        ]
    }

    /// How the scheduled backups stand, by tier.
    func metrics() -> [MetricFamily] {
        let figures = scheduler.figures().sorted { $0.key < $1.key }
        let now = clock.now()
        func family(
            _ name: String, _ help: String, _ value: (BackupFigures) -> Double
        ) -> MetricFamily {
            MetricFamily(
                name, help, .gauge,
                figures.map { .init(value($0.value), labels: [("tier", $0.key.text)]) })
        }
        return [
            family(
                "homeroom_tenant_backup_age_seconds",
                "Age of the newest scheduled backup, of the tenant of the tier whose newest is the oldest."
            ) { max(0, Double(now.milliseconds(since: $0.oldest ?? now)) / 1000) },
            family("homeroom_tenant_backups_failing", "Tenants whose last scheduled backup failed.") {
                Double($0.failing)
            },
            family("homeroom_tenant_backups_missed", "Intervals that passed without a scheduled backup.") {
                Double($0.missed)
            },
        ]
    }
}
