import Base
import Testing

@Suite struct IdentifierTests {
    @Test func newIdentifiersReadBack() {
        let random = SeededRandom(seed: 1)
        let tenant = TenantID(random: random)
        #expect(TenantID(tenant.text) == tenant)
        #expect(SchoolID(tenant.text) == nil)
        #expect(TenantID(random: random) != tenant)
    }

    @Test(arguments: [
        "", "t", "t12345678901234", "t1234567890123456", "t12345678901234#", "T123456789012345",
    ])
    func refusesTenantID(text: String) { #expect(TenantID(text) == nil) }

    @Test(arguments: ["", "-a", "A", "a/b", "..", String(repeating: "a", count: 65)])
    func refusesStoreID(text: String) { #expect(StoreID(text) == nil) }

    @Test(arguments: [
        "", "a#b", "1*", "?", "${1}", "a b", "a/b", "é", "1\n", String(repeating: "1", count: 65),
    ])
    func refusesStudentID(text: String) { #expect(StudentID(text) == nil) }

    @Test(arguments: ["1", "0042", "A-7_b.c", "..", String(repeating: "1", count: 64)])
    func takesStudentID(text: String) { #expect(StudentID(text)?.text == text) }

    @Test(arguments: ["ab", "a b", "a#b", String(repeating: "a", count: 256)])
    func refusesTableName(text: String) { #expect(TableName(text) == nil) }
}
