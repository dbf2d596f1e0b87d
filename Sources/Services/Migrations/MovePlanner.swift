import Base
import Registry
import Tables
import Tenancy

/// Decides where a tenant would go, and whether it may.
struct MovePlanner {
    let environment: MoveEnvironment

    /// A move that nothing speaks against.
    struct Decision {
        let tenant: TenantRecord
        let tier: Tier
        let source: MoveRoute.End

        func route(to place: Place) -> MoveRoute {
            MoveRoute(
                tenant: tenant.id, source: source,
                target: MoveRoute.End(
                    tier: tier.name, store: place.store, tables: place.tables, isDedicated: place.isDedicated)
            )
        }
    }

    func decide(_ input: MoveInput) throws -> Decision {
        let registry = environment.registry
        guard let tenant = try registry.read(TenantRecord.self, input.tenant) else {
            throw MoveError.noSuchTenant(input.tenant)
        }
        if let state = MovePlanner.stateThatKeeps(tenant) {
            throw MoveError.notActive(tenant.id, state: state)
        }
        guard let tier = environment.catalog.tier(named: input.tier) else {
            throw MoveError.noSuchTier(
                input.tier.text, remedy: environment.catalog.tierRemedy(for: input.tier.text))
        }
        guard tier.name != tenant.tier || input.pool != nil else {
            throw MoveError.alreadyThere(tenant.id, tier.name)
        }
        // Who stays in its tier stays with what it was let in with: its grace, or an override that has ended.
        if tier.name != tenant.tier,
            let max = tenant.effective(tier, at: environment.clock.now()).schoolsMax,
            tenant.schools.count > max
        {
            throw MoveError.tooManySchools(tier.name, schools: tenant.schools.count, max: max)
        }
        let placement = try registry.require(PlacementRecord.self, tenant.id)
        if let pool = input.pool, pool == placement.store { throw MoveError.alreadyIn(tenant.id, pool) }
        return Decision(
            tenant: tenant, tier: tier,
            source: MoveRoute.End(
                tier: tenant.tier, store: placement.store, tables: placement.tables,
                isDedicated: placement.isDedicated))
    }

    /// The tenant's state, in words, where it is one in which it is not moved.
    static func stateThatKeeps(_ tenant: TenantRecord) -> String? {
        switch tenant.state {
        case .active: nil
        case .onboarding: "being onboarded"
        case .suspended: "suspended"
        case .offboarding: "being offboarded"
        case .gone: "gone"
        }
    }

    /// Where the tenant would go now.
    func place(_ input: MoveInput, _ decision: Decision) throws -> Place {
        do {
            return try environment.placements.preview(for: input.tenant, in: decision.tier, pool: input.pool)
        } catch let refusal as PoolRefusal { throw MoveError.pool(refusal) }
    }

    /// Refuses a move to where there is no place, or whose copy the disk has no room for: the items, and as much again for
    /// indexes and logs.
    func check(_ input: MoveInput) throws {
        let decision = try decide(input)
        _ = try place(input, decision)
        try checkCapacity(for: decision)
    }

    private func checkCapacity(for decision: Decision) throws {
        let source = try environment.stores.store(decision.source.store)
        let ranges = environment.placements.ranges(
            tenant: decision.tenant.id, schools: decision.tenant.schools.map(\.id),
            tables: decision.source.tables)
        let bytes = try ranges.reduce(0) { $0 + (try source.extent(of: $1).bytes) }
        do throws(NoCapacity) {
            try environment.capacity.require(bytes: 2 * bytes)
            if decision.tier.isDedicated { try environment.capacity.require(stores: 1) }
        } catch { throw MoveError.noCapacity(error.description) }
    }

    func plan(_ input: MoveInput) throws -> MovePlan {
        let decision = try decide(input)
        let place = try place(input, decision)
        try checkCapacity(for: decision)
        let route = decision.route(to: place)
        let source = try environment.stores.store(route.source.store)
        var total = Extent()
        for range in environment.ranges(of: decision.tenant, route: route) {
            let extent = try source.extent(of: range.source)
            total.items += extent.items
            total.bytes += extent.bytes
        }
        let tier = environment.tier(route.source.tier).map {
            decision.tenant.effective($0, at: environment.clock.now())
        }
        let undoWindow = input.undoWindowSeconds ?? tier?.undoWindowSeconds ?? 0
        return MovePlan(
            route: route, extent: total, estimate: MoveEstimate(total, by: tier),
            undoWindowSeconds: undoWindow, writePauseMaxMilliseconds: tier?.writePauseMaxMilliseconds ?? 0,
            streamsCutShort: streamsCutShort(route, undoWindowSeconds: undoWindow))
    }

    /// The tables whose streams lose records that nobody has read: those of a store that goes with its files before they are old enough
    /// to go.
    private func streamsCutShort(_ route: MoveRoute, undoWindowSeconds: Int) -> [TableName] {
        guard route.source.isDedicated, Int64(undoWindowSeconds) < TableLimits.streamRetentionSeconds else {
            return []
        }
        return environment.catalog.tables.filter { $0.stream != nil }.map(\.name)
    }
}

/// The same run of keys at both ends of a move.
struct MoveRange {
    let source: KeyRange
    let target: KeyRange
    /// The range's name in a cursor.
    let name: String

    init(source: KeyRange, target: KeyRange) {
        self.source = source
        self.target = target
        name = "\(source.table):" + String(decoding: source.lower, as: UTF8.self)
    }
}

extension MoveEnvironment {
    func tier(_ name: TierName) -> Tier? { catalog.tier(named: name) }

    /// The keys that belong to the tenant, at both ends, in order.
    func ranges(of tenant: TenantRecord, route: MoveRoute) -> [MoveRange] {
        catalog.tables.flatMap { table -> [MoveRange] in
            guard let source = route.source.tables[table.name.text],
                let target = route.target.tables[table.name.text]
            else { return [] }
            return table.ownedKeys.spans(tenant: tenant.id, schools: tenant.schools.map(\.id)).map { span in
                MoveRange(
                    source: KeyRange(table: source, lower: span.lower, upper: span.upper),
                    target: KeyRange(table: target, lower: span.lower, upper: span.upper))
            }
        }
    }
}
