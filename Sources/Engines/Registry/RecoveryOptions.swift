import Base
import Tables
import Tenancy

/// For how long back the tables of a tier's stores keep what is needed to restore a tenant to any moment, as the catalog said last.
public struct RecoveryOptions: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "recovery"

    /// The tier.
    public let id: TierName
    /// Hours back; 0 for none.
    public var hours: Int
    /// Since when the catalog has wanted any.
    public var startedAt: Timestamp
    /// Whether the tables of all the tier's stores have it.
    public var isApplied = false
    /// How many times the record was written.
    public var version: Int64 = 0

    /// What a table's recovery is to be.
    ///
    /// INVARIANT (true beginning): a journal is never said to begin before it did. A table that was made since the catalog has
    /// wanted one has had it all its life, since nobody writes to a table before it has its options; for another it begins now.
    /// - Parameter now: nil where nobody can say that it begins at this moment: then an older table stays without.
    func recovery(of record: TableRecord, now: Timestamp?) -> TableOptions.PointInTimeRecovery? {
        guard hours > 0 else { return nil }
        if let known = record.options.recovery {
            return TableOptions.PointInTimeRecovery(startedAt: known.startedAt, hours: hours)
        }
        let start = record.createdAt >= startedAt ? record.createdAt : now
        return start.map { TableOptions.PointInTimeRecovery(startedAt: $0, hours: hours) }
    }
}

extension Placements {
    /// Records what the catalog says of recovery now; whether any tier's tables are still to be given it.
    func noteRecovery(now: Timestamp) throws -> Bool {
        var isNews = false
        for tier in catalog.tiers {
            let hours = tier.backups?.recoveryHours ?? 0
            guard let known = try registry.read(RecoveryOptions.self, tier.name) else {
                guard hours > 0 else { continue }
                try registry.transact(
                    RegistryTransaction([
                        .insert(RecoveryOptions(id: tier.name, hours: hours, startedAt: now))
                    ]))
                isNews = true
                continue
            }
            let current = try registry.update(RecoveryOptions.self, tier.name) { options, _ in
                guard options.hours != hours else { return }
                if options.hours == 0 { options.startedAt = now }
                options.hours = hours
                options.isApplied = false
            }
            isNews = isNews || !current.isApplied || !known.isApplied
        }
        return isNews
    }

    /// Notes that the tables of all stores have it.
    func noteRecoveryApplied() throws {
        for tier in catalog.tiers where try registry.read(RecoveryOptions.self, tier.name) != nil {
            _ = try registry.update(RecoveryOptions.self, tier.name) { options, _ in options.isApplied = true
            }
        }
    }

    /// What is recorded for the tier that the store serves; nil where nothing is.
    func recoveryOptions(of store: StoreID) throws -> RecoveryOptions? {
        guard let record = try registry.read(StoreRecord.self, store) else { return nil }
        return try registry.read(RecoveryOptions.self, record.tier)
    }
}
