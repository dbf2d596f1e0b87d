import Base
import Registry
import Tables
import Tenancy
import Tiering

extension CostService {
    /// The whole fleet, of tenants that have not left: an hour or two of usage is read of each, its month and its forecast once a day.
    /// - Parameters:
    ///   - moveKind: the kind of the runs that move tenants.
    ///   - backlog: the moves that have not begun.
    public func tierReport(moveKind: String, backlog: UpgradeBacklog) throws -> TierReport {
        let now = clock.now()
        let month = CalendarMonth(holding: now)
        let entries = directory.entries().filter { $0.record.state.name != .gone }
        let shares = StoreShares(entries)
        let ids = Set(entries.map(\.record.id))
        book.retain(ids)
        growths.retain(ids)
        var total = TierReport.Figures()
        var tiers: [TierName: TierReport.Figures] = [:]
        var pools: [StoreID: (tier: TierName, figures: TierReport.Figures)] = [:]
        var growers: [TierReport.Grower] = []
        for entry in entries {
            let figures = try figures(of: entry, in: month, shares, at: now)
            total.add(figures)
            tiers[entry.record.tier, default: TierReport.Figures()].add(figures)
            if let placement = entry.placement, !placement.isDedicated {
                pools[placement.store, default: (entry.record.tier, TierReport.Figures())].figures.add(
                    figures)
            }
            if let grower = try grower(entry, at: now) { growers.append(grower) }
        }
        growers.sort { ($0.growth.days, $0.tenant.text) < ($1.growth.days, $1.tenant.text) }
        let lines = poolLines(pools)
        return TierReport(
            month: month, currency: catalog.prices?.currency, total: total,
            tiers: tierLines(tiers, pools.values.map(\.tier)), poolCount: lines.count,
            fullest: first(lines) { Double($0.figures.tenants) / Double(max(1, $0.capacity)) },
            hottest: first(lines) { $0.figures.readUnitsPerSecond + $0.figures.writeUnitsPerSecond },
            growers: Array(growers.prefix(Limits.reportGrowersMax)), growerCount: growers.count,
            moves: try moves(of: moveKind, at: now), backlog: backlog)
    }

    /// Reads what the next report would have to, so that whoever asks for it does not wait for that.
    public func readAhead(isStopping: () -> Bool) throws {
        let now = clock.now()
        let month = CalendarMonth(holding: now)
        for entry in directory.entries() where entry.record.state.name != .gone {
            if isStopping() { return }
            _ = try book.reading(of: entry.record.id, since: month.start, at: now)
            _ = try grower(entry, at: now)
        }
    }

    // MARK: Tenants

    private func figures(
        of entry: TenantEntry, in month: CalendarMonth, _ shares: StoreShares, at now: Timestamp
    ) throws -> TierReport.Figures {
        let reading = try book.reading(of: entry.record.id, since: month.start, at: now)
        let hour = UsageRecord.Period.hour.start(of: now)
        let lateSeconds = 3600 + Double(now.milliseconds(since: hour)) / 1000
        let billed = billed(entry, reading.month, in: month, shares, at: now)
        return TierReport.Figures(
            tenants: 1, schools: entry.record.schools.count, items: reading.month.items,
            bytes: reading.month.bytes, readUnitsPerSecond: reading.lateReadUnits / lateSeconds,
            writeUnitsPerSecond: reading.lateWriteUnits / lateSeconds,
            cost: catalog.prices.map { billed.cost(by: $0) },
            projected: catalog.prices.map { billed.projectedCost(by: $0) })
    }

    private func grower(_ entry: TenantEntry, at now: Timestamp) throws -> TierReport.Grower? {
        guard let tier = catalog.tier(named: entry.record.tier) else { return nil }
        let effective = entry.record.effective(tier, at: now)
        return try growths.growths(of: entry.record.id, in: effective, at: now).first.map {
            TierReport.Grower(
                tenant: entry.record.id, name: entry.record.name, tier: entry.record.tier, growth: $0)
        }
    }

    // MARK: Tiers and pools

    private func tierLines(
        _ figures: [TierName: TierReport.Figures], _ poolTiers: [TierName]
    ) -> [TierReport.TierLine] {
        let known = catalog.tiers.map(\.name)
        let others = figures.keys.filter { !known.contains($0) }.sorted { $0.text < $1.text }
        return (known + others).map { name in
            TierReport.TierLine(
                tier: name, isDedicated: catalog.tier(named: name)?.isDedicated,
                pools: poolTiers.count { $0 == name }, figures: figures[name] ?? TierReport.Figures())
        }
    }

    private func poolLines(
        _ pools: [StoreID: (tier: TierName, figures: TierReport.Figures)]
    ) -> [TierReport.PoolLine] {
        pools.sorted { $0.key.text < $1.key.text }.map { store, pool in
            TierReport.PoolLine(
                store: store, tier: pool.tier,
                capacity: catalog.tier(named: pool.tier)?.isolation.capacity ?? 0,
                figures: pool.figures)
        }
    }

    /// The first few by a weight, those of equal weight by name.
    private func first(
        _ lines: [TierReport.PoolLine], by weight: (TierReport.PoolLine) -> Double
    ) -> [TierReport.PoolLine] {
        let sorted = lines.sorted { (weight($1), $0.store.text) < (weight($0), $1.store.text) }
        return Array(sorted.prefix(Limits.reportPoolsMax))
    }

    // MARK: Moves

    private func moves(of kind: String, at now: Timestamp) throws -> TierReport.Moves {
        let since = now.advanced(bySeconds: -Int64(Limits.reportMoveDays) * 86_400)
        var moves = TierReport.Moves(days: Limits.reportMoveDays)
        var looked = 0
        var after: String?
        repeat {
            let page = try registry.list(
                RunRecord.self, after: after, limit: Limits.reportRunsMax - looked, isForward: false)
            for run in page.records {
                if run.createdAt < since { return moves }
                if run.kind == kind { moves.count(run) }
            }
            looked += page.records.count
            after = page.next
        } while after != nil && looked < Limits.reportRunsMax
        moves.isPartial = after != nil
        return moves
    }
}

extension TierReport.Moves {
    /// The steps of a move behind its switch in which only its source is kept and then removed.
    private static let stepsWhenDone = ["keep", "clean up"]

    fileprivate mutating func count(_ run: RunRecord) {
        switch run.state {
        case .completed: done += 1
        case .undone: undone += 1
        case .paused, .failed: waiting += 1
        case .undoing: underWay += 1
        case .pending, .running, .waiting:
            if let step = run.step?.name, Self.stepsWhenDone.contains(step) {
                done += 1
            } else {
                underWay += 1
            }
        }
    }
}
