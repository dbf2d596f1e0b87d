import Base

/// What it means to put another catalog in force where tenants live by one: what changes, for whom, and what speaks against it.
///
/// Nothing moves by itself: where a tier's isolation changes its tenants stay where they are until somebody moves them.
public struct CatalogChange: Hashable, Sendable {
    /// How a change weighs.
    public enum Weight: String, Hashable, Sendable, Comparable {
        /// Nobody loses anything by it.
        case plain
        /// Somebody may notice it: to be looked at first.
        case attention
        /// Data could be exposed or orphaned by it: it is not put in force.
        case refused

        /// From light to heavy.
        public static func < (left: Weight, right: Weight) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .plain: 0
            case .attention: 1
            case .refused: 2
            }
        }
    }

    /// One difference.
    public struct Entry: Hashable, Sendable {
        /// How it weighs.
        public let weight: Weight
        /// What it is about: `tier basic`, `table student-table`, `index …`.
        public let subject: String
        /// What changes, in a sentence without a full stop; behind a semicolon what to do, where something is in its way.
        public let text: String
        /// The tenants that it is about, by id: at most `Limits.catalogChangeTenantsMax` of them.
        public let tenants: [TenantID]
        /// How many it is about.
        public let tenantCount: Int

        init(_ weight: Weight, _ subject: String, _ text: String, _ tenants: [CatalogFacts.Tenant] = []) {
            self.weight = weight
            self.subject = subject
            self.text = text
            self.tenants = tenants.prefix(Limits.catalogChangeTenantsMax).map(\.id)
            tenantCount = tenants.count
        }
    }

    /// The differences, in the order of the catalogs: tiers, tables, first items.
    public private(set) var entries: [Entry] = []

    /// Whether something speaks against it.
    public var isRefused: Bool { entries.contains { $0.weight == .refused } }

    /// What changes from `old` to `new` for a deployment that has `facts`.
    public init(from old: Catalog, to new: Catalog, facts: CatalogFacts) {
        for tier in old.tiers { compare(tier, new.tier(named: tier.name), facts) }
        for tier in new.tiers where old.tier(named: tier.name) == nil {
            entries.append(Entry(.plain, "tier \(tier.name)", "is added"))
        }
        for table in old.tables { compare(table, new.table(named: table.name), facts) }
        for table in new.tables where old.table(named: table.name) == nil {
            entries.append(
                Entry(
                    .plain, "table \(table.name)", "is added, empty, for every tenant",
                    facts.tenants.filter { $0.isDedicated != nil }.sorted { $0.id < $1.id }))
        }
        if old.tenantItems != new.tenantItems || old.schoolItems != new.schoolItems {
            entries.append(
                Entry(.plain, "first items", "change for tenants and schools that come from now on"))
        }
        if old.maintenance != new.maintenance {
            entries.append(
                Entry(.plain, "maintenance", "the times at which tenants are moved by themselves change"))
        }
        if old.prices != new.prices {
            entries.append(Entry(.plain, "prices", "change, in reports of past months too"))
        }
        if old.name != new.name {
            entries.append(Entry(.plain, "name", "`\(old.name)` becomes `\(new.name)`"))
        }
    }

    /// The tables of which must be known whether they hold items, to tell what the change means.
    public static func questions(from old: Catalog, to new: Catalog) -> [TableName] {
        old.tables.filter { new.table(named: $0.name) != $0 }.map(\.name)
    }

    // MARK: Tiers

    private mutating func compare(_ old: Tier, _ new: Tier?, _ facts: CatalogFacts) {
        let subject = "tier \(old.name)"
        let tenants = facts.tenants(of: old.name)
        guard let new else {
            entries.append(
                tenants.isEmpty
                    ? Entry(.plain, subject, "is removed; nobody is in it")
                    : Entry(
                        .refused, subject, "is removed with tenants in it; move them to another tier first",
                        tenants))
            return
        }
        guard old != new else { return }
        let before = entries.count
        compareIsolation(old, new, subject, tenants, facts)
        compareSchools(old, new, subject, tenants)
        compareFigures(old, new, subject, tenants)
        if old.backups != new.backups {
            entries.append(
                Entry(
                    .attention, subject, "the schedule of backups changes: the next ones go by the new one",
                    tenants))
        }
        if old.upgrade != new.upgrade {
            entries.append(
                Entry(
                    .attention, subject,
                    "the rules change by which its tenants are upgraded; `homeroom upgrade explain` shows how each stands",
                    tenants))
        }
        if entries.count == before {
            entries.append(Entry(.attention, subject, "has other settings, from now on", tenants))
        }
    }

    private mutating func compareIsolation(
        _ old: Tier, _ new: Tier, _ subject: String, _ tenants: [CatalogFacts.Tenant], _ facts: CatalogFacts
    ) {
        switch (old.isolation, new.isolation) {
        case (.pooled(let before), .pooled(let after)) where before != after:
            let over = (facts.pools[old.name] ?? []).count { $0 > after }
            let note = over == 0 ? "" : "; \(over) pools have more and take no further tenant"
            entries.append(Entry(.plain, subject, "\(before) tenants a pool become \(after)\(note)"))
        case (.pooled, .pooled), (.dedicated, .dedicated): break
        case (.pooled, .dedicated):
            entries.append(
                Entry(
                    .attention, subject,
                    "becomes dedicated for those who come; its tenants stay in their pools until somebody moves them",
                    tenants.filter { $0.isDedicated == false }))
        case (.dedicated, .pooled):
            entries.append(
                Entry(
                    .attention, subject,
                    "becomes pooled for those who come; its tenants keep their own stores until somebody moves them",
                    tenants.filter { $0.isDedicated == true }))
        }
    }

    private mutating func compareSchools(
        _ old: Tier, _ new: Tier, _ subject: String, _ tenants: [CatalogFacts.Tenant]
    ) {
        guard old.schoolsMax != new.schoolsMax else { return }
        let text = { (max: Int?) in max.map { "\($0) schools" } ?? "any number of schools" }
        let over = tenants.filter { tenant in new.schoolsMax.map { tenant.schools > $0 } ?? false }
        let change = "\(text(old.schoolsMax)) become \(text(new.schoolsMax))"
        entries.append(
            over.isEmpty
                ? Entry(.plain, subject, change)
                : Entry(
                    .attention, subject,
                    "\(change); these have more: they keep them and can add none", over))
    }

    private mutating func compareFigures(
        _ old: Tier, _ new: Tier, _ subject: String, _ tenants: [CatalogFacts.Tenant]
    ) {
        let figures: [(String, Int, Int, Bool)] = [
            ("read units a second", old.readUnitsPerSecond, new.readUnitsPerSecond, true),
            ("write units a second", old.writeUnitsPerSecond, new.writeUnitsPerSecond, true),
            (
                "seconds in which a move can be taken back, of moves that are planned from now on,",
                old.undoWindowSeconds, new.undoWindowSeconds, false
            ),
            (
                "milliseconds that a move may hold back writes", old.writePauseMaxMilliseconds,
                new.writePauseMaxMilliseconds, false
            ),
            (
                "items a second that a move copies", old.copyRateItemsPerSecond, new.copyRateItemsPerSecond,
                false
            ),
        ]
        for (what, before, after, isFelt) in figures where before != after {
            let isLess = isFelt && after < before && !tenants.isEmpty
            entries.append(
                Entry(
                    isLess ? .attention : .plain, subject, "\(before) \(what) become \(after)",
                    isFelt ? tenants : []))
        }
    }

    mutating func add(_ entry: Entry) { entries.append(entry) }
}
