import Base
import Registry
import Tables
import Tenancy
import Tiering

/// What tenants cost: by the catalog's prices, out of what they used.
///
/// - Tables are those of now, for as much of the month as the tenant was there; who shares a store with n - 1 others bears an nth of them.
/// - Usage is metered by tenant and not by school: a tenant's schools bear its costs in equal parts.
public final class CostService: Sendable {
    let store: UsageStore
    let book: UsageBook
    let directory: Directory
    let catalog: Catalog
    let clock: any Clock
    let registry: Registry
    let growths: GrowthBook

    /// Costs of the tenants in `directory` by what `usage` says of them.
    public init(
        usage: UsageStore, registry: Registry, directory: Directory, catalog: Catalog, clock: any Clock
    ) {
        store = usage
        book = UsageBook(store: usage)
        growths = GrowthBook(store: usage)
        self.registry = registry
        self.directory = directory
        self.catalog = catalog
        self.clock = clock
    }

    /// The report.
    /// - Throws: `CostError` where there can be none; what the store throws.
    public func report(_ query: CostQuery) throws -> CostReport {
        guard let prices = catalog.prices else { throw CostError.noPrices }
        let now = clock.now()
        let month = query.month ?? CalendarMonth(holding: now)
        guard month.start <= now else { throw CostError.notYet(month) }
        guard now.milliseconds(since: month.start) < Int64(Limits.usageDays) * 86_400_000 else {
            throw CostError.tooLongAgo(month)
        }
        let entries = try entries(of: query)
        let shares = StoreShares(directory.entries())
        let lines = try entries.map { entry in
            let billed = try billed(entry, in: month, shares, at: now)
            return CostReport.Line(
                id: entry.record.id.text, name: entry.record.name, tier: entry.record.tier, tenants: 1,
                cost: billed.cost(by: prices),
                projected: month.end <= now ? nil : billed.projectedCost(by: prices))
        }
        return CostReport(
            month: month, lines: group(lines, of: entries, by: query.grouping), prices: prices,
            isOver: month.end <= now)
    }

    /// What a move to another tier would change of the tenant's costs in a month; nil where the catalog has no prices, or the tenant no
    /// place.
    /// - Parameter pool: the store that it goes to, where that is known; else the fullest that a pool of the tier may be.
    public func cost(
        ofMoving tenant: TenantID, to tier: TierName, store pool: StoreID?
    ) throws -> PlanCost? {
        guard let prices = catalog.prices, let target = catalog.tier(named: tier),
            let entry = directory.entry(tenant), let placement = entry.placement
        else { return nil }
        let now = clock.now()
        let period = Limits.planCostDays * 86_400
        let start = UsageRecord.Period.day.start(of: now.advanced(bySeconds: -period))
        let born = max(start, entry.record.createdAt)
        let tally = try book.past(of: tenant, from: start, to: now)
        // Of a tenant of less than a day as if it had gone on like that for a day.
        let seconds = max(Double(now.milliseconds(since: born)) / 1000, 86_400)
        let shares = StoreShares(directory.entries())
        let tables = Double(placement.tables.count)
        let others = pool.map { shares.count(of: $0) - ($0 == placement.store ? 1 : 0) }
        let sharers = target.isDedicated ? 1 : Double((others ?? target.isolation.capacity - 1) + 1)
        var usage = BilledUsage(
            tableShares: tables * shares.share(of: placement), bytes: Double(tally.bytes),
            readUnits: Double(tally.readHalfUnits) / 2 * Double(period) / seconds,
            writeUnits: Double(tally.writeHalfUnits) / 2 * Double(period) / seconds)
        let before = CostEstimate(usage, by: prices, months: 1)
        usage.tableShares = tables / sharers
        return PlanCost(before: before, after: CostEstimate(usage, by: prices, months: 1))
    }

    // MARK: A tenant's month

    func billed(
        _ entry: TenantEntry, in month: CalendarMonth, _ shares: StoreShares, at now: Timestamp
    ) throws -> BilledMonth {
        let isOver = month.end <= now
        let tally =
            isOver
            ? try book.past(of: entry.record.id, from: month.start, to: month.end)
            : try book.reading(of: entry.record.id, since: month.start, at: now).month
        return billed(entry, tally, in: month, shares, at: now)
    }

