import Base
import Tables

extension LocalStore: RestorableStore {
    /// Carries out a restore's changes in one commit.
    public func restore(
        _ changes: [MovedItem], of tenant: TenantID, epoch: Int64
    ) throws(TableError) {
        try writer.perform { session throws(TableError) in
            try session.restore(changes, of: tenant, epoch: epoch)
        }
    }
}
