import Base
import Tenancy

/// What the rules of a catalog would have done to tenants whose usage is known: the same rules, windows and waits as in earnest, with moves
/// that take no time and never fail, of which therefore none is under way at the same time as another.
public struct UpgradeSimulation: Sendable {
    /// What the tenants' histories are held against.
    public struct Settings: Sendable {
        /// The catalog's tiers.
        public var tiers: [Tier]
        /// The catalog's windows, blackouts and limits.
        public var maintenance: Maintenance
        /// The tier in which all tenants begin.
        public var tier: TierName
        /// How many schools a tenant has as long as its rows do not say.
        public var schools: Int
        /// The time zone of a tenant whose rows do not say.
        public var timezone: TimeZoneName
        /// Whether each move that waits for an approval gets it at once.
        public var approves: Bool
        /// The clocks on the wall.
        public var wall: @Sendable (TimeZoneName) -> WallClock

        /// Settings.
        public init(
            tiers: [Tier], maintenance: Maintenance, tier: TierName, schools: Int = 0, timezone: TimeZoneName,
            approves: Bool = false, wall: @escaping @Sendable (TimeZoneName) -> WallClock
        ) {
            self.tiers = tiers
            self.maintenance = maintenance
            self.tier = tier
            self.schools = schools
            self.timezone = timezone
            self.approves = approves
            self.wall = wall
        }

        func calendar(of timezone: TimeZoneName) -> MaintenanceCalendar {
            MaintenanceCalendar(maintenance, wall: wall(timezone))
        }
    }

    /// What would have happened, in the order of time: at most `Limits.simulatedEventsMax`.
    public private(set) var events: [SimulatedEvent] = []
    /// How many more there were.
    public private(set) var eventsDropped = 0
    /// What came of each tenant, by name.
    public private(set) var outcomes: [SimulatedOutcome] = []

    /// Carries all tenants through their histories; nil where the settings name no tier.
    /// - Parameter rows: each tenant's in the order of time.
    public init?(_ rows: [UsageHistory.Row], settings: Settings) {
        guard let tier = settings.tiers.first(where: { $0.name == settings.tier }) else { return nil }
        var tenants = Dictionary(grouping: rows, by: \.tenant).sorted { $0.key < $1.key }.map {
            SimulatedTenant(name: $0.key, rows: $0.value, tier: tier, settings: settings)
        }
        var queue = MomentQueue()
        for (index, tenant) in tenants.enumerated() { queue.add(tenant.nextMoment, index) }
        var starts: [Timestamp] = []
        while let (now, index) = queue.next() {
            let (happenings, begins) = tenants[index].look(at: now) { now in
                UpgradeSimulation.mayBegin(at: now, after: &starts, settings.maintenance)
            }
            if begins { starts.append(now) }
            for happening in happenings {
                note(SimulatedEvent(time: now, tenant: tenants[index].name, happening: happening))
            }
            queue.add(tenants[index].nextMoment, index)
        }
        outcomes = tenants.map(\.outcome)
    }

    private mutating func note(_ event: SimulatedEvent) {
        guard events.count < Limits.simulatedEventsMax else {
            eventsDropped += 1
            return
        }
        events.append(event)
    }

    /// From when on another move may begin; nil for now. Forgets the starts that count no more.
    private static func mayBegin(
        at now: Timestamp, after starts: inout [Timestamp], _ maintenance: Maintenance
    ) -> Timestamp? {
        starts.removeAll { now.milliseconds(since: $0) >= 86_400_000 }
        guard starts.count >= maintenance.movesPerNight else { return nil }
        return (starts.first ?? now).advanced(bySeconds: 86_400)
    }
}

/// Tenants by the moment at which they are looked at next: a heap.
private struct MomentQueue {
    private var entries: [(time: Timestamp, index: Int)] = []

    mutating func add(_ time: Timestamp?, _ index: Int) {
        guard let time else { return }
        entries.append((time, index))
        var child = entries.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (time: Timestamp, index: Int)? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < entries.count }
            guard let child = children.min(by: { isBefore($0, $1) }), isBefore(child, parent) else { break }
            entries.swapAt(child, parent)
            parent = child
        }
        return first
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (entries[left].time, entries[left].index) < (entries[right].time, entries[right].index)
    }
}

extension Limits {
    /// Events that a simulation keeps; it says how many more there were.
    static let simulatedEventsMax = 20_000
}
