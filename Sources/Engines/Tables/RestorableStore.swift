import Base
import Items

/// A store in which a tenant's items can be put back to what they were while other tenants of it go on.
public protocol RestorableStore: MovableStore {
    /// Carries out a restore's changes in one commit. They are changes like those of requests to all that follows the table: its
    /// indexes, its stream, its history. An item that is as it is to be is no change.
    ///
    /// INVARIANT (one writer while held): only the holder of this very fence writes for the tenant; epochs only grow, so no other
    /// fence has the same.
    /// - Throws: `.misrouted` unless the tenant is fenced here by this epoch; `.noSuchTable`; `.storage`.
    func restore(_ changes: [MovedItem], of tenant: TenantID, epoch: Int64) throws(TableError)
}
