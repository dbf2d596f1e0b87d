import Base
import Registry
import Tables
import Tenancy

/// From where to where a tenant can be restored to any moment.
public struct RecoveryWindow: Hashable, Sendable, Codable {
    /// Why it begins where it does.
    public enum Beginning: String, Hashable, Sendable, Codable {
        /// The journal is kept for so long, or since then.
        case journal
        /// The tenant came to this store then; what was before is in the journal of another.
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
        var window = RecoveryWindow(from: tenant.createdAt, to: now, beginning: .onboarding)
        if let since = placement.sinceAt, since > window.from {
            window.from = since
            window.beginning = .move
        }
        for table in catalog.tables {
            guard let physical = placement.tables[table.name.text] else { continue }
            guard let recovery = store.record(of: physical)?.options.recovery else {
                throw RestoreError.noRecovery(id)
            }
            let earliest = recovery.earliest(now)
            if earliest > window.from {
                window.from = earliest
                window.beginning = .journal
            }
        }
        return window
    }
}
