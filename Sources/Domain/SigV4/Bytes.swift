#if canImport(Glibc)
    import Glibc
#endif

extension [UInt8] {
    /// Adds bytes in one copy.
    @inline(__always)
    mutating func append(bytes: UnsafeRawBufferPointer) {
        append(
            contentsOf: UnsafeBufferPointer(
                start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count))
    }
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLetterOrDigit: Bool { isDigit || (self >= 0x41 && self <= 0x5A) || (self >= 0x61 && self <= 0x7A) }

    /// Whether RFC 3986 lets the byte stand in a URL as it is: `A-Z a-z 0-9 - . _ ~`.
    var isUnreserved: Bool { isLetterOrDigit || self == 0x2D || self == 0x2E || self == 0x5F || self == 0x7E }
}

extension UnsafeRawBufferPointer {
    /// The bytes in `range`, counted from 0.
    @inline(__always)
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }

    /// The bytes as text.
    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

    /// Whether the bytes are those of `literal`.
    @inline(__always)
    func equals(_ literal: StaticString) -> Bool {
        count == literal.utf8CodeUnitCount && equals(UnsafeRawPointer(literal.utf8Start))
    }

    /// Whether both have the same bytes.
    @inline(__always)
    func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let address = other.baseAddress else { return true }
        return equals(address)
    }

    /// Whether as many bytes stand at `other`.
    @inline(__always)
    private func equals(_ other: UnsafeRawPointer) -> Bool {
        guard let baseAddress else { return true }
        return memcmp(baseAddress, other, count) == 0
    }

    /// Whether the bytes sort before `other`'s.
    @inline(__always)
    func precedes(_ other: UnsafeRawBufferPointer) -> Bool {
        guard let baseAddress, let address = other.baseAddress else { return count < other.count }
        let order = memcmp(baseAddress, address, Swift.min(count, other.count))
        return order < 0 || (order == 0 && count < other.count)
    }

    /// Where `byte` first stands in `range`.
    @inline(__always)
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        guard !range.isEmpty, let baseAddress,
            let found = memchr(baseAddress + range.lowerBound, Int32(byte), range.count)
        else { return nil }
        return UnsafeRawPointer(found) - baseAddress
    }

    /// `range` without the spaces and tabs at both ends.
    @inline(__always)
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start] <= 0x20 { start += 1 }
        while end > start, self[end - 1] <= 0x20 { end -= 1 }
        return start..<end
    }

    /// Whether no byte in `range` is white space or another control character; eight bytes at a step.
    @inline(__always)
    func hasNoSpace(_ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let word = loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // The high bit of each byte that is below 0x21; a borrow can only add a hit behind a true one.
            if (word &- 0x2121_2121_2121_2121) & ~word & 0x8080_8080_8080_8080 != 0 { return false }
            index += 8
        }
        while index < range.upperBound {
            if self[index] < 0x21 { return false }
            index += 1
        }
        return true
    }
}
