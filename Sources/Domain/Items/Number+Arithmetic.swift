extension Number {
    /// The exact sum.
    /// - Throws: `validation`: more than 38 significant digits, overflow or underflow, in AWS's words.
    public func adding(_ other: Number) throws(ItemError) -> Number {
        if isZero { return other }
        if other.isZero { return self }
        let (upper, lower) = exponent >= other.exponent ? (self, other) : (other, self)
        let shift = Int(upper.exponent) - Int(lower.exponent)
        // The lower one's last digit is not zero and stays the sum's last digit. An upper one that no longer
        // fits in 128 bits once it is shifted exceeds 3.4e38, the lower one is below 1e38: the sum has more
        // than 38 digits.
        guard shift < Number.powers.count else { throw .numberTooPrecise }
        let shifted = upper.coefficient.multipliedReportingOverflow(by: Number.powers[shift])
        guard !shifted.overflow else { throw .numberTooPrecise }
        let exponent = Int(lower.exponent)
        guard upper.isNegative != lower.isNegative else {
            let sum = shifted.partialValue.addingReportingOverflow(lower.coefficient)
            guard !sum.overflow else { throw .numberTooPrecise }
            return try Number(coefficient: sum.partialValue, exponent: exponent, isNegative: upper.isNegative)
        }
        if shifted.partialValue >= lower.coefficient {
            let difference = shifted.partialValue - lower.coefficient
            return try Number(coefficient: difference, exponent: exponent, isNegative: upper.isNegative)
        }
        let difference = lower.coefficient - shifted.partialValue
        return try Number(coefficient: difference, exponent: exponent, isNegative: lower.isNegative)
    }

    /// The exact difference.
    /// - Throws: as `adding`.
    public func subtracting(_ other: Number) throws(ItemError) -> Number { try adding(-other) }
}
