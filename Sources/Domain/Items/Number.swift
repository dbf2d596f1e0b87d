/// DynamoDB's number: up to 38 significant digits, magnitude from 1e-130 to below 1e126, or zero. Exact.
///
/// Always normalized: no trailing zeros in the coefficient, no negative zero; so equal numbers are equal
/// field by field. Source: DynamoDB Developer Guide, "Data types: Number".
public struct Number: Hashable, Sendable {
    // The coefficient in two halves: a UInt128 would align every attribute value to sixteen bytes.
    private let high: UInt64
    private let low: UInt64
    /// The power of ten that the coefficient is multiplied with; 0 for zero.
    let exponent: Int16
    /// How many digits the coefficient has; 0 for zero.
    let digitCount: UInt8
    /// Whether it is below zero.
    public let isNegative: Bool

    static let digitsMax = 38
    /// The decimal exponents of the first digit that are allowed.
    static let magnitudes = -130...125

    /// The digits as a whole number.
    var coefficient: UInt128 { UInt128(high) << 64 | UInt128(low) }

    /// The decimal exponent of the first digit: 2 for 123.
    var magnitude: Int { Int(exponent) + Int(digitCount) - 1 }

    /// Whether it is zero.
    public var isZero: Bool { digitCount == 0 }

    /// Zero.
    public static let zero = Number(0)

    /// A whole number.
    public init(_ value: Int) {
        var coefficient = UInt128(value.magnitude)
        var exponent = 0
        while coefficient != 0, coefficient.isMultiple(of: 10) {
            coefficient /= 10
            exponent += 1
        }
        self.init(unchecked: coefficient, exponent: exponent, isNegative: value < 0)
    }

    /// The number `coefficient` × 10^`exponent`, normalized.
    /// - Throws: `validation` for more than 38 significant digits, overflow and underflow, in AWS's words.
    init(coefficient: UInt128, exponent: Int, isNegative: Bool) throws(ItemError) {
        var coefficient = coefficient
        var exponent = exponent
        while coefficient != 0, coefficient % 10 == 0 {
            coefficient /= 10
            exponent += 1
        }
        guard coefficient < Number.powers[Number.digitsMax] else { throw .numberTooPrecise }
        if coefficient != 0 {
            let magnitude = exponent + Number.digitCount(of: coefficient) - 1
            if magnitude > Number.magnitudes.upperBound { throw .numberOverflow }
            if magnitude < Number.magnitudes.lowerBound { throw .numberUnderflow }
        }
        self.init(unchecked: coefficient, exponent: exponent, isNegative: isNegative)
    }

    /// INVARIANT (normalized): whoever calls this has stripped trailing zeros and checked digits and
    /// magnitude.
    init(unchecked coefficient: UInt128, exponent: Int, isNegative: Bool) {
        high = UInt64(truncatingIfNeeded: coefficient >> 64)
        low = UInt64(truncatingIfNeeded: coefficient)
        self.exponent = coefficient == 0 ? 0 : Int16(exponent)
        digitCount = coefficient == 0 ? 0 : UInt8(Number.digitCount(of: coefficient))
        self.isNegative = coefficient != 0 && isNegative
    }

    /// The same number with the other sign.
    public static prefix func - (number: Number) -> Number {
        Number(unchecked: number.coefficient, exponent: Int(number.exponent), isNegative: !number.isNegative)
    }

    /// 10^0 to 10^38.
    static let powers: [UInt128] = {
        var powers: [UInt128] = [1]
        for _ in 0..<38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// How many decimal digits; 0 for 0.
    static func digitCount(of coefficient: UInt128) -> Int {
        // log10(2) is about 1233/4096: an estimate that is at most one too low.
        let bits = 128 - coefficient.leadingZeroBitCount
        let estimate = (bits * 1233) >> 12
        return estimate < powers.count && coefficient >= powers[estimate] ? estimate + 1 : estimate
    }
}

extension Number: ExpressibleByIntegerLiteral {
    /// A whole number.
    public init(integerLiteral value: Int) { self.init(value) }
}

extension Number: Comparable {
    /// By value.
    public static func < (left: Number, right: Number) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isSmaller(than: left) : left.isSmaller(than: right)
    }

    /// Whether the absolute value is less than `other`'s.
    private func isSmaller(than other: Number) -> Bool {
        if isZero || other.isZero { return isZero && !other.isZero }
        if magnitude != other.magnitude { return magnitude < other.magnitude }
        // Equal magnitudes: the one with fewer digits is padded, which stays within 38.
        let missing = Int(other.digitCount) - Int(digitCount)
        return missing >= 0
            ? coefficient * Number.powers[missing] < other.coefficient
            : coefficient < other.coefficient * Number.powers[-missing]
    }
}

extension ItemError {
    static let numberOverflow = ItemError.validation(
        "Number overflow. Attempting to store a number with magnitude larger than supported range")
    static let numberUnderflow = ItemError.validation(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range")
    static let numberTooPrecise = ItemError.validation(
        "Attempting to store more than 38 significant digits in a Number")

    static func notNumeric(_ text: String) -> ItemError {
        .validation(
            text.isEmpty
                ? "The parameter cannot be converted to a numeric value"
                : "The parameter cannot be converted to a numeric value: \(text)")
    }
}
