import Base
import Tenancy

/// A district to be onboarded.
public struct OnboardingRequest: Hashable, Sendable, Codable {
    /// Its name.
    public var name: DisplayName
    /// Its tier.
    public var tier: TierName
    /// Whom its first credentials are for.
    public var admin: EmailAddress
    /// Its time zone.
    public var timezone: TimeZoneName
    /// Its first schools.
    public var schools: [DisplayName]
    /// Whether another tenant may have the same name.
    public var allowsDuplicateName: Bool

    /// A request of parts that are what they should be.
    public init(
        name: DisplayName, tier: TierName, admin: EmailAddress, timezone: TimeZoneName,
        schools: [DisplayName] = [], allowsDuplicateName: Bool = false
    ) {
        self.name = name
        self.tier = tier
        self.admin = admin
        self.timezone = timezone
        self.schools = schools
        self.allowsDuplicateName = allowsDuplicateName
    }

    /// A row of an import file.
    public init(row: DistrictRow) {
        self.init(
            name: row.name, tier: row.tier, admin: row.admin, timezone: row.timezone, schools: row.schools)
    }

    /// A request as people and programs write it.
    /// - Throws: `TenantError.invalid` for the first part that is missing or has not its form.
    public init(
        name: String, tier: String, admin: String, timezone: String, schools: [String] = [],
        allowsDuplicateName: Bool = false
    ) throws(TenantError) {
        let longest = Limits.displayNameCharactersMax
        guard let displayName = DisplayName(name) else {
            throw .invalid(field: "name", value: name, remedy: "give a name of 1 to \(longest) characters")
        }
        guard let tierName = TierName(tier) else {
            throw .invalid(field: "tier", value: tier, remedy: "give a tier such as `basic`")
        }
        guard let email = EmailAddress(admin) else {
            throw .invalid(
                field: "admin", value: admin, remedy: "give an e-mail address such as `it@district.example`")
        }
        guard let zone = TimeZoneName(timezone) else {
            throw .invalid(field: "timezone", value: timezone, remedy: TimeZoneName.remedy(for: timezone))
        }
        var schoolNames: [DisplayName] = []
        for school in schools { schoolNames.append(try OnboardingRequest.schoolName(school)) }
        self.init(
            name: displayName, tier: tierName, admin: email, timezone: zone, schools: schoolNames,
            allowsDuplicateName: allowsDuplicateName)
    }

    /// A school's name as people write it.
    /// - Throws: `TenantError.invalid`.
    static func schoolName(_ text: String) throws(TenantError) -> DisplayName {
        guard let name = DisplayName(text) else {
            throw .invalid(
                field: "school", value: text,
                remedy: "give a name of 1 to \(Limits.displayNameCharactersMax) characters")
        }
        return name
    }

    /// What the catalog and the request itself say against it; the tier where nothing does.
    func checkedTier(_ catalog: Catalog) throws(TenantError) -> Tier {
        guard let tier = catalog.tier(named: tier) else {
            throw .noSuchTier(self.tier.text, remedy: catalog.tierRemedy(for: self.tier.text))
        }
        guard schools.count <= Limits.schoolsPerRequestMax else {
            throw .tooManySchools(
                tier: tier.name, schools: schools.count, max: Limits.schoolsPerRequestMax,
                remedy: "at most so many are onboarded at once; add the others afterwards")
        }
        try tier.checkRoom(for: schools.count, catalog: catalog)
        var taken: Set<String> = []
        for school in schools where !taken.insert(school.comparisonText).inserted {
            throw .invalid(field: "school", value: school.text, remedy: "name each school once")
        }
        return tier
    }
}

extension Tier {
    /// Refuses more schools than the tier takes, naming the tier that takes them.
    func checkRoom(for schools: Int, catalog: Catalog) throws(TenantError) {
        guard let max = schoolsMax, schools > max else { return }
        let larger = catalog.tiers.first { $0.schoolsMax.map { $0 >= schools } ?? true }
        throw .tooManySchools(
            tier: name, schools: schools, max: max,
            remedy: larger.map { "tier `\($0.name)` takes them" } ?? "no tier takes so many")
    }
}
