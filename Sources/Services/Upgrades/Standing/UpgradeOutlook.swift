import Base
import Registry
import Tenancy
import Tiering

/// Where a tenant stands on its way to another tier, for people: each rule with its input, and what comes next.
public struct UpgradeOutlook: Sendable {
    /// The tenant.
    public let tenant: TenantID
    /// Its name.
    public let name: String
    /// The tier that it is in.
    public let tier: TierName
    /// The tier that it is on its way to, or would be; nil where its tier has no upgrade plan and nobody has asked for another.
    public let target: TierName?
    /// What its tier's plan does with a tenant that has outgrown it; nil without a plan.
    public let mode: UpgradePlan.Mode?
    /// How far it has come.
    public let standing: UpgradeStanding
    /// Each rule of its tier's plan, in the catalog's order.
    public let rules: [RuleExplanation]
    /// What comes next, and what it waits for.
    public let next: String
    /// When that is; nil where it goes by no clock.
    public let nextAt: Timestamp?
    /// How many schools it has.
    public let schools: Int
    /// How many it may have; nil for any number.
    public let schoolsMax: Int?
    /// How many more are let in until it is moved.
    public let schoolsGrace: Int
    /// Days to come on which it is not moved by itself, beside the catalog's.
    public let blackouts: [Maintenance.Blackout]

    /// A word for how far it has come.
    public var state: String { standing.word }
}

extension UpgradeStanding {
    /// Whether somebody who looks after upgrades has to know of it: all but tenants whose tier fits them.
    var isPending: Bool { word != "fits" || smaller?.isTold == true }

    /// A word for how far it has come.
    var word: String {
        switch stage {
        case .fits: order == nil ? "fits" : "asked"
        case .outgrown: order == nil ? "outgrown" : "asked"
        case .agreed: "agreed"
        case .moving: "moving"
        }
    }
}
