import Archives
import Base
import ControlAPI
import LocalTables
import Registry
import Tables
import Tenancy
import Upkeep
import Workflows

/// Exports and imports of tenants, wired together.
struct ExportWiring {
    /// The folder of exports in the data folder.
    static let exportsFolder = "exports"
    private static let expirySeconds = 3600

    private let images: TenantImages
    private let exportFolder: ArchiveFolder
    private let importFolder: ArchiveFolder
    private let stores: any StoreProvider
    private let capacity: CapacityCheck
    private let erased: ErasureGuard

    /// Exports under `exports`, uploads under `imports` of the data folder; images beside the exports.
    init(
        in folder: DataFolder, stores: LocalStores, registry: Registry, placements: Placements,
        capacity: CapacityCheck, erased: ErasureGuard
    ) throws {
        self.stores = stores
        self.capacity = capacity
        self.erased = erased
        exportFolder = ArchiveFolder(folder.path + "/" + ExportWiring.exportsFolder)
        importFolder = ArchiveFolder(folder.path + "/imports")
        images = TenantImages(
            registry: registry, placements: placements, stores: stores,
            keeper: try LocalTenantImages(
                folder: exportFolder.path + "/" + ExportDesk.imagesName, stores: stores),
            capacity: capacity)
    }

    /// What starts exports and knows their files.
    func exports(_ engine: WorkflowEngine) -> ExportDesk {
        ExportDesk(images: images, folder: exportFolder, engine: engine)
    }

    /// The runs that make them.
    var workflows: [any Workflow] {
        [
            ExportWorkflow(images: images, folder: exportFolder),
            ImportWorkflow(
                registry: images.registry, placements: images.placements, stores: stores,
                folder: importFolder,
                capacity: capacity, erased: erased),
        ]
    }

    /// Gives the control API what it starts them with. Answers what is done again and again: exports and uploads whose time is over
    /// are removed.
    func serve(in services: inout ControlServices, clock: any Clock, random: any RandomSource) -> [Chore] {
        let engine = services.engine
        let exports = exports(engine)
        let imports = ImportDesk(
            registry: images.registry, folder: importFolder, engine: engine, capacity: capacity, clock: clock,
            random: random)
        (services.exports, services.imports) = (exports, imports)
        return [
            Chore(name: "expired exports", everySeconds: ExportWiring.expirySeconds) {
                _ = try exports.removeExpired(at: clock.now(), isStopping: $0)
            },
            Chore(name: "expired uploads", everySeconds: ExportWiring.expirySeconds) {
                _ = try imports.removeExpired(at: clock.now(), isStopping: $0)
            },
        ]
    }
}
