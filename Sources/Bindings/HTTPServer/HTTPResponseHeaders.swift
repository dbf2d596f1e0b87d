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
}
