import Base
import LocalTables
import Reconciliation
import Registry
import Tenancy

/// The catalog that a server begins with: at the first start the file's, at each later one that which is in force, whatever is in
/// the file.
struct CatalogStart: Sendable {
    let desk: CatalogDesk
    let catalog: Catalog
    /// What there is to say of it, a sentence each.
    let remarks: [String]

    /// Finds the catalog in force, or puts the first one in force.
    /// - Throws: `CommandFailure` where the first one is faulty, or the file's is refused that was to be accepted.
    init(
        _ options: ServeOptions, registry: Registry, stores: LocalStores, clock: any Clock, log: Log
    ) throws {
        desk = CatalogDesk(registry: registry, stores: stores, clock: clock)
        do {
            let beginning = try desk.begin(
                with: try Loading.file(options.catalog), path: options.catalog,
                accepts: options.acceptsCatalogChanges
            ) { store, error in
                log.error(
                    "a store has not the tables of the catalog",
                    ["store": store.text, "error": "\(error)"])
            }
            catalog = beginning.catalog
            remarks = beginning.remarks
        } catch let error as CatalogDeskError { throw CommandFailure.failed(error.description) }
        for remark in remarks { log.warning(remark, ["catalog": options.catalog]) }
    }
}
