#if canImport(Glibc)
    import Glibc
#endif

/// Bytes that are put together in memory of their own, which is used again and again: appending allocates nothing
/// once it has grown.
///
/// For one owner at a time. Its memory stays where it is until something is appended, so that a C library may read
/// it after the call that made it.
public final class ByteBuffer {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    /// How many bytes there are.
    public private(set) var count = 0

    /// An empty buffer without memory.
    public init() {}

    deinit { free(memory) }

    /// The bytes, until something is appended or removed.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    /// Forgets the bytes and keeps the memory, unless it has grown beyond `limit`.
    public func removeAll(keepingBytes limit: Int = .max) {
        count = 0
        guard capacity > limit else { return }
        free(memory)
        memory = nil
        capacity = 0
    }

    /// Forgets all bytes but the first `count`.
    public func truncate(to count: Int) {
        precondition((0...self.count).contains(count), "a buffer does not grow by being cut")
        self.count = count
    }

    /// Adds bytes.
    public func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        memcpy(room(for: bytes.count), source, bytes.count)
        count += bytes.count
    }

    /// Adds the text's bytes.
    public func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Adds a whole number in digits.
    public func append(decimal number: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number.magnitude
            var start = digits.count
            repeat {
                start -= 1
                digits[start] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[start...]))
        }
    }

    private func room(for more: Int) -> UnsafeMutableRawPointer {
        if let memory, capacity - count >= more { return memory + count }
        let wanted = max(count + more, capacity * 2, 2048)
        guard let grown = realloc(memory, wanted) else {
            preconditionFailure("out of memory for \(wanted) bytes")
        }
        memory = grown
        capacity = wanted
        return grown + count
    }
}
