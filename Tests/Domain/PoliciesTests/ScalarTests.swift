import Base
import Testing

@testable import Policies

@Suite struct ScalarTests {
    private func number(_ text: String) -> Int128? {
        let bytes = Array(text.utf8)
        return ConditionNumber.parse(bytes.span)
    }

    private func date(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        return ConditionDate.parse(bytes.span)
    }

    private func range(of text: String) -> AddressRange? {
        let bytes = Array(text.utf8)
        return AddressRange.parse(bytes.span)
    }

    @Test(
        arguments: [
            ("0", 0), ("-1", -1_000_000_000), ("+2", 2_000_000_000), ("0.5", 500_000_000),
            ("1.000000001", 1_000_000_001),
            ("999999999999999999", 999_999_999_999_999_999_000_000_000),
        ] as [(String, Int128)])
    func readsNumbers(text: String, value: Int128) { #expect(number(text) == value) }

    @Test(arguments: [
        "", "-", ".5", "1.", "1e3", "1 ", "1.0000000001", "1000000000000000000", "0x1", "1.2.3", "½",
        String(repeating: "9", count: 60), "0." + String(repeating: "0", count: 60),
    ])
    func refusesNumbers(text: String) { #expect(number(text) == nil) }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("1970-01-01T00:00Z", 0), ("2000-02-29", 951_782_400_000),
            ("2026-01-31T10:00:00Z", 1_769_853_600_000), ("2026-01-31T10:00:00.25Z", 1_769_853_600_250),
            ("2026-01-31T10:00:00+02:00", 1_769_846_400_000), ("2026-01-31T10:00-00:30", 1_769_855_400_000),
            ("1769853600", 1_769_853_600_000), ("1969-12-31T23:59:59Z", -1000),
        ] as [(String, Int64)])
    func readsDates(text: String, value: Int64) { #expect(date(text) == value) }

    @Test(arguments: [
        "", "2026-13-01", "2026-02-29", "2026-00-10", "2026-01-31T10:00", "2026-01-31T24:00Z",
        "2026-01-31T10:60Z",
        "2026-01-31T10:00:60Z", "2026-01-31T10:00:00.Z", "2026-01-31T10:00Zx", "2026-1-31", "-5",
        "12345678901234",
        "2026-01-31 10:00Z", "2026-01-31T10:00+2:00",
    ])
    func refusesDates(text: String) { #expect(date(text) == nil) }

    @Test(arguments: [
        ("10.1.2.3", "10.0.0.0/8", true), ("11.1.2.3", "10.0.0.0/8", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "0.0.0.0/0", true), ("::ffff:10.1.2.3", "10.0.0.0/8", true), ("::1", "0.0.0.0/0", false),
        ("10.1.2.3", "::/0", false), ("2001:db8::1", "2001:db8::/32", true),
        ("2001:db9::1", "2001:db8::/32", false),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1", true), ("::1", "::1/128", true),
        ("1::", "1:0:0:0:0:0:0:0", true),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", true), ("1:2::7:8", "1:2:0:0:0:0:7:8", true),
        ("10.1.2.128", "10.1.2.128/25", true), ("10.1.2.127", "10.1.2.128/25", false),
    ])
    func comparesAddresses(address: String, range: String, isInside: Bool) throws {
        let one = try #require(self.range(of: address))
        let several = try #require(self.range(of: range))
        #expect(several.contains(one) == isInside)
    }

    @Test(arguments: [
        "", "10.1.2", "10.1.2.3.4", "256.1.1.1", "01.2.3.4", "10.1.2.3/33", "10.1.2.3/", "::1/129", ":::",
        "1::2::3",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "10.1.2.3 ", "1:", ":1",
        "1:2:3:4:5:6:7:1.2.3.4",
    ])
    func refusesAddresses(text: String) { #expect(range(of: text) == nil) }

    @Test(arguments: 0..<4 as Range<UInt64>) func randomTextsNeverCrash(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let stock = Array("0123456789:./-+TZabf*${}".utf8) + [0xC3, 0xFF]
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                stock[Int.random(in: 0..<stock.count, using: &random)]
            }
            if let number = ConditionNumber.parse(bytes.span) {
                #expect(abs(number) < 1_000_000_000_000_000_000_000_000_000)
            }
            if let range = AddressRange.parse(bytes.span) { #expect((0...128).contains(range.prefixBits)) }
            if let date = ConditionDate.parse(bytes.span) { #expect(abs(date) < 10_000_000_000_000_000) }
        }
    }
}
