import Base
import Registry

/// Why a backup is not begun, or a restore refused, before anything is changed.
public enum RestoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such tenant.
    case noSuchTenant(String)
    /// The tenant is on its way in, or gone.
    case notSettled(TenantID, state: String)
    /// The tenant is leaving: its items are not put back.
    case leaving(TenantID)
    /// The moment is outside what the journal can go back to.
    case outsideWindow(TenantID, moment: Timestamp, from: Timestamp, to: Timestamp)
    /// No journal is kept of the tenant's tables.
    case noRecovery(TenantID)
    /// The backup is another tenant's.
    case otherTenant(BackupID, TenantID)
    /// The catalog has no such table any more, or another key for it.
    case tableChanged(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchTenant(let text):
            "there is no tenant `\(text)`; `homeroom tenant list` shows those there are"
        case .notSettled(let tenant, let state):
            "tenant `\(tenant)` is \(state); only a tenant that is served or suspended has items to save or restore"
        case .leaving(let tenant):
            "tenant `\(tenant)` is leaving; take the offboarding back before anything is restored"
        case .outsideWindow(let tenant, let moment, let from, let to):
            "tenant `\(tenant)` can be restored to moments from \(from.iso8601) to \(to.iso8601), not to \(moment.iso8601); "
                + "name one of these, or choose a backup (`homeroom backup list --tenant \(tenant)`)"
        case .noRecovery(let tenant):
            "no journal is kept for tenant `\(tenant)`: its tier's `recoveryHours` in the catalog is 0; "
                + "choose a backup (`homeroom backup list --tenant \(tenant)`)"
        case .otherTenant(let backup, let tenant):
            "backup `\(backup)` is not one of tenant `\(tenant)`; `homeroom backup list --tenant \(tenant)` shows its own"
        case .tableChanged(let table):
            "the backup has items of table `\(table)`, which the catalog does not have, or has with another key; "
                + "nothing was changed"
        }
    }
}
