import Base
import Tenancy

/// One tenant of a simulation, on its way through its history.
///
/// It is looked at when something can change: at a row, while a rule's minutes are counted, where a wait is over. In between nothing does,
/// so that a year of it takes no longer than its rows.
struct SimulatedTenant {
    let name: String
    private let rows: [UsageHistory.Row]
    private let settings: UpgradeSimulation.Settings
    private let firstTier: Tier
    private var index = 0
    private var tier: Tier
    private var standing = UpgradeStanding()
    private var timezone: TimeZoneName
    private var calendar: MaintenanceCalendar
    /// What the rows so far say, rates left out.
    private var schools: Int
    private var items: Int64 = 0
    private var bytes: Int64 = 0
    /// The row whose rates count, until `ratesEnd`.
    private var row: UsageHistory.Row?
    private var ratesEnd = Timestamp(milliseconds: 0)
    private var outgrownAt: Timestamp?
    /// What was told of the way to the next tier, so that it is told once.
    private var told: SimulatedEvent.Happening?
    /// When to look again for another reason than the rows.
    private var again: Timestamp?
    private(set) var outcome: SimulatedOutcome

    init(name: String, rows: [UsageHistory.Row], tier: Tier, settings: UpgradeSimulation.Settings) {
        self.name = name
        self.rows = rows
        self.settings = settings
        self.tier = tier
        firstTier = tier
        schools = settings.schools
        timezone = settings.timezone
        calendar = settings.calendar(of: settings.timezone)
        outcome = SimulatedOutcome(tenant: name, tier: tier.name)
    }

    /// When something can change next; nil where nothing does any more.
    var nextMoment: Timestamp? {
        let row = index < rows.count ? rows[index].time : nil
        return [row, again].compactMap { $0 }.min()
    }

    /// Looks at the tenant. `mayBegin` says from when on a move may begin, as far as others' moves go: nil for now.
    /// - Returns: what happened, and whether a move began.
    mutating func look(
        at now: Timestamp, mayBegin: (Timestamp) -> Timestamp?
    ) -> (events: [SimulatedEvent.Happening], begins: Bool) {
        while index < rows.count, rows[index].time <= now { take(rows[index]) }
        again = nil
        let before = standing.rules
        var events: [SimulatedEvent.Happening] = []
        for notice in standing.note(reading(at: now), by: tier.upgrade, schoolsMax: tier.schoolsMax, at: now)
        {
            switch notice {
            case .near(let metric, let percent): events.append(.near(metric, percent: percent))
            // Told below, behind the rules that made it so.
            case .outgrown, .fitsAgain, .fitsSmaller: break
            }
        }
        for rule in tier.upgrade?.rules ?? [] {
            guard let after = standing.rules[rule.text], after.holds != (before[rule.text]?.holds ?? false)
            else { continue }
            events.append(after.holds ? .holds(rule, value: after.value) : .clears(rule, value: after.value))
        }
        events += noteStage(at: now)
        let (steps, begins) = step(at: now, mayBegin: mayBegin)
        lookAgain(after: now)
        return (events + steps, begins)
    }

    // MARK: What is seen

    private mutating func take(_ row: UsageHistory.Row) {
        schools = row.schools ?? schools
        items = row.items ?? items
        bytes = row.bytes ?? bytes
        if let timezone = row.timezone, timezone != self.timezone {
            self.timezone = timezone
            calendar = settings.calendar(of: timezone)
        }
        self.row = row
        ratesEnd = row.time.advanced(bySeconds: Limits.historyRowSeconds)
        index += 1
    }

    private func reading(at now: Timestamp) -> TierReading {
        var reading = TierReading(schools: schools, items: items, bytes: bytes)
        guard let row, now < ratesEnd else { return reading }
        reading.readPercent = percent(row.reads) { $0.readUnitsPerSecond }
        reading.writePercent = percent(row.writes) { $0.writeUnitsPerSecond }
        // What a larger tier would have turned away nobody knows.
        if tier.name == firstTier.name, let throttled = row.throttled {
            let all = throttled + (row.requests ?? 0)
            reading.throttledPercent = all > 0 ? Double(throttled) * 100 / Double(all) : nil
        }
        return reading
    }

