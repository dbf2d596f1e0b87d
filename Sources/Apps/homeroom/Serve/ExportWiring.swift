import Archives
import Base
import LocalTables
import Registry
import Tables
import Tenancy
import Upkeep
import Workflows

/// Exports and imports of tenants, wired together.
struct ExportWiring {
    private static let expirySeconds = 3600

    private let images: TenantImages
    private let exportFolder: ArchiveFolder
    private let importFolder: ArchiveFolder
    private let stores: any StoreProvider

    /// Exports under `exports`, uploads under `imports` of the data folder; images beside the exports.
    init(in folder: DataFolder, stores: LocalStores, registry: Registry, placements: Placements) throws {
        self.stores = stores
        exportFolder = ArchiveFolder(folder.path + "/exports")
        importFolder = ArchiveFolder(folder.path + "/imports")
        images = TenantImages(
            registry: registry, placements: placements,
            keeper: try LocalTenantImages(folder: folder.path + "/exports/images", stores: stores))
    }

    /// The runs that make them.
    var workflows: [any Workflow] {
        [
            ExportWorkflow(images: images, folder: exportFolder),
            ImportWorkflow(
                registry: images.registry, placements: images.placements, stores: stores, folder: importFolder
            ),
        ]
    }

    /// What starts exports and hands them out.
    func exports(_ engine: WorkflowEngine) -> ExportDesk {
        ExportDesk(images: images, folder: exportFolder, engine: engine)
    }

    /// What takes uploads and starts imports.
    func imports(_ engine: WorkflowEngine, clock: any Clock, random: any RandomSource) -> ImportDesk {
        ImportDesk(
            registry: images.registry, folder: importFolder, engine: engine, clock: clock, random: random)
    }

    /// What is done again and again: exports and uploads whose time is over are removed.
    static func chores(_ exports: ExportDesk, _ imports: ImportDesk, clock: any Clock) -> [Chore] {
        [
            Chore(name: "expired exports", everySeconds: expirySeconds) {
                _ = try exports.removeExpired(at: clock.now(), isStopping: $0)
            },
            Chore(name: "expired uploads", everySeconds: expirySeconds) {
                _ = try imports.removeExpired(at: clock.now(), isStopping: $0)
            },
        ]
    }
}
