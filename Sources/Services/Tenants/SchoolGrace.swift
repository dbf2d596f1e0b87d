import Base
import Registry
import Tenancy

/// How a tenant may have more schools than its tier takes, in wait of a move to the tier that its catalog's upgrade plan names.
public struct SchoolGrace: Hashable, Sendable, Codable {
    /// The tier that it is in.
    public let tier: TierName
    /// How many schools that takes of a tenant.
    public let schoolsMax: Int
    /// How many the tenant has now.
    public let schools: Int
    /// How many it may have until it is moved.
    public let schoolsEnd: Int
    /// The tier that it goes to.
    public let target: TierName
    /// What is done about it.
    public let mode: UpgradePlan.Mode

    /// Why it is let in and what may follow, in a sentence for people. Whether a move begins is for the plan's rules to say, for windows,
    /// blackouts and people.
    public var text: String {
        let next =
            switch mode {
            case .automatic: "a move to `\(target)` is due, in its next quiet hours at the earliest"
            case .ask: "a move to `\(target)` is due, once an operator approves it"
            case .recommend: "a move to `\(target)` is recommended, and begins when an operator asks for it"
            }
        return
            "tier `\(tier)` takes \(schoolsMax) schools a tenant and this makes \(schools), of \(schoolsEnd) that its grace lets in; "
            + next
    }
}

extension Tier {
    /// The grace that so many schools need, or nil where the tier takes them as it is.
    /// - Throws: `TenantError.tooManySchools` where it has no upgrade plan, or the plan's grace is used up.
    func grace(for schools: Int, catalog: Catalog) throws(TenantError) -> SchoolGrace? {
        guard let max = schoolsMax, schools > max else { return nil }
        // A larger limit than any catalog's leaves no more to be added to it.
        let (end, isTooMany) = max.addingReportingOverflow(upgrade?.schoolsGrace ?? 0)
        guard let plan = upgrade, !isTooMany, schools <= end else {
            try checkRoom(for: schools, catalog: catalog)
            return nil
        }
        return SchoolGrace(
            tier: name, schoolsMax: max, schools: schools, schoolsEnd: end, target: plan.target,
            mode: plan.mode)
    }
}

/// What a run that added a school has made. As it is stored it is the school, with the grace beside its own members: so the version before
/// reads it, and this one what that has stored.
struct AddedSchool: Hashable, Codable {
    let school: SchoolRecord
    let grace: SchoolGrace?

    private enum CodingKeys: CodingKey { case grace }

    init(_ school: SchoolRecord, grace: SchoolGrace?) {
        self.school = school
        self.grace = grace
    }

    init(from decoder: any Decoder) throws {
        school = try SchoolRecord(from: decoder)
        grace = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(
            SchoolGrace.self, forKey: .grace)
    }

    func encode(to encoder: any Encoder) throws {
        try school.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(grace, forKey: .grace)
    }
}
