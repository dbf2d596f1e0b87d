import Base
import Registry
import Tables
import Tenancy

/// From where to where a tenant can be restored to any moment.
public struct RecoveryWindow: Hashable, Sendable, Codable {
    /// Why it begins where it does.
    public enum Beginning: String, Hashable, Sendable, Codable {
        /// The journal, with what came along of those of earlier stores, is kept for so long, or since then.
        case journal
        /// The tenant came to this store then, and nothing from before came along: the store that it left kept no journal.
        case move
        /// The tenant was made then.
        case onboarding
    }

    /// The first moment.
    public var from: Timestamp
    /// The last moment: now.
    public var to: Timestamp
    /// Why it begins where it does.
    public var beginning: Beginning
}

extension BackupEnvironment {
    /// The tenant's window at `now`.
    /// - Throws: `RestoreError.noRecovery` where no journal is kept of one of its tables; `.noSuchTenant`, `.notSettled`.
    public func window(of id: TenantID, now: Timestamp) throws -> RecoveryWindow {
        let tenant = try settledTenant(id)
        let placement = try registry.require(PlacementRecord.self, id)
        let store = try stores.store(placement.store)
        let tables = catalog.tables.compactMap { placement.tables[$0.name.text] }
        let reach = placement.historyReach(of: tables, createdAt: tenant.createdAt, now: now) {
            store.record(of: $0)?.options.recovery
        }
        guard let reach else { throw RestoreError.noRecovery(id) }
        let from = max(reach, tenant.createdAt)
        let beginning: RecoveryWindow.Beginning =
            if from == tenant.createdAt { .onboarding } else if from == placement.sinceAt { .move } else {
                .journal
            }
        return RecoveryWindow(from: from, to: now, beginning: beginning)
    }
}
