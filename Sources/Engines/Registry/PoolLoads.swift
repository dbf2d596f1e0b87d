import Base
import Tenancy

/// How loaded the pools of each tier are, as placing goes by it: read from the registry and the disk now and then, kept up
/// from this process's own placements in between, so that a place costs a look at numbers in memory and one record.
///
/// Whether a pool has room its record alone says; this only says which to ask first.
struct PoolLoads {
    /// A pool as it was last seen.
    struct Pool {
        let number: Int
        var occupants: Int
        let bytes: Int

        /// Its load in tenants: those that it has, and what its file is larger than nothing. What is written to it is not in it: where
        /// that is much, a rebalance gives tenants of it away.
        var load: Double { Placements.load(tenants: occupants, bytes: bytes) }
    }

    /// The pools of a tier at one moment.
    struct Reading {
        var pools: [Pool]
        let readAt: UInt64
    }

    private var readings: [TierName: Reading] = [:]

    /// The pools of the tier that had room when they were last seen, the least loaded first, the first made first among
    /// equals; nil where they have to be read anew.
    func candidates(_ tier: TierName, capacity: Int, now: UInt64) -> [Pool]? {
        guard let reading = readings[tier], now >= reading.readAt,
            now - reading.readAt < Limits.poolLoadSeconds * 1_000_000_000
        else { return nil }
        let open = reading.pools.filter { $0.occupants < capacity }
        return open.sorted { $0.load == $1.load ? $0.number < $1.number : $0.load < $1.load }
    }

    mutating func keep(_ pools: [Pool], of tier: TierName, now: UInt64) {
        readings[tier] = Reading(pools: pools, readAt: now)
    }

    /// Notes what a pool's record says.
    mutating func note(_ number: Int, of tier: TierName, occupants: Int) {
        guard let index = readings[tier]?.pools.firstIndex(where: { $0.number == number }) else {
            // One that is not known: all are read anew.
            readings[tier] = nil
            return
        }
        readings[tier]?.pools[index].occupants = occupants
    }

    /// Forgets what is known of the tier's pools.
    mutating func forget(_ tier: TierName) { readings[tier] = nil }
}
