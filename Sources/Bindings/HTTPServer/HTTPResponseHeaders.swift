import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#endif

/// The header fields of a response that is being made. `Content-Length` and `Date` are the server's own business.
public struct HTTPResponseHeaders: ~Copyable {
    private let response: OpaquePointer
    private(set) var isValid = true

    init(_ response: OpaquePointer) { self.response = response }

    /// Adds a field. A name or value that HTTP does not allow (a line break) turns the response into an empty 500.
    public mutating func add(_ name: StaticString, _ value: String) {
        let isAdded = name.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) { name in
                value.withCString { text in
                    // A zero byte would cut the value short without the library's noticing.
                    strlen(text) == value.utf8.count
                        && homeroom_http_add_header(response, name.baseAddress, text) == 1
                }
            }
        }
        isValid = isValid && isAdded
    }

    /// Adds a field whose value `write` puts into a buffer of at most `capacity` bytes; it answers how many it wrote. Allocates
    /// nothing of its own.
    public mutating func add(
        _ name: StaticString, capacity: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int
    ) {
        let isAdded = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity + 1) { buffer in
            let count = write(UnsafeMutableBufferPointer(rebasing: buffer[..<capacity]))
            precondition(
                (0...capacity).contains(count), "a value of \(count) bytes in a buffer of \(capacity)")
            buffer[count] = 0
            return buffer.withMemoryRebound(to: CChar.self) { text in
                guard let value = text.baseAddress, strlen(value) == count else { return false }
                return name.withUTF8Buffer { name in
                    name.withMemoryRebound(to: CChar.self) { name in
                        homeroom_http_add_header(response, name.baseAddress, value) == 1
                    }
                }
            }
        }
        isValid = isValid && isAdded
    }
}
