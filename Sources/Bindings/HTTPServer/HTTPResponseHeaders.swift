import CMicroHTTPD

/// The header fields of a response that is being made. `Content-Length` and `Date` are the server's own business.
public struct HTTPResponseHeaders: ~Copyable {
    private let response: OpaquePointer
    private(set) var isValid = true

    init(_ response: OpaquePointer) { self.response = response }

    /// Adds a field. A name or value that HTTP does not allow (a line break) turns the response into an empty 500.
    public mutating func add(_ name: StaticString, _ value: String) {
        let isAdded = name.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) { name in
                !value.utf8.contains(0)
                    && value.withCString { homeroom_http_add_header(response, name.baseAddress, $0) == 1 }
            }
        }
        isValid = isValid && isAdded
    }

    /// Adds a field whose value is known when the program is built; without any conversion.
    public mutating func add(_ name: StaticString, _ value: StaticString) {
        let isAdded = name.withUTF8Buffer { name in
            value.withUTF8Buffer { value in
                name.withMemoryRebound(to: CChar.self) { name in
                    value.withMemoryRebound(to: CChar.self) { value in
                        homeroom_http_add_header(response, name.baseAddress, value.baseAddress) == 1
                    }
                }
            }
        }
        isValid = isValid && isAdded
    }
}
