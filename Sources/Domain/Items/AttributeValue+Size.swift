extension AttributeValue {
    /// The bytes that DynamoDB counts for the value. Source: Developer Guide, "DynamoDB item sizes and
    /// formats".
    public var sizeBytes: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .number(let number): number.sizeBytes
        case .binary(let bytes): bytes.count
        case .bool, .null: 1
        case .list(let values): values.reduce(3) { $0 + 1 + $1.sizeBytes }
        case .map(let map): map.reduce(3) { $0 + 1 + $1.key.utf8.count + $1.value.sizeBytes }
        case .stringSet(let members): members.reduce(0) { $0 + $1.utf8.count }
        case .numberSet(let members): members.reduce(0) { $0 + $1.sizeBytes }
        case .binarySet(let members): members.reduce(0) { $0 + $1.count }
        }
    }
}

extension Number {
    /// The bytes that DynamoDB counts: one, one more for each two significant digits (in pairs of the decimal
    /// positions), one for a minus; a zero is one byte.
    var sizeBytes: Int {
        guard !isZero else { return 1 }
        let count = Int(digitCount)
        // Pairs begin at even positions: an even count of digits that begins inside a pair touches one pair
        // more.
        let straddles = count % 2 == 0 && magnitude % 2 == 0
        return 1 + (count + 1) / 2 + (straddles ? 1 : 0) + (isNegative ? 1 : 0)
    }
}
