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

    /// Whether the bytes of `piece`, which are some, stand anywhere in these; fast where its first byte is rare.
    public func contains(_ piece: [UInt8]) -> Bool {
        piece.withUnsafeBytes { piece in
            guard let start = baseAddress, let wanted = piece.baseAddress else { return false }
            var place = 0
            while place + piece.count <= count,
                let found = memchr(start + place, Int32(piece[0]), count - place - piece.count + 1)
            {
                if memcmp(found, wanted, piece.count) == 0 { return true }
                place = UnsafeRawPointer(found) - start + 1
            }
            return false
        }
    }

    /// The bytes in `range`, counted from 0.
    public func part(from start: Int, to end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}
