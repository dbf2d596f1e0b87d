import Base
import Testing

@testable import Tenancy

@Suite struct CatalogChangeTests {
    /// A catalog to change by replacing pieces of its text.
    private static let text = """
        {
          "name": "test",
          "tables": [
            { "name": "school-table", "ownedKeys": ["{tenantId}"],
              "partitionKey": { "name": "tenantId", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" } },
            { "name": "student-table", "ownedKeys": ["TENANT#{schoolId}#*"],
              "partitionKey": { "name": "recordKey", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" },
              "indexes": [ { "name": "teacher-index", "projection": "ALL", "ownedKeys": ["TENANT#{schoolId}#*"],
                "partitionKey": { "name": "teacherKey", "type": "S" } } ] }
          ],
          "tiers": [
            { "name": "basic", "isolation": "pooled", "tenantsPerPool": 10, "schoolsMax": 3,
              "readUnitsPerSecond": 10, "writeUnitsPerSecond": 5, "undoWindowSeconds": 60,
              "copyRateItemsPerSecond": 100 },
            { "name": "premium", "isolation": "dedicated", "schoolsMax": null,
              "readUnitsPerSecond": 10, "writeUnitsPerSecond": 5, "undoWindowSeconds": 60,
              "copyRateItemsPerSecond": 100 }
          ]
        }
        """

    private static let premiumTier = """
        ,
            { "name": "premium", "isolation": "dedicated", "schoolsMax": null,
              "readUnitsPerSecond": 10, "writeUnitsPerSecond": 5, "undoWindowSeconds": 60,
              "copyRateItemsPerSecond": 100 }
        """
    private static let schoolTable = """
        { "name": "school-table", "ownedKeys": ["{tenantId}"],
              "partitionKey": { "name": "tenantId", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" } },
        """
    private static let index = """
        { "name": "teacher-index", "projection": "ALL", "ownedKeys": ["TENANT#{schoolId}#*"],
                "partitionKey": { "name": "teacherKey", "type": "S" } }
        """
    private static let otherIndex = index.replacing("teacher", with: "parent")

    private static func catalog(_ text: String) throws -> Catalog {
        try Catalog(parsing: Array(text.utf8), file: "c.json")
    }

    private static let pooled = TenantID("t000000000000001")
    private static let dedicated = TenantID("t000000000000002")

