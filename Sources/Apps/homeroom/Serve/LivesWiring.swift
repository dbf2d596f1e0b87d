import Base
import FoundationEssentials
import LocalTables
import Registry
import Tables
import Tenants
import Upkeep

#if canImport(Glibc)
    import Glibc
#endif

/// What tenants' lives need of this machine: its free room, and what is done while nobody asks.
enum LivesWiring {
    /// How often overrides that have ended are looked for.
    private static let overridesEverySeconds = 5

    /// Asks the disk that the folder is on, and this process's open files.
    static func capacity(folder: String, tenantsMax: Int?) -> CapacityCheck {
        CapacityCheck(
            tenantsMax: tenantsMax, disk: { try space(of: folder) },
            freeFiles: { OpenFiles.limit - (try openFiles()) })
    }

    /// Source: statvfs(3): `f_bavail` is what those have who are not root.
    private static func space(of folder: String) throws -> FreeSpace {
        var figures = statvfs()
        guard statvfs(folder, &figures) == 0 else {
            throw CommandFailure.failed("`\(folder)` cannot be asked: \(String(cString: strerror(errno)))")
        }
        func bytes(_ blocks: UInt) -> Int {
            let (bytes, isTooMany) = blocks.multipliedReportingOverflow(by: figures.f_frsize)
            return isTooMany ? .max : Int(clamping: bytes)
        }
        return FreeSpace(free: bytes(figures.f_bavail), total: bytes(figures.f_blocks))
    }

    private static func openFiles() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    /// How large a store is, for placing; one that cannot be asked counts for its tenants alone.
    static func bytes(of stores: LocalStores) -> @Sendable (StoreID) -> Int {
        { store in
            do throws(TableError) { return try stores.diskBytes(of: store) } catch { return 0 }
        }
    }

    /// Lets the tier's word hold again where an override has ended, also while nobody served.
    static func overrides(_ tenants: TenantService, _ directory: Directory) -> Chore {
        Chore(name: "ended overrides of limits", everySeconds: overridesEverySeconds) { isStopping in
            _ = try tenants.clearEndedOverrides(of: directory, isStopping: isStopping)
        }
    }
}
