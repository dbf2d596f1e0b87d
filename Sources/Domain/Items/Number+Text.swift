extension Number {
    /// Reads a number from text: sign, digits, point, exponent.
    /// - Throws: `validation`: no number, more than 38 significant digits, overflow or underflow, in AWS's
    ///   words.
    public init(parsing text: Span<UInt8>) throws(ItemError) {
        var scan = NumberScan()
        switch scan.read(text) {
        case .number: break
        case .malformed:
            var bytes: [UInt8] = []
            for index in text.indices { bytes.append(text[index]) }
            throw .notNumeric(String(decoding: bytes, as: UTF8.self))
        case .tooPrecise: throw .numberTooPrecise
        case .overflow: throw .numberOverflow
        case .underflow: throw .numberUnderflow
        }
        try self.init(coefficient: scan.coefficient, exponent: scan.exponent, isNegative: scan.isNegative)
    }

    /// Reads a number from text.
    /// - Throws: as `init(parsing:)` of bytes.
    public init(parsing text: String) throws(ItemError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span)
    }

    /// As DynamoDB answers it: plain digits, no exponent, no needless zeros.
    public var text: String {
        var bytes: [UInt8] = []
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `text`.
    public func appendText(to bytes: inout [UInt8]) {
        guard !isZero else { return bytes.append(0x30) }
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        let exponent = Int(exponent)
        if exponent >= 0 {
            appendDigits(to: &bytes)
            bytes.append(contentsOf: repeatElement(0x30, count: exponent))
        } else if magnitude < 0 {
            bytes.append(0x30)
            bytes.append(UInt8(ascii: "."))
            bytes.append(contentsOf: repeatElement(0x30, count: -magnitude - 1))
            appendDigits(to: &bytes)
        } else {
            appendDigits(to: &bytes)
            bytes.insert(UInt8(ascii: "."), at: bytes.count + exponent)
        }
    }

    /// Appends the coefficient's digits.
    func appendDigits(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0x30, count: Int(digitCount)))
        var index = start + Int(digitCount)
        // Nineteen digits at a time: dividing 128 bits is slow.
        let chunk: UInt128 = 10_000_000_000_000_000_000
        var rest = coefficient
        while rest > 0 {
            var (part, left): (UInt64, Int)
            if rest < chunk {
                (part, left) = (UInt64(rest), index - start)
                rest = 0
            } else {
                (part, left) = (UInt64(rest % chunk), 19)
                rest /= chunk
            }
            while left > 0 {
                index -= 1
                left -= 1
                bytes[index] = 0x30 + UInt8(part % 10)
                part /= 10
            }
        }
    }
}

/// The reading of a number's text.
private struct NumberScan {
    enum Outcome { case number, malformed, tooPrecise, overflow, underflow }

    private(set) var coefficient: UInt128 = 0
    private(set) var exponent = 0
    private(set) var isNegative = false
    private var writtenExponent = 0
    private var significantCount = 0
    private var trailingZeroCount = 0
    private var isTooPrecise = false
    // The first nineteen digits need no 128-bit arithmetic.
    private var small: UInt64 = 0

    mutating func read(_ text: Span<UInt8>) -> Outcome {
        var index = 0
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        var digitCount = 0
        var pointCount = 0
        scan: while index < text.count {
            let byte = text[index]
            switch byte {
            case 0x30...0x39:
                digitCount += 1
                exponent -= pointCount
                take(byte - 0x30)
            case UInt8(ascii: "."):
                guard pointCount == 0 else { return .malformed }
                pointCount = 1
            default: break scan
            }
            index += 1
        }
        guard digitCount > 0 else { return .malformed }
        if index < text.count {
            guard text[index] | 0x20 == UInt8(ascii: "e"), readExponent(text, from: index + 1) else {
                return .malformed
            }
        }
        exponent += trailingZeroCount
        if significantCount == 0 { return zero() }
        if significantCount <= 19 { coefficient = UInt128(small) }
        if isTooPrecise { return .tooPrecise }
        return .number
    }

    /// Zero is refused by the exponent that it is written with, as other numbers are by their magnitude.
    private mutating func zero() -> Outcome {
        exponent = 0
        if writtenExponent > Number.magnitudes.upperBound { return .overflow }
        return writtenExponent < Number.magnitudes.lowerBound ? .underflow : .number
    }

    /// Zeros wait until a digit follows: trailing ones do not count.
    private mutating func take(_ digit: UInt8) {
        if digit == 0 {
            if significantCount > 0 { trailingZeroCount += 1 }
            return
        }
        while trailingZeroCount > 0 {
            trailingZeroCount -= 1
            append(0)
        }
        append(digit)
    }

    private mutating func append(_ digit: UInt8) {
        significantCount += 1
        switch significantCount {
        case ...19: small = small * 10 + UInt64(digit)
        case 20: coefficient = UInt128(small) * 10 + UInt128(digit)
        case ...Number.digitsMax: coefficient = coefficient * 10 + UInt128(digit)
        default: isTooPrecise = true
        }
    }

    private mutating func readExponent(_ text: Span<UInt8>, from start: Int) -> Bool {
        var index = start
        var isMinus = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isMinus = text[index] == UInt8(ascii: "-")
            index += 1
        }
        guard index < text.count else { return false }
        var value: Int64 = 0
        while index < text.count {
            guard text[index] >= 0x30, text[index] <= 0x39 else { return false }
            let (tenfold, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = tenfold.addingReportingOverflow(Int64(text[index] - 0x30))
            // The service does not take an exponent beyond 64 bits for a number at all.
            if isTooLarge || isLarger { return false }
            value = sum
            index += 1
        }
        // Far beyond any magnitude, and far from overflowing.
        let clamped = Int(min(value, 1_000_000_000_000))
        writtenExponent = isMinus ? -clamped : clamped
        exponent += writtenExponent
        return true
    }
}