    func billed(
        _ entry: TenantEntry, _ tally: UsageTally, in month: CalendarMonth, _ shares: StoreShares,
        at now: Timestamp
    ) -> BilledMonth {
        let end = min(now, month.end)
        let begin = max(month.start, entry.record.createdAt)
        return BilledMonth(
            tableShares: shares.tables(of: entry.placement), byteSeconds: tally.byteSeconds,
            bytesNow: Double(tally.bytes), readUnits: Double(tally.readHalfUnits) / 2,
            writeUnits: Double(tally.writeHalfUnits) / 2,
            secondsOver: max(0, Double(end.milliseconds(since: begin)) / 1000),
            secondsLeft: Double(month.end.milliseconds(since: end)) / 1000, secondsInAll: month.seconds)
    }

    // MARK: Lines

    /// Those that are asked for: tenants that have not left.
    private func entries(of query: CostQuery) throws(CostError) -> [TenantEntry] {
        if query.grouping == .school, query.tenant == nil { throw .schoolsOfNobody }
        if let tier = query.tier, catalog.tier(named: tier) == nil {
            throw .noSuchTier(tier.text, remedy: catalog.tierRemedy(for: tier.text))
        }
        guard let tenant = query.tenant else {
            return directory.entries().filter { entry in
                entry.record.state.name != .gone && (query.tier.map { $0 == entry.record.tier } ?? true)
            }
        }
        guard let entry = directory.entry(tenant), entry.record.state.name != .gone else {
            throw .noSuchTenant(tenant)
        }
        return query.tier.map { $0 == entry.record.tier } ?? true ? [entry] : []
    }

    private func group(
        _ lines: [CostReport.Line], of entries: [TenantEntry], by grouping: CostQuery.Grouping
    ) -> [CostReport.Line] {
        switch grouping {
        case .tenant: return lines
        case .tier:
            return Dictionary(grouping: lines, by: \.tier).map { tier, lines in
                lines.dropFirst().reduce(into: CostReport.Line(tier, lines[0])) { $0.add($1) }
            }
        case .school:
            return zip(entries, lines).flatMap { entry, line -> [CostReport.Line] in
                let schools = entry.record.schools
                guard !schools.isEmpty else { return [line] }
                let costs = line.cost.parts(schools.count)
                let projected = line.projected?.parts(schools.count)
                return schools.indices.map { index in
                    CostReport.Line(
                        id: schools[index].id.text, name: schools[index].name, tier: line.tier, tenants: 1,
                        cost: costs[index], projected: projected?[index])
                }
            }
        }
    }
}

extension CostReport.Line {
    /// A tier's line, with its first tenant.
    fileprivate init(_ tier: TierName, _ first: CostReport.Line) {
        self.init(
            id: tier.text, name: nil, tier: tier, tenants: 1, cost: first.cost, projected: first.projected)
    }

    fileprivate mutating func add(_ other: CostReport.Line) {
        tenants += other.tenants
        cost = cost + other.cost
        if let more = other.projected { projected = projected.map { $0 + more } }
    }
}

/// How many tenants each store has: by it they bear the costs of its tables.
struct StoreShares {
    private var counts: [StoreID: Int] = [:]

    init(_ entries: [TenantEntry]) {
        for entry in entries where entry.record.state.name != .gone {
            if let store = entry.placement?.store { counts[store, default: 0] += 1 }
        }
    }

    func count(of store: StoreID) -> Int { counts[store] ?? 0 }

    /// 1 for a store of its own, 1/n where n share it.
    func share(of placement: PlacementRecord) -> Double {
        placement.isDedicated ? 1 : 1 / Double(max(1, count(of: placement.store)))
    }

    /// Tables, each by the part that is borne; 0 where there is no place.
    func tables(of placement: PlacementRecord?) -> Double {
        placement.map { Double($0.tables.count) * share(of: $0) } ?? 0
    }
}