    /// One tenant in a pool of ten, with three schools; one in a store of its own, with nine; items in both tables.
    private static func facts(items: Bool = true, tenants: Bool = true) throws -> CatalogFacts {
        var facts = CatalogFacts()
        let (basic, premium) = (try #require(TierName("basic")), try #require(TierName("premium")))
        if tenants {
            facts.tenants = [
                .init(id: try #require(pooled), tier: basic, schools: 3, isDedicated: false),
                .init(id: try #require(dedicated), tier: premium, schools: 9, isDedicated: true),
            ]
            facts.pools = [basic: [7]]
        }
        if items {
            facts.tablesWithItems = [
                try #require(TableName("school-table")), try #require(TableName("student-table")),
            ]
        }
        return facts
    }

    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let from: String
        let to: String
        let weight: CatalogChange.Weight
        let text: String
        var tenants: [TenantID?] = []
        /// How it weighs where nobody holds an item.
        var weightEmpty: CatalogChange.Weight?

        init(
            _ from: String, _ to: String, _ weight: CatalogChange.Weight, _ text: String,
            _ tenants: [TenantID?] = [], empty: CatalogChange.Weight? = nil
        ) {
            description = text
            self.from = from
            self.to = to
            self.weight = weight
            self.text = text
            self.tenants = tenants
            weightEmpty = empty
        }
    }

    private static let cases: [Case] = [
        // Tiers.
        Case(
            premiumTier, "", .refused,
            "tier premium: is removed with tenants in it; move them to another tier first", [dedicated]),
        Case(
            "\"tenantsPerPool\": 10", "\"tenantsPerPool\": 20", .plain,
            "tier basic: 10 tenants a pool become 20"),
        Case(
            "\"tenantsPerPool\": 10", "\"tenantsPerPool\": 5", .plain,
            "tier basic: 10 tenants a pool become 5; 1 pools have more and take no further tenant"),
        Case(
            "\"isolation\": \"pooled\", \"tenantsPerPool\": 10", "\"isolation\": \"dedicated\"", .attention,
            "tier basic: becomes dedicated for those who come; its tenants stay in their pools until somebody moves them",
            [pooled]),
        Case(
            "\"isolation\": \"dedicated\"", "\"isolation\": \"pooled\", \"tenantsPerPool\": 3", .attention,
            "tier premium: becomes pooled for those who come; its tenants keep their own stores until somebody moves them",
            [dedicated]),
        Case("\"schoolsMax\": 3", "\"schoolsMax\": 4", .plain, "tier basic: 3 schools become 4 schools"),
        Case(
            "\"schoolsMax\": 3", "\"schoolsMax\": 2", .attention,
            "tier basic: 3 schools become 2 schools; these have more: they keep them and can add none",
            [pooled]),
        Case(
            "\"schoolsMax\": null", "\"schoolsMax\": 8", .attention,
            "tier premium: any number of schools become 8 schools; these have more: they keep them and can add none",
            [dedicated]),
        Case(
            "\"schoolsMax\": 3,\n      \"readUnitsPerSecond\": 10",
            "\"schoolsMax\": 3,\n      \"readUnitsPerSecond\": 9",
            .attention, "tier basic: 10 read units a second become 9", [pooled]),
        Case(
            "\"schoolsMax\": 3,\n      \"readUnitsPerSecond\": 10",
            "\"schoolsMax\": 3,\n      \"readUnitsPerSecond\": 11",
            .plain, "tier basic: 10 read units a second become 11", [pooled]),
        // Tables.
        Case(
            schoolTable, "", .refused,
            "table school-table: is removed while it holds items, which nobody would own; remove them first",
            empty: .plain),
        Case(
            schoolTable, schoolTable + schoolTable.replacing("school-table", with: "grade-table"), .plain,
            "table grade-table: is added, empty, for every tenant", [pooled, dedicated]),
        Case(
            "\"name\": \"tenantId\", \"type\": \"S\"", "\"name\": \"district\", \"type\": \"S\"", .refused,
            "table school-table: gets another key; give a table of another key another name"),
        Case(
            "[\"{tenantId}\"]", "[\"D#{tenantId}\"]", .refused,
            "table school-table: other keys become whose: items that are there would be nobody's, or another's; use a table of another name",
            empty: .attention),
        Case(
            "[\"{tenantId}\"],", "[\"{tenantId}\"], \"stream\": \"KEYS_ONLY\",", .plain,
            "table school-table: gets a stream: KEYS_ONLY"),
        Case(
            "[\"{tenantId}\"],", "[\"{tenantId}\"], \"timeToLive\": \"ends\",", .attention,
            "table school-table: items end at the time in `ends`: those whose time is past go at once",
            empty: .plain),
        // Indexes.
        Case(
            "[ \(index) ]", "[]", .attention,
            "index teacher-index of student-table: is removed; queries of it fail from then on"),
        Case(
            index, index + ", " + otherIndex, .plain,
            "index parent-index of student-table: is added; its entries are made in the background"),
        Case(
            index, index.replacing("TENANT#", with: "T#"), .refused,
            "index teacher-index of student-table: other keys become whose: entries that are there would be another's; give it another name",
            empty: .refused),
        Case(
            index, index.replacing("ALL", with: "KEYS_ONLY"), .refused,
            "index teacher-index of student-table: gets another shape; give an index of another shape another name"
        ),
    ]

    @Test(arguments: cases) func tellsWhatAChangeMeans(change: Case) throws {
        let text = Self.text.replacing(change.from, with: change.to, maxReplacements: 1)
        try #require(text != Self.text)
        let (old, new) = (try Self.catalog(Self.text), try Self.catalog(text))
        let plan = CatalogChange(from: old, to: new, facts: try Self.facts())
        #expect(plan.entries.map { "\($0.subject): \($0.text)" } == [change.text])
        #expect(plan.entries.map(\.weight) == [change.weight])
        #expect(plan.entries.first?.tenants == change.tenants.compactMap { $0 })
        #expect(plan.isRefused == (change.weight == .refused))
        if let weight = change.weightEmpty {
            let empty = CatalogChange(from: old, to: new, facts: try Self.facts(items: false))
            #expect(empty.entries.map(\.weight).max() == weight, "\(empty.entries)")
        }
    }

    @Test func indexesInAnotherOrderAreRefused() throws {
        let two = try Self.catalog(Self.text.replacing(Self.index, with: Self.index + ", " + Self.otherIndex))
        let swapped = try Self.catalog(
            Self.text.replacing(Self.index, with: Self.otherIndex + ", " + Self.index))
        let plan = CatalogChange(from: two, to: swapped, facts: try Self.facts())
        #expect(plan.entries.map(\.weight) == [.refused])
        #expect(CatalogChange(from: two, to: swapped, facts: CatalogFacts()).isRefused == false)
    }

    @Test func theSameCatalogChangesNothing() throws {
        let catalog = try Self.catalog(Self.text)
        #expect(CatalogChange(from: catalog, to: catalog, facts: try Self.facts()).entries == [])
        #expect(CatalogChange.questions(from: catalog, to: catalog) == [])
    }

    @Test func aDeploymentWithoutTenantsTakesAnyCatalog() throws {
        let old = try Self.catalog(Self.text)
        for change in Self.cases {
            let new = try Self.catalog(Self.text.replacing(change.from, with: change.to, maxReplacements: 1))
            #expect(!CatalogChange(from: old, to: new, facts: CatalogFacts()).isRefused, "\(change)")
        }
    }

    @Test func namesTwentyTenantsAndCountsAll() throws {
        var facts = CatalogFacts()
        for number in 0..<30 {
            let id = try #require(TenantID("t0000000000000" + String(number + 10)))
            facts.tenants.append(
                .init(id: id, tier: try #require(TierName("premium")), schools: 1, isDedicated: true))
        }
        let new = try Self.catalog(Self.text.replacing(Self.premiumTier, with: ""))
        let entry = try #require(
            CatalogChange(from: try Self.catalog(Self.text), to: new, facts: facts).entries.first)
        #expect(entry.tenants.count == 20 && entry.tenantCount == 30)
    }
}
