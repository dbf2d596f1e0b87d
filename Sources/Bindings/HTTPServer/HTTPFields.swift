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

    /// The buffer that every range is in.
    public private(set) var bytes: [UInt8] = []
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
        if bytes.capacity > limit { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
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
                    let name = UnsafeRawBufferPointer(start: name, count: name == nil ? 0 : nameCount)
                    let value = UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueCount)
                    fields.pointee.append(
                        name: name.assumingMemoryBound(to: UInt8.self),
                        value: value.assumingMemoryBound(to: UInt8.self))
                    return .YES
                }, fields)
        }
    }

    private mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name)
        let valueStart = bytes.count
        bytes.withUnsafeMutableBufferPointer { bytes in
            for index in nameStart..<valueStart where bytes[index] &- 0x41 < 26 { bytes[index] |= 0x20 }
        }
        // The library takes away the white space before the value, not the one behind it (RFC 9110, section 5.5).
        var count = value.count
        while count > 0, value[count - 1] == 0x20 || value[count - 1] == 0x09 { count -= 1 }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: value[..<count]))
        entries.append(Entry(nameStart: nameStart, valueStart: valueStart, end: bytes.count))
    }
}