    /// In percent of what the tier allows in a minute that it would be in; percent in the file are of the tier at the beginning.
    private func percent(_ rate: UsageHistory.Rate?, of perSecond: (Tier) -> Int) -> Double? {
        switch rate {
        case .units(let units): units * 100 / Double(60 * perSecond(tier))
        case .percent(let percent): percent * Double(perSecond(firstTier)) / Double(perSecond(tier))
        case nil: nil
        }
    }

    // MARK: What follows

    private mutating func noteStage(at now: Timestamp) -> [SimulatedEvent.Happening] {
        let isOutgrown = standing.rules.values.contains(where: \.holds)
        defer { outcome.isOutgrown = isOutgrown }
        guard isOutgrown != (outgrownAt != nil), let plan = tier.upgrade else { return [] }
        guard isOutgrown else {
            (outgrownAt, told) = (nil, nil)
            return [.fitsAgain]
        }
        outgrownAt = now
        outcome.outgrown += 1
        return [.outgrown(plan.mode)]
    }

    private mutating func step(
        at now: Timestamp, mayBegin: (Timestamp) -> Timestamp?
    ) -> ([SimulatedEvent.Happening], begins: Bool) {
        guard let plan = tier.upgrade else { return ([], false) }
        if settings.approves, plan.mode == .ask, case .outgrown = standing.stage {
            standing.agree(by: "simulation", to: plan.target, isNow: false, at: now)
        }
        switch standing.step(by: plan, calendar: calendar, at: now) {
        case .nothing:
            guard case .outgrown = standing.stage else { return ([], false) }
            return (once(.recommended(plan.target)), false)
        case .waitForApproval: return (once(.waitsForApproval(plan.target)), false)
        case .waitForCalendar: return (once(.noOpening), false)
        case .wait(let until, let reason):
            again = until
            return (once(.waits(until: until, because: reason)), false)
        case .begin:
            guard settings.maintenance.movesPerNight > 0 else { return (once(.noMoves), false) }
            if let later = mayBegin(now) {
                again = later
                let perNight = settings.maintenance.movesPerNight
                return (once(.waitsForOthers(until: later, perNight: perNight)), false)
            }
            return (move(to: plan, at: now), true)
        }
    }

    /// What was not told just before.
    private mutating func once(_ happening: SimulatedEvent.Happening) -> [SimulatedEvent.Happening] {
        guard told != happening else { return [] }
        told = happening
        return [happening]
    }

    /// A move takes no time here.
    private mutating func move(to plan: UpgradePlan, at now: Timestamp) -> [SimulatedEvent.Happening] {
        guard let target = settings.tiers.first(where: { $0.name == plan.target }) else { return [] }
        let from = tier.name
        if let outgrownAt {
            outcome.longestWaitSeconds = max(
                outcome.longestWaitSeconds, now.milliseconds(since: outgrownAt) / 1000)
        }
        standing.moved(from: plan, to: target.upgrade, at: now)
        tier = target
        (outgrownAt, told) = (nil, nil)
        outcome.moves += 1
        outcome.lastTier = target.name
        outcome.isOutgrown = false
        // The rules of the next tier are looked at soon after.
        again = now.advanced(bySeconds: 60)
        return [.moved(from: from, to: target.name)]
            + (standing.coolsUntil.map { [.cools(until: $0)] } ?? [])
    }

    private mutating func lookAgain(after now: Timestamp) {
        var moments = [again].compactMap { $0 }
        for rule in tier.upgrade?.rules ?? [] {
            guard let standing = standing.rules[rule.text] else { continue }
            if let quiet = standing.quietSince {
                moments.append(quiet.advanced(bySeconds: Limits.ruleQuietSeconds))
            }
            guard !standing.holds, let since = standing.aboveSince else { continue }
            moments.append(now.advanced(bySeconds: Limits.ruleGapSeconds))
            moments.append(since.advanced(bySeconds: Int64(rule.forMinutes) * 60))
        }
        // Rates end with their row: a rule that goes by them falls then.
        if let row, row.reads != nil || row.writes != nil || row.throttled != nil { moments.append(ratesEnd) }
        again = moments.filter { $0 > now }.min()
    }
}

extension Limits {
    /// For how long a row's rates hold where the next one does not come: an hour, and half of one for what comes late.
    static let historyRowSeconds: Int64 = 5400
}
