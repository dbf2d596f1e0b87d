import Base
import Registry
import Tenancy
import Tiering

/// The whole fleet at a glance.
public struct TierReport: Hashable, Sendable {
    /// What some tenants have, ask for and cost together.
    public struct Figures: Hashable, Sendable {
        /// How many there are.
        public var tenants = 0
        /// How many schools they have.
        public var schools = 0
        /// How many items they have.
        public var items = 0
        /// What those take, in bytes.
        public var bytes = 0
        /// Read units a second, since the beginning of the last whole hour.
        public var readUnitsPerSecond = 0.0
        /// Write units a second, since the beginning of the last whole hour.
        public var writeUnitsPerSecond = 0.0
        /// What they cost in this month so far; nil where the catalog has no prices.
        public var cost: CostEstimate?
        /// What they will have cost at its end.
        public var projected: CostEstimate?

        mutating func add(_ other: Figures) {
            tenants += other.tenants
            schools += other.schools
            items += other.items
            bytes += other.bytes
            readUnitsPerSecond += other.readUnitsPerSecond
            writeUnitsPerSecond += other.writeUnitsPerSecond
            cost = other.cost.map { more in cost.map { $0 + more } ?? more } ?? cost
            projected = other.projected.map { more in projected.map { $0 + more } ?? more } ?? projected
        }
    }

    /// A tier.
    public struct TierLine: Hashable, Sendable {
        /// Its name.
        public let tier: TierName
        /// Whether each of its tenants has a store of its own; nil where the catalog no longer has the tier.
        public let isDedicated: Bool?
        /// How many pools its tenants are in.
        public let pools: Int
        /// Its tenants.
        public let figures: Figures
    }

    /// A pool.
    public struct PoolLine: Hashable, Sendable {
        /// Its store.
        public let store: StoreID
        /// Its tier: that of its tenants.
        public let tier: TierName
        /// How many tenants it takes.
        public let capacity: Int
        /// Its tenants.
        public let figures: Figures
    }

    /// A tenant that will outgrow its tier.
    public struct Grower: Hashable, Sendable {
        /// Which.
        public let tenant: TenantID
        /// Its name.
        public let name: String
        /// Its tier.
        public let tier: TierName
        /// What it outgrows first.
        public let growth: Growth
    }

    /// What has come of the moves of late.
    public struct Moves: Hashable, Sendable {
        /// How many days they go back.
        public let days: Int
        /// Ended where they were to, or in the time in which they can be taken back.
        public var done = 0
        /// Taken back.
        public var undone = 0
        /// On their way, forth or back.
        public var underWay = 0
        /// Held or failed: they wait for somebody.
        public var waiting = 0
        /// Whether there are more runs than were looked at, so that there may be more moves.
        public var isPartial = false
    }

    /// The month of the costs.
    public let month: CalendarMonth
    /// The prices' currency; nil where the catalog has none.
    public let currency: String?
    /// All tenants together.
    public let total: Figures
    /// The tiers, in the catalog's order; behind them those that it no longer has.
    public let tiers: [TierLine]
    /// How many pools there are.
    public let poolCount: Int
    /// The fullest pools, by the part of their places that is taken: at most `Limits.reportPoolsMax`.
    public let fullest: [PoolLine]
    /// The hottest pools, by the units a second that they serve.
    public let hottest: [PoolLine]
    /// Who outgrows its tier within 90 days, the soonest first: at most `Limits.reportGrowersMax`.
    public let growers: [Grower]
    /// How many there are.
    public let growerCount: Int
    /// The moves.
    public let moves: Moves
    /// Those that have not begun.
    public let backlog: UpgradeBacklog
}

extension Limits {
    /// Pools that a report shows of each kind.
    static let reportPoolsMax = 10
    /// Tenants that a report shows because they grow.
    static let reportGrowersMax = 100
    /// Runs that a report looks at to count moves, the newest first.
    static let reportRunsMax = 2000
    /// Days that a report looks back for moves.
    static let reportMoveDays = 30
}
