import Base
import Registry
import Tables
import Tenancy

/// Decides which tenants of a pool go where.
struct PoolPlanner {
    let environment: MoveEnvironment

    /// A pool with the tier that it serves.
    struct Pool {
        let record: StoreRecord
        let tier: Tier
    }

    func pool(_ id: StoreID) throws -> Pool {
        guard let record = try environment.registry.read(StoreRecord.self, id), case .pooled = record.kind
        else { throw PoolError.noSuchPool(id) }
        guard let tier = environment.tier(record.tier), !tier.isDedicated else {
            throw PoolError.noSuchTier(id, record.tier)
        }
        return Pool(record: record, tier: tier)
    }

    /// - Parameter run: the run that has closed the pool to carry the plan out; nil where nobody has.
    func plan(_ input: PoolInput, of run: RunID?) throws -> PoolPlan {
        let pool = try pool(input.pool)
        try checkIdle(input, but: run)
        let tenants = try self.tenants(of: pool)
        let moves: [PoolMove]
        if let into = input.into {
            moves = try merged(pool, tenants, into: into)
        } else {
            moves = try spread(pool, tenants)
        }
        guard moves.count <= Limits.poolMovesMax else {
            throw PoolError.tooMany(input.pool, tenants: moves.count, max: Limits.poolMovesMax)
        }
        let extent = moves.reduce(into: Extent()) {
            $0.items += $1.extent.items
            $0.bytes += $1.extent.bytes
        }
        do throws(NoCapacity) {
            try environment.capacity.require(bytes: 2 * extent.bytes)
        } catch { throw PoolError.noCapacity(error.description) }
        let moving = Set(moves.map(\.tenant))
        return PoolPlan(
            pool: input.pool, tier: pool.tier.name, moves: moves,
            names: Dictionary(
                tenants.filter { moving.contains($0.id) }.map { ($0.id, $0.name) },
                uniquingKeysWith: { first, _ in first }),
            hindered: tenants.filter { $0.hindrance != nil }, extent: extent,
            estimate: MoveEstimate(
                moves.map { MoveEstimate($0.extent, by: pool.tier) }, atOnce: Limits.movesAtOnceMax),
            undoWindowSeconds: input.undoWindowSeconds ?? pool.tier.undoWindowSeconds)
    }

    /// All tenants that are placed in the pool, by id.
    func tenants(of pool: Pool) throws -> [PoolTenant] {
        let registry = environment.registry
        var placed: [PlacementRecord] = []
        try registry.forEach(PlacementRecord.self) { if $0.store == pool.record.id { placed.append($0) } }
        guard !placed.isEmpty else { return [] }
        let store = try environment.stores.store(pool.record.id)
        let rates = store.writeRates()
        return try placed.sorted { $0.tenant.text < $1.tenant.text }.map { placement in
            let tenant = try registry.require(TenantRecord.self, placement.tenant)
            let ranges = environment.placements.ranges(
                tenant: tenant.id, schools: tenant.schools.map(\.id), tables: placement.tables)
            var total = Extent()
            for range in ranges {
                let extent = try store.extent(of: range)
                total.items += extent.items
                total.bytes += extent.bytes
            }
            return PoolTenant(
                id: tenant.id, name: tenant.name, extent: total,
                writesPerSecond: rates[tenant.id] ?? 0, hindrance: try hindrance(of: tenant))
        }
    }

    /// Why the tenant cannot be moved now.
    private func hindrance(of tenant: TenantRecord) throws -> String? {
        if let state = MovePlanner.stateThatKeeps(tenant) { return "it is \(state)" }
        let lock = RunLock.ID(tenant: tenant.id, name: MoveWorkflow.placeLock)
        return try environment.registry.read(RunLock.self, lock).map { "run `\($0.run)` is under way for it" }
    }

