import Base

/// The partition key or the sort key as it is put together from its attributes.
///
/// A key of one attribute is that attribute's own bytes. Several attributes stand one behind the other, each so that
/// its end can be told: no encoding of an attribute's values is another's beginning, and bytes compare as the
/// values do, the first attribute first. So an equality on the first attributes is a beginning of bytes, and a range
/// of the one behind them is a range of bytes. Strings and binaries: a zero becomes `00 FF`, the end is `00 01`.
/// Numbers in `Number.append(to:)`'s encoding tell their end by themselves.
struct KeySide {
    private static let escaped: UInt8 = 0xFF
    private static let end: UInt8 = 0x01

    /// The bytes so far.
    private(set) var bytes: [UInt8] = []
    private let isPartition: Bool
    private let hasSeveral: Bool
    /// How many bytes the values have by themselves, which is what is limited.
    private var valueBytes = 0

    /// The beginning of a partition key or of a sort key, of one attribute or of several.
    init(isPartition: Bool, hasSeveral: Bool) {
        self.isPartition = isPartition
        self.hasSeveral = hasSeveral
    }

    /// Adds the next attribute's value.
    /// - Throws: `validation`: the key becomes too long.
    mutating func append(_ value: [UInt8], as type: KeyType) throws(ItemError) {
        try count(value)
        guard hasSeveral else {
            bytes = value
            return
        }
        guard type != .number else { return bytes.append(contentsOf: value) }
        escape(value)
        bytes.append(0)
        bytes.append(KeySide.end)
    }

    /// Adds a beginning of the next attribute's value, a string or binary: of all such keys this is the beginning.
    /// - Throws: `validation`: the key becomes too long.
    mutating func append(beginning value: [UInt8]) throws(ItemError) {
        try count(value)
        if hasSeveral { escape(value) } else { bytes = value }
    }

    private mutating func count(_ value: [UInt8]) throws(ItemError) {
        valueBytes += value.count
        if isPartition {
            guard valueBytes <= Limits.partitionKeyBytesMax else { throw .partitionKeyTooLong }
        } else {
            guard valueBytes <= Limits.sortKeyBytesMax else { throw .sortKeyTooLong }
        }
    }

    private mutating func escape(_ value: [UInt8]) {
        bytes.reserveCapacity(bytes.count + value.count + 2)
        for byte in value {
            bytes.append(byte)
            if byte == 0 { bytes.append(KeySide.escaped) }
        }
    }

    /// The bytes of the value that stands at `start` in a key of several attributes, and where the next one begins;
    /// nil where no value of this type stands there.
    static func value(
        in key: [UInt8], from start: Int, as type: KeyType
    ) -> (bytes: [UInt8], end: Int)? {
        guard type != .number else {
            guard let end = Number.endOfKey(in: key, from: start) else { return nil }
            return (Array(key[start..<end]), end)
        }
        var bytes: [UInt8] = []
        var index = start
        while index < key.count {
            let byte = key[index]
            index += 1
            guard byte == 0 else {
                bytes.append(byte)
                continue
            }
            guard index < key.count else { return nil }
            if key[index] == end { return (bytes, index + 1) }
            guard key[index] == escaped else { return nil }
            bytes.append(0)
            index += 1
        }
        return nil
    }
}
