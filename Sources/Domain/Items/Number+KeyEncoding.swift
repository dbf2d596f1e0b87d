extension Number {
    // The first byte orders the signs; then the magnitude, then digit pairs, then an end mark. Of negative
    // numbers, every byte behind the first is complemented. So bytes compare as numbers do, and no encoding
    // is another's beginning.
    private static let negative: UInt8 = 0x40
    private static let zeroMark: UInt8 = 0x80
    private static let positive: UInt8 = 0xC0

    /// Appends bytes that compare, unsigned, as the numbers do; at most 22.
    public func append(to key: inout [UInt8]) {
        guard !isZero else { return key.append(Number.zeroMark) }
        let mask: UInt8 = isNegative ? 0xFF : 0
        key.append(isNegative ? Number.negative : Number.positive)
        key.append(UInt8(magnitude - Number.magnitudes.lowerBound) ^ mask)
        var digits: [UInt8] = []
        digits.reserveCapacity(Int(digitCount) + 1)
        appendDigits(to: &digits)
        if digits.count % 2 == 1 { digits.append(0x30) }
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = (digits[index] - 0x30) * 10 + digits[index + 1] - 0x30
            key.append((pair + 1) ^ mask)
        }
        key.append(0 ^ mask)
    }

    /// Where the number ends that `append(to:)` wrote at `start`; nil where no end is found.
    static func endOfKey(in key: [UInt8], from start: Int) -> Int? {
        guard start < key.count else { return nil }
        let mark: UInt8
        switch key[start] {
        case zeroMark: return start + 1
        case positive: mark = 0
        case negative: mark = 0xFF
        default: return nil
        }
        // Behind the mark and the magnitude, no pair of digits looks like the end.
        guard start + 2 < key.count else { return nil }
        return key[(start + 2)...].firstIndex(of: mark).map { $0 + 1 }
    }

    /// Reads what `append(to:)` wrote; nil where `key` is something else.
    public init?(decodingKey key: some Collection<UInt8>) {
        var bytes = key.makeIterator()
        guard let mark = bytes.next() else { return nil }
        guard mark != Number.zeroMark else {
            guard bytes.next() == nil else { return nil }
            self = .zero
            return
        }
        guard mark == Number.negative || mark == Number.positive, let first = bytes.next() else { return nil }
        let mask: UInt8 = mark == Number.negative ? 0xFF : 0
        var coefficient: UInt128 = 0
        var pairCount = 0
        var last: UInt8 = 0
        while let byte = bytes.next() {
            last = byte ^ mask
            if last == 0 { break }
            // The first pair does not begin with a zero: there is one encoding for each number.
            guard last <= 100, last > 10 || pairCount > 0, pairCount < Number.digitsMax / 2 else {
                return nil
            }
            coefficient = coefficient * 100 + UInt128(last - 1)
            pairCount += 1
        }
        guard last == 0, pairCount > 0, coefficient % 100 != 0, bytes.next() == nil else { return nil }
        // The first pair's first digit is not zero, so the pairs hold twice their number of digits.
        let exponent = Int(first ^ mask) + Number.magnitudes.lowerBound + 1 - pairCount * 2
        do throws(ItemError) {
            try self.init(coefficient: coefficient, exponent: exponent, isNegative: mask != 0)
        } catch {
            return nil
        }
    }
}
