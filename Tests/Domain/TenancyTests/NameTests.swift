import Base
import Testing

@testable import Tenancy

@Suite struct NameTests {
    @Test(arguments: [
        ("basic", true), ("b2", true), ("a23456789012345", true),
        ("", false), ("2b", false), ("Basic", false), ("ba-sic", false), ("a234567890123456", false),
    ])
    func tierNames(text: String, isName: Bool) {
        #expect((TierName(text) != nil) == isName)
    }

    @Test func physicalNames() throws {
        let tier = try #require(TierName("basic"))
        let table = try #require(TableName("school-table"))
        let tenant = TenantID(random: SeededRandom(seed: 1))
        #expect(PhysicalNames.poolStore(tier: tier, pool: 1).text == "pool-basic-1")
        #expect(PhysicalNames.tenantStore(tenant, tier: tier).text == "\(tier)-\(tenant)")
        #expect(PhysicalNames.isTenantStore(PhysicalNames.tenantStore(tenant, tier: tier), of: tenant))
        for other in [
            PhysicalNames.tenantStore(TenantID(random: SeededRandom(seed: 2)), tier: tier),
            PhysicalNames.poolStore(tier: tier, pool: 1),
        ] { #expect(!PhysicalNames.isTenantStore(other, of: tenant)) }
        #expect(PhysicalNames.poolTable(table, tier: tier, pool: 1).text == "school-table-basic")
        #expect(PhysicalNames.poolTable(table, tier: tier, pool: 2).text == "school-table-basic-2")
        #expect(
            PhysicalNames.tenantTable(table, tier: tier, tenant: tenant).text
                == "school-table-basic-\(tenant)")
    }

    @Test func theLongestNamesFit() throws {
        let tier = try #require(TierName("a23456789012345"))
        let longest = String(repeating: "t", count: PhysicalNames.logicalTableBytesMax)
        let table = try #require(TableName(longest))
        #expect(PhysicalNames.poolTable(table, tier: tier, pool: .max).text.utf8.count <= 255)
        #expect(PhysicalNames.poolStore(tier: tier, pool: .max).text.utf8.count <= 64)
    }

    @Test(arguments: [
        ("America/Chicago", true), ("UTC", true), ("Pacific/Honolulu", true), ("US/Central", true),
        ("America/Indiana/Indianapolis", true), ("Etc/GMT+5", true),
        ("", false), ("america/chicago", false), ("America/Chicgo", false), ("CDT", false),
        ("Factory", false), ("America", false), ("America/Chicago ", false),
    ])
    func timeZones(text: String, isZone: Bool) {
        #expect((TimeZoneName(text) != nil) == isZone)
    }

    @Test func suggestsTimeZones() {
        #expect(TimeZoneName.remedy(for: "America/Chicgo") == "did you mean `America/Chicago`?")
        #expect(TimeZoneName.remedy(for: "Central") == "did you mean `US/Central`?")
        #expect(
            TimeZoneName.remedy(for: "Springfield")
                == "use a name of the IANA database such as `America/Chicago`"
        )
    }

    @Test(arguments: [
        ("it@springfield.example", true), ("a.b+c@x-1.k12.us", true), ("o'neil@a.b", true),
        (String(repeating: "a", count: 64) + "@a.b", true),
        ("", false), ("@a.b", false), ("a@", false), ("a@b", false), ("a@@b.c", false), ("a@b..c", false),
        (".a@b.c", false), ("a.@b.c", false), ("a b@c.d", false), ("a@-b.c", false), ("a@b-.c", false),
        ("a@b.c\n", false), ("é@b.c", false), ("\"a\"@b.c", false),
        (String(repeating: "a", count: 65) + "@a.b", false),
        ("a@" + String(repeating: "b.", count: 126) + "c", false),
    ])
    func emailAddresses(text: String, isAddress: Bool) {
        #expect((EmailAddress(text) != nil) == isAddress)
    }

    @Test(arguments: [
        ("Springfield USD", "Springfield USD"), ("  Oak \t", "Oak"), ("Cañon", "Cañon"),
        (String(repeating: "é", count: 120), String(repeating: "é", count: 120)),
    ])
    func displayNames(text: String, name: String) {
        #expect(DisplayName(text)?.text == name)
    }

    @Test(arguments: [
        "", " ", "a\nb", "a\u{0}b", "a\u{2028}b", String(repeating: "a", count: 121),
        "a" + String(repeating: "\u{301}", count: 300),
    ])
    func refusesDisplayNames(text: String) {
        #expect(DisplayName(text) == nil)
    }

    @Test func comparesDisplayNamesWithoutCaseAndSpace() {
        #expect(DisplayName("Springfield  usd")?.comparisonText == "springfield usd")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z", "1969-1970"),
        (1_767_225_599_999, "2025-12-31T23:59:59Z", "2025-2026"),
        (1_751_327_999_000, "2025-06-30T23:59:59Z", "2024-2025"),
        (1_751_328_000_000, "2025-07-01T00:00:00Z", "2025-2026"),
        (1_709_164_800_000, "2024-02-29T00:00:00Z", "2023-2024"),
        (-1, "1969-12-31T23:59:59Z", "1969-1970"),
    ])
    func dates(milliseconds: Int64, text: String, schoolYear: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.iso8601Seconds == text)
        #expect(CalendarDate(time).schoolYear == schoolYear)
    }
}
