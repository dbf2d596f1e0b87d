import Base
import Items
import Testing

@Suite struct NumberTests {
    static let nines = String(repeating: "9", count: 38)

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.000", "0"), ("0e125", "0"), ("0.00e-130", "0"), ("+3", "3"),
        ("001.23", "1.23"),
        ("1e3", "1000"),
        ("1E3", "1000"), ("1.0", "1"), ("1.50", "1.5"), (".5", "0.5"), ("5.", "5"), ("-12.5e-1", "-1.25"),
        ("1e-3", "0.001"), ("123e-2", "1.23"), ("100", "100"), ("-1e+2", "-100"),
        ("10203.0405", "10203.0405"),
        ("1.00000000000000007629769841092E+50", "100000000000000007629769841092000000000000000000000"),
        ("0000012345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        (nines, nines), ("-" + nines, "-" + nines), (nines + "000", nines + "000"),
        ("0." + nines, "0." + nines),
        ("1e-130", "0." + String(repeating: "0", count: 129) + "1"),
        ("1e125", "1" + String(repeating: "0", count: 125)),
        (String(repeating: "0", count: 500) + "1" + String(repeating: "0", count: 20) + "e-20", "1"),
    ])
    func answersNormalized(_ text: String, _ answer: String) throws {
        #expect(try Number(parsing: text).text == answer)
    }

    @Test(arguments: [
        "", " 1", "1 ", "NaN", "Infinity", "-", "+", ".", "1e", "1e+", "e5", "1.2.3", "--1", "0x1", "1_0",
        // An exponent beyond 64 bits.
        "1e9223372036854775808", "1e-99999999999999999999", "0e99999999999999999999",
        "١",
    ])
    func refusesWhatIsNoNumber(_ text: String) {
        let error = ItemError.validation(
            "The parameter cannot be converted to a numeric value" + (text.isEmpty ? "" : ": \(text)"))
        #expect(throws: error) { try Number(parsing: text) }
    }

    static let tooPrecise = ItemError.validation(
        "Attempting to store more than 38 significant digits in a Number")
    static let overflow = ItemError.validation(
        "Number overflow. Attempting to store a number with magnitude larger than supported range")
    static let underflow = ItemError.validation(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range")

    @Test(arguments: [
        ("1" + nines, tooPrecise), ("-1.23456789012345678901234567890123456789", tooPrecise),
        (String(repeating: "1", count: 4000), tooPrecise), ("1e126", overflow), ("-1e126", overflow),
        ("0.1e127", overflow), ("1e9223372036854775807", overflow), ("1e2147483648", overflow),
        ("0e126", overflow), ("-0.0e126", overflow), ("0e-131", underflow),
        ("0e-9223372036854775807", underflow),
        ("1e-131", underflow),
        ("-9.9e-131", underflow), ("1e-9223372036854775807", underflow),
    ])
    func refusesNumbersOutOfRange(_ text: String, _ error: ItemError) {
        #expect(throws: error) { try Number(parsing: text) }
    }

    @Test(arguments: [
        ("1", "2", "3"), ("1", "-1", "0"), ("0", "-5", "-5"),
        ("1e30", "1", "1000000000000000000000000000001"),
        ("0.1", "0.2", "0.3"), (nines, "1", "100000000000000000000000000000000000000"), ("1e38", "-1", nines),
        ("-1e38", "1", "-" + nines), ("1e37", "1e-0", "10000000000000000000000000000000000001"),
        ("5", "-7", "-2"),
        ("1e-130", "1e-130", "0." + String(repeating: "0", count: 129) + "2"),
        ("1.1e-129", "-1e-130", "0." + String(repeating: "0", count: 128) + "1"), ("999.5", "0.5", "1000"),
    ])
    func addsExactly(_ left: String, _ right: String, _ sum: String) throws {
        let (first, second) = (try Number(parsing: left), try Number(parsing: right))
        #expect(try first.adding(second).text == sum)
        #expect(try second.adding(first).text == sum)
        #expect(try first.subtracting(-second).text == sum)
    }

    @Test(arguments: [
        ("1e38", "1", tooPrecise), ("1e125", "1e-130", tooPrecise), (nines, "0.1", tooPrecise),
        ("9e125", "1e125", overflow),
        ("-9e125", "-9e125", overflow), ("1.1e-130", "-1e-130", underflow), ("3.5e38", "1", tooPrecise),
    ])
    func refusesSumsOutOfRange(_ left: String, _ right: String, _ error: ItemError) throws {
        let (first, second) = (try Number(parsing: left), try Number(parsing: right))
        #expect(throws: error) { try first.adding(second) }
        #expect(throws: error) { try second.adding(first) }
    }

    @Test func ordersAsItsKeyBytesDo() throws {
        let texts = [
            "-9.9e125", "-1e125", "-" + Self.nines, "-100", "-99.5", "-99", "-10", "-1.01", "-1.001", "-1",
            "-0.99", "-1e-130",
            "0", "1e-130", "0.5", "0.99", "1", "1.001", "1.01", "1.1", "9", "10", "11", "99", "99.5", "100",
            "101", Self.nines,
            "1e125", "9.9e125",
        ]
        let numbers = try texts.map { try Number(parsing: $0) }
        for (index, number) in numbers.enumerated() {
            #expect(Number(decodingKey: key(number)) == number)
            for (otherIndex, other) in numbers.enumerated() {
                #expect((number < other) == (index < otherIndex))
                #expect(key(number).lexicographicallyPrecedes(key(other)) == (index < otherIndex))
            }
        }
    }

    private func key(_ number: Number) -> [UInt8] {
        var bytes: [UInt8] = []
        number.append(to: &bytes)
        return bytes
    }
}
