import Base
import Items
import TestKit
import Testing

/// Numbers against an oracle that calculates digit by digit, and the oracle against Python's `decimal`.
@Suite struct NumberFuzzTests {
    @Test(arguments: DecimalCase.all)
    func theOracleCalculatesAsPythonDoes(_ decimal: DecimalCase) throws {
        let left = try #require(ExactDecimal(decimal.left))
        let right = try #require(ExactDecimal(decimal.right))
        #expect(answer(left + right) == decimal.sum)
        #expect(answer(left - right) == decimal.difference)
        #expect((left < right ? "<" : right < left ? ">" : "=") == decimal.order)
        #expect((left == right) == (decimal.order == "="))
    }

    @Test func fuzzedSumsAndOrdersAreTheOracles() throws {
        try Fuzzer("number arithmetic", rounds: 3000, accepting: 0.3...0.99).runParser { random in
            let texts = [randomText(random), randomText(random)]
            let numbers = try texts.map { try Number(parsing: $0) }
            let exact = try texts.map { try #require(ExactDecimal($0)) }
            try #require(numbers.map(\.text) == exact.map(\.text))
            try #require(
                answer { () throws(ItemError) in try numbers[0].adding(numbers[1]) }
                    == answer(exact[0] + exact[1]))
            let difference = answer { () throws(ItemError) in try numbers[0].subtracting(numbers[1]) }
            try #require(difference == answer(exact[0] - exact[1]))
            try #require((numbers[0] < numbers[1]) == (exact[0] < exact[1]))
            try #require((numbers[0] == numbers[1]) == (exact[0] == exact[1]))
            let keys = numbers.map(key)
            try #require(keys[0].lexicographicallyPrecedes(keys[1]) == (numbers[0] < numbers[1]))
            for (number, key) in zip(numbers, keys) {
                try #require(Number(decodingKey: key) == number && key.count <= 22)
                try #require(Number(parsing: number.text) == number)
            }
            return (exact[0] + exact[1]).fault == nil ? .accepted : .refused
        }
    }

    @Test func fuzzedTextsAreNumbersWhereTheOracleSaysSo() throws {
        try Fuzzer("number text", rounds: 4000, accepting: 0.05...0.95).runParser { random in
            let text: String
            if random.oneIn(2) {
                let alphabet = [
                    "0", "0", "1", "9", "5", "+", "-", ".", "e", "E", " ", "x", "00000000", "126", "130",
                ]
                text = (0..<random.below(12)).map { _ in random.pick(alphabet) }.joined()
            } else {
                let valid = Array(randomText(random, exponents: 140).utf8)
                text = String(decoding: valid.mutated(random, changesMax: 2), as: UTF8.self)
            }
            let wanted = wanted(text)
            let found = answer { () throws(ItemError) in try Number(parsing: text) }
            try #require(found == wanted, "\(text.debugDescription)")
            return wanted.first?.isLetter == true ? .refused : .accepted
        }
    }

    @Test func fuzzedBytesAreNoKeyOrComeBackTheSame() throws {
        try Fuzzer("number key", rounds: 4000).run { random in
            var bytes = random.bytes(random.below(24))
            if !bytes.isEmpty { bytes[0] = random.pick([0x40, 0x80, 0xC0]) }
            if bytes.count > 2, random.oneIn(2) { bytes[bytes.count - 1] = bytes[0] == 0x40 ? 0xFF : 0 }
            if let number = Number(decodingKey: bytes) { try #require(key(number) == bytes) }
        }
    }

    /// What a text is to be read as. Zero is refused by the exponent that it is written with, and an exponent beyond 64 bits
    /// makes it no number.
    private func wanted(_ text: String) -> String {
        guard let exact = ExactDecimal(text) else { return "notNumeric" }
        guard let place = text.lastIndex(where: { $0 == "e" || $0 == "E" }) else { return answer(exact) }
        let written = text[text.index(after: place)...]
        guard let exponent = Int64(written.drop { $0 == "-" || $0 == "+" }) else { return "notNumeric" }
        if exact.isZero, exponent > (written.first == "-" ? 130 : 125) {
            return written.first == "-" ? "underflow" : "overflow"
        }
        return answer(exact)
    }

    /// The text, or the name of what keeps DynamoDB from storing it.
    private func answer(_ exact: ExactDecimal) -> String { exact.fault.map { "\($0)" } ?? exact.text }

    private func answer(_ body: () throws(ItemError) -> Number) -> String {
        do throws(ItemError) { return try body().text } catch {
            switch error {
            case NumberTests.tooPrecise: return "tooPrecise"
            case NumberTests.overflow: return "overflow"
            case NumberTests.underflow: return "underflow"
            default:
                return error.text.hasPrefix("The parameter cannot be converted to a numeric value")
                    ? "notNumeric" : error.text
            }
        }
    }

    private func key(_ number: Number) -> [UInt8] {
        var bytes: [UInt8] = []
        number.append(to: &bytes)
        return bytes
    }

    /// Digits, few or up to 38, most often of magnitudes where the two of a round meet.
    private func randomText(_ random: SeededRandom, exponents: Int = 125) -> String {
        let count = 1 + random.below(random.oneIn(2) ? 38 : 6)
        let digits = (0..<count).map { _ in
            String(random.below(random.oneIn(3) ? 10 : 2) * (random.oneIn(2) ? 9 : 1) % 10)
        }
        let sign = random.oneIn(2) ? "-" : ""
        let exponent =
            random.oneIn(6)
            ? random.below(2 * exponents) - exponents - count : random.below(random.oneIn(2) ? 4 : 40) - count
        return "\(sign)\(digits.joined())e\(max(exponent, -130))"
    }
}
