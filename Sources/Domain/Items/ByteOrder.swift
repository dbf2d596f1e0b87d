#if canImport(Glibc)
    import Glibc
#endif

/// Comparing texts by their UTF-8 bytes, as DynamoDB does.
///
/// Swift's own `==` and `<` of strings go by canonical equivalence: to them `é` in one scalar and `é` in two
/// are the same, to DynamoDB they are two names and two values.
public enum ByteOrder {
    /// Whether the bytes are the same.
    public static func areEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && compare(left, right) == 0
    }

    /// Negative, zero or positive, as `left` comes before, equals or comes after `right`.
    public static func compare(_ left: String, _ right: String) -> Int {
        let fast = left.utf8.withContiguousStorageIfAvailable { leftBytes in
            right.utf8.withContiguousStorageIfAvailable { compare(leftBytes, $0) }
        }
        if let fast, let order = fast { return order }
        if left.utf8.elementsEqual(right.utf8) { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    /// Negative, zero or positive, as `left` comes before, equals or comes after `right`; unsigned.
    public static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left.withUnsafeBufferPointer { leftBytes in right.withUnsafeBufferPointer { compare(leftBytes, $0) } }
    }

    private static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>)
        -> Int
    {
        let count = min(left.count, right.count)
        if count > 0, let leftStart = left.baseAddress, let rightStart = right.baseAddress {
            let order = memcmp(leftStart, rightStart, count)
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }

    /// Feeds a text's bytes to a hasher.
    static func hash(_ text: String, into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }
}
