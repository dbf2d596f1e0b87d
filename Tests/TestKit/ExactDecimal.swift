/// A decimal number of any length, calculated digit by digit as on paper: the oracle that fast numbers are held against.
public struct ExactDecimal: Hashable, Sendable {
    /// Whether it is below zero.
    public let isNegative: Bool
    /// The digits, the most significant first, without zeros at either end; none for zero.
    public let digits: [Int]
    /// The power of ten of the last digit; 0 for zero.
    public let exponent: Int

    /// Zero.
    public static let zero = ExactDecimal(digits: [], exponent: 0, isNegative: false)

    /// The number with these digits, of which the last stands for 10^`exponent`.
    public init(digits: [Int], exponent: Int, isNegative: Bool) {
        var digits = Array(digits.drop { $0 == 0 })
        var exponent = exponent
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        self.digits = digits
        self.exponent = digits.isEmpty ? 0 : exponent
        self.isNegative = isNegative && !digits.isEmpty
    }

    /// A whole number.
    public init(_ value: Int) {
        self.init(
            digits: "\(value.magnitude)".compactMap(\.wholeNumberValue), exponent: 0, isNegative: value < 0)
    }

    /// Reads `[+-]digits[.digits][e[+-]digits]`, at least one digit before the exponent; nil for all else.
    public init?(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        let isNegative = rest.first == "-"
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        let whole = ExactDecimal.digits(from: &rest)
        var fraction: [Int] = []
        if rest.first == "." {
            rest.removeFirst()
            fraction = ExactDecimal.digits(from: &rest)
        }
        guard !(whole + fraction).isEmpty else { return nil }
        var power = 0
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            let isMinus = rest.first == "-"
            if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
            let digits = ExactDecimal.digits(from: &rest)
            guard !digits.isEmpty else { return nil }
            // More than a dozen digits are beyond every range alike.
            power = digits.drop { $0 == 0 }.prefix(12).reduce(0) { $0 * 10 + $1 } * (isMinus ? -1 : 1)
        }
        guard rest.isEmpty else { return nil }
        self.init(digits: whole + fraction, exponent: power - fraction.count, isNegative: isNegative)
    }

    private static func digits(from rest: inout ArraySlice<Unicode.Scalar>) -> [Int] {
        var digits: [Int] = []
        while let scalar = rest.first, scalar.value >= 48, scalar.value <= 57 {
            digits.append(Int(scalar.value) - 48)
            rest.removeFirst()
        }
        return digits
    }

    /// Whether it is zero.
    public var isZero: Bool { digits.isEmpty }

    /// The power of ten of the first digit.
    public var magnitude: Int { exponent + digits.count - 1 }

    /// Plain digits without an exponent and without needless zeros.
    public var text: String {
        guard !isZero else { return "0" }
        var whole = digits
        var fraction: [Int] = []
        if exponent >= 0 {
            whole += Array(repeating: 0, count: exponent)
        } else {
            let padded = Array(repeating: 0, count: max(0, 1 - exponent - digits.count)) + digits
            whole = Array(padded.dropLast(-exponent))
            fraction = Array(padded.suffix(-exponent))
        }
        let texts = [whole, fraction].map { $0.map(String.init).joined() }
        return (isNegative ? "-" : "") + texts[0] + (fraction.isEmpty ? "" : "." + texts[1])
    }

    // MARK: Arithmetic

    /// The other sign.
    public static prefix func - (number: ExactDecimal) -> ExactDecimal {
        ExactDecimal(digits: number.digits, exponent: number.exponent, isNegative: !number.isNegative)
    }

    /// The sum.
    public static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let exponent = min(left.exponent, right.exponent)
        let (first, second) = aligned(left, right)
        if left.isNegative == right.isNegative {
            return ExactDecimal(
                digits: sum(first, second), exponent: exponent, isNegative: left.isNegative)
        }
        if second.lexicographicallyPrecedes(first) {
            return ExactDecimal(
                digits: difference(first, second), exponent: exponent, isNegative: left.isNegative)
        }
        return ExactDecimal(
            digits: difference(second, first), exponent: exponent, isNegative: right.isNegative)
    }

    /// The difference.
    public static func - (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal { left + -right }

    /// The digits of both, padded to the same last power of ten and to the same length.
    private static func aligned(_ left: ExactDecimal, _ right: ExactDecimal) -> ([Int], [Int]) {
        let exponent = min(left.exponent, right.exponent)
        let padded = [left, right].map { $0.digits + Array(repeating: 0, count: $0.exponent - exponent) }
        let length = max(padded[0].count, padded[1].count)
        let both = padded.map { Array(repeating: 0, count: length - $0.count) + $0 }
        return (both[0], both[1])
    }

    private static func sum(_ left: [Int], _ right: [Int]) -> [Int] {
        var result: [Int] = []
        var carry = 0
        for (one, other) in zip(left, right).reversed() {
            result.append((one + other + carry) % 10)
            carry = (one + other + carry) / 10
        }
        result.append(carry)
        return result.reversed()
    }

    /// `left` is not the smaller one.
    private static func difference(_ left: [Int], _ right: [Int]) -> [Int] {
        var result: [Int] = []
        var borrowed = 0
        for (one, other) in zip(left, right).reversed() {
            let digit = one - other - borrowed
            borrowed = digit < 0 ? 1 : 0
            result.append(digit + 10 * borrowed)
        }
        return result.reversed()
    }
}

extension ExactDecimal: Comparable {
    /// By value: whether the difference is below zero.
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool { (left - right).isNegative }
}

extension ExactDecimal {
    /// Why DynamoDB does not store a number. Source: DynamoDB Developer Guide, "Data types: Number".
    public enum Fault: Sendable, Hashable {
        /// It has more than 38 significant digits.
        case tooPrecise
        /// Its magnitude is 1e126 or more.
        case overflow
        /// It is not zero, and its magnitude is below 1e-130.
        case underflow
    }

    /// What keeps DynamoDB from storing it, or nil.
    public var fault: Fault? {
        if digits.count > 38 { return .tooPrecise }
        if isZero { return nil }
        if magnitude > 125 { return .overflow }
        return magnitude < -130 ? .underflow : nil
    }
}
