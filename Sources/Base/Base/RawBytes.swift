#if canImport(Glibc)
    import Glibc
#endif

extension UnsafeRawBufferPointer {
    /// Whether these are the bytes of `other`.
    public func isSame(as other: [UInt8]) -> Bool {
        guard count == other.count, let start = baseAddress else { return count == other.count }
        return other.withUnsafeBytes { other in
            other.baseAddress.map { memcmp(start, $0, count) == 0 } ?? true
        }
    }

    /// Whether these are the bytes of `text`.
    public func isSame(as text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount, let start = baseAddress else { return false }
        return memcmp(start, text.utf8Start, count) == 0
    }

    /// The bytes in `range`, counted from 0.
    public func part(from start: Int, to end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}
