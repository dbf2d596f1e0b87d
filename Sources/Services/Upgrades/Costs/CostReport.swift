import Base
import Registry
import Tenancy
import Tiering

/// What is asked of a report.
public struct CostQuery: Hashable, Sendable {
    /// What its lines are.
    public enum Grouping: String, Hashable, Sendable, CaseIterable {
        case tenant, tier, school
    }

    /// The month; nil for the present one.
    public var month: CalendarMonth?
    /// One tenant alone.
    public var tenant: TenantID?
    /// The tenants of one tier alone.
    public var tier: TierName?
    /// What its lines are.
    public var grouping: Grouping

    /// A question.
    public init(
        month: CalendarMonth? = nil, tenant: TenantID? = nil, tier: TierName? = nil,
        grouping: Grouping = .tenant
    ) {
        self.month = month
        self.tenant = tenant
        self.tier = tier
        self.grouping = grouping
    }
}

/// What a month costs.
public struct CostReport: Hashable, Sendable {
    /// A tenant, a tier or a school.
    public struct Line: Hashable, Sendable {
        /// The tenant's or school's id, or the tier's name.
        public let id: String
        /// The tenant's or school's name; nil for a tier.
        public let name: String?
        /// The tier of the tenant.
        public let tier: TierName
        /// How many tenants it stands for.
        public var tenants: Int
        /// What it costs so far.
        public var cost: CostEstimate
        /// What it will have cost at the month's end; nil for a month of the past.
        public var projected: CostEstimate?
    }

    /// The month.
    public let month: CalendarMonth
    /// The dearest first: at most `Limits.costLinesMax`.
    public let lines: [Line]
    /// How many there are.
    public let lineCount: Int
    /// All of them together.
    public let total: CostEstimate
    /// The same at the month's end; nil for a month of the past.
    public let projected: CostEstimate?

    init(month: CalendarMonth, lines: [Line], prices: PriceList, isOver: Bool) {
        self.month = month
        func weight(_ line: Line) -> Int64 { (line.projected ?? line.cost).total }
        self.lines = Array(
            lines.sorted { (weight($1), $0.id) < (weight($0), $1.id) }.prefix(Limits.costLinesMax))
        lineCount = lines.count
        let nothing = CostEstimate.nothing(by: prices)
        total = lines.reduce(nothing) { $0 + $1.cost }
        projected = isOver ? nil : lines.reduce(nothing) { $0 + ($1.projected ?? $1.cost) }
    }
}

/// What a move changes of a tenant's costs: the tables that it bears. What it keeps and asks for costs the same in every tier.
public struct PlanCost: Hashable, Sendable {
    /// A month as it is, by what was used in the last thirty days.
    public let before: CostEstimate
    /// A month after the move.
    public let after: CostEstimate

    /// By how much it becomes dearer, in millionths of the currency's unit; negative where it becomes cheaper.
    public var differenceMicros: Int64 { after.total - before.total }
}

/// Why there is no report.
public enum CostError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The catalog in force has no prices.
    case noPrices
    /// There is no such tenant.
    case noSuchTenant(TenantID)
    /// The catalog has no such tier.
    case noSuchTier(String, remedy: String)
    /// Schools are listed for one tenant at a time.
    case schoolsOfNobody
    /// The month has not begun.
    case notYet(CalendarMonth)
    /// Nothing is kept of a month so long ago.
    case tooLongAgo(CalendarMonth)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noPrices:
            "the catalog in force has no `prices`; add them and put it in force with `homeroom catalog apply`"
        case .noSuchTenant(let tenant):
            "there is no tenant `\(tenant)`; `homeroom tenant list` shows those there are"
        case .noSuchTier(let tier, let remedy): "there is no tier `\(tier)`; \(remedy)"
        case .schoolsOfNobody: "costs by school are of one tenant; name it"
        case .notYet(let month): "the month \(month) has not begun; name an earlier one"
        case .tooLongAgo(let month):
            "usage is kept for \(Limits.usageDays) days, and \(month) is longer ago; name a later month"
        }
    }
}

extension Limits {
    /// Lines of one report; it says how many there are.
    static let costLinesMax = 10_000
    /// Days by which a plan reckons a month.
    static let planCostDays: Int64 = 30
}
