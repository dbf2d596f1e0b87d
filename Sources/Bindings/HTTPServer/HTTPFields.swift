import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#endif

/// A request's header fields in the order they came, duplicates kept: names in lower case, values as sent.
///
/// All of it lies in one buffer; a field is a pair of ranges in it. Looking a field up allocates nothing.
public struct HTTPFields: Sendable {
    private struct Entry {
        var nameStart: Int
        var valueStart: Int
        var end: Int
    }

    /// The buffer that every range is in; the first `byteCount` of its bytes count.
    public private(set) var bytes: [UInt8] = []
    /// How many bytes names and values have together.
    public private(set) var byteCount = 0
    private var entries: [Entry] = []

    init() {}

    /// How many fields there are.
    public var count: Int { entries.count }

    /// Where the name of the field at `index` is in `bytes`; in lower case.
    public func name(at index: Int) -> Range<Int> { entries[index].nameStart..<entries[index].valueStart }

    /// Where the value of the field at `index` is in `bytes`; without white space around it.
    public func value(at index: Int) -> Range<Int> { entries[index].valueStart..<entries[index].end }

    /// Whether the field at `index` is called `name`, given in lower case.
    public func isNamed(_ name: StaticString, at index: Int) -> Bool {
        let range = self.name(at: index)
        guard range.count == name.utf8CodeUnitCount else { return false }
        return bytes.withUnsafeBufferPointer {
            memcmp($0.baseAddress! + range.lowerBound, name.utf8Start, range.count) == 0
        }
    }

    /// The index of the first field called `name`, given in lower case; from `start` on.
    public func firstIndex(of name: StaticString, from start: Int = 0) -> Int? {
        (start..<count).first { isNamed(name, at: $0) }
    }

    /// Where the value of the first field called `name`, given in lower case, is in `bytes`.
    public func range(of name: StaticString) -> Range<Int>? { firstIndex(of: name).map { value(at: $0) } }

    /// The value of the first field called `name`, given in lower case.
    public func value(of name: StaticString) -> ArraySlice<UInt8>? { range(of: name).map { bytes[$0] } }

    /// The same as text (allocates where it is long). Bytes that are no UTF-8 become U+FFFD.
    public func text(of name: StaticString) -> String? {
        value(of: name).map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func removeAll(keepingBytes limit: Int) {
        if bytes.count > limit { bytes = [] }
        byteCount = 0
        entries.removeAll(keepingCapacity: true)
    }

    /// Adds all fields of the connection's request. The library's visitor gets this value itself, not the exchange: that
    /// saves a retain and an access check for each field.
    mutating func take(from connection: OpaquePointer) {
        withUnsafeMutablePointer(to: &self) { fields in
            homeroom_http_each_header(
                connection,
                { context, _, name, nameCount, value, valueCount in
                    guard let fields = context?.assumingMemoryBound(to: HTTPFields.self) else { return .NO }
                    fields.pointee.append(
                        name: UnsafeRawBufferPointer(start: name, count: name == nil ? 0 : nameCount),
                        value: UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueCount))
                    return .YES
                }, fields)
        }
    }

    private mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        // The library takes away the white space before the value, not the one behind it (RFC 9110, section 5.5).
        var count = value.count
        while count > 0, value[count - 1] == 0x20 || value[count - 1] == 0x09 { count -= 1 }
        let entry = Entry(
            nameStart: byteCount, valueStart: byteCount + name.count, end: byteCount + name.count + count)
        if entry.end > bytes.count { grow(to: entry.end) }
        bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            HTTPFields.copyLowerCase(name, to: start + entry.nameStart)
            if let value = value.baseAddress { memcpy(start + entry.valueStart, value, count) }
        }
        entries.append(entry)
        byteCount = entry.end
    }

    private mutating func grow(to count: Int) {
        let wanted = max(count, bytes.count * 2, 2048)
        bytes.append(contentsOf: repeatElement(0, count: wanted - bytes.count))
    }

    /// Eight bytes at a time, letters of ASCII in lower case.
    private static func copyLowerCase(_ name: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) {
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = 0
        while index + 8 <= name.count {
            let word = name.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let low = word & ~highs
            // The high bit of each byte from `A` on, and of each one beyond `Z`.
            let isLetter = (low &+ 0x3F3F_3F3F_3F3F_3F3F) & ~(low &+ 0x2525_2525_2525_2525) & ~word & highs
            target.storeBytes(of: word | isLetter >> 2, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < name.count {
            let byte = name[index]
            target.storeBytes(of: byte &- 0x41 < 26 ? byte | 0x20 : byte, toByteOffset: index, as: UInt8.self)
            index += 1
        }
    }
}