    /// Refuses where a run moves tenants of or to one of the pools.
    private func checkIdle(_ input: PoolInput, but own: RunID?) throws {
        let registry = environment.registry
        let ours = Set([input.pool, input.into].compactMap { $0 })
        for id in ours {
            if let run = try registry.read(StoreRecord.self, id)?.closedBy, run != own {
                throw PoolError.busy(id, by: run)
            }
        }
        var open: [RunID] = []
        try registry.forEach(OpenRun.self) { open.append($0.id) }
        for id in open where id != own {
            guard let run = try registry.read(RunRecord.self, id), let other = try PoolRun.input(of: run)
            else { continue }
            if let into = other.into, ours.contains(into) { throw PoolError.busy(into, by: id) }
        }
    }

    // MARK: Into one pool

    private func merged(_ pool: Pool, _ tenants: [PoolTenant], into id: StoreID) throws -> [PoolMove] {
        let into = try self.pool(id)
        guard id != pool.record.id else { throw PoolError.intoItself(id) }
        guard into.tier.name == pool.tier.name else { throw PoolError.otherTier(pool.record.id, id) }
        let hindered = tenants.compactMap { tenant in tenant.hindrance.map { "tenant `\(tenant.id)`: \($0)" }
        }
        guard hindered.isEmpty else { throw PoolError.cannotLeave(pool.record.id, hindered) }
        guard pool.record.occupants <= tenants.count else {
            throw PoolError.heldPlaces(pool.record.id, count: pool.record.occupants - tenants.count)
        }
        let room = max(0, pool.tier.isolation.capacity - into.record.occupants)
        guard tenants.count <= room else {
            throw PoolError.doesNotFit(id, tenants: tenants.count, room: room)
        }
        return tenants.map { PoolMove(tenant: $0.id, pool: id, extent: $0.extent) }
    }

    // MARK: Over all pools

    /// The heaviest tenants first, each to the least loaded pool, as long as that brings the two closer together. Where no other
    /// pool has room another is made.
    private func spread(_ pool: Pool, _ tenants: [PoolTenant]) throws -> [PoolMove] {
        struct Target {
            let id: StoreID
            var load: Double
            var room: Int
        }
        let capacity = pool.tier.isolation.capacity
        var targets: [Target] = []
        for record in try environment.placements.pools(of: pool.tier)
        where record.id != pool.record.id && record.closedBy == nil && record.occupants < capacity {
            let load = Placements.load(
                tenants: record.occupants, bytes: environment.placements.diskBytes(of: record.id),
                writesPerSecond: try writes(to: record.id))
            targets.append(Target(id: record.id, load: load, room: capacity - record.occupants))
        }
        if targets.isEmpty {
            targets = [
                Target(id: try environment.placements.nextPool(of: pool.tier), load: 0, room: capacity)
            ]
        }
        func weight(_ tenant: PoolTenant) -> Double {
            Placements.load(
                tenants: 1, bytes: tenant.extent.bytes, writesPerSecond: tenant.writesPerSecond)
        }
        var load = tenants.reduce(0) { $0 + weight($1) }
        var rest = tenants.filter { $0.hindrance == nil }.sorted {
            (weight($1), $0.id.text) < (weight($0), $1.id.text)
        }
        var moves: [PoolMove] = []
        while let target = targets.indices.filter({ targets[$0].room > 0 }).min(by: {
            targets[$0].load < targets[$1].load
        }) {
            let gap = load - targets[target].load
            guard let index = rest.firstIndex(where: { 2 * weight($0) <= gap + 0.001 }) else { break }
            let tenant = rest.remove(at: index)
            load -= weight(tenant)
            targets[target].load += weight(tenant)
            targets[target].room -= 1
            moves.append(PoolMove(tenant: tenant.id, pool: targets[target].id, extent: tenant.extent))
        }
        guard !moves.isEmpty else { throw PoolError.alreadyEven(pool.record.id) }
        return moves
    }

    /// Items a second that all its tenants write to the store.
    private func writes(to id: StoreID) throws -> Double {
        do throws(TableError) {
            return try environment.stores.store(id).writeRates().values.reduce(0, +)
        } catch {
            // One whose first tenant has not come yet has no file.
            guard case .noSuchStore = error else { throw error }
            return 0
        }
    }
}
