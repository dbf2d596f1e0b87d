#if canImport(Glibc)
    import Glibc
#endif

/// A request's method. Methods are case-sensitive (RFC 9110, section 9.1).
public enum HTTPMethod: String, Sendable, CaseIterable {
    /// Read.
    case get = "GET"
    /// Read, without the body.
    case head = "HEAD"
    /// Submit.
    case post = "POST"
    /// Replace.
    case put = "PUT"
    /// Change in part.
    case patch = "PATCH"
    /// Remove.
    case delete = "DELETE"
    /// Ask what is allowed.
    case options = "OPTIONS"
    /// Any method that is none of these.
    case other = ""

    init(_ text: UnsafePointer<CChar>) {
        func matches(_ name: StaticString) -> Bool {
            strcmp(text, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)) == 0
        }
        self =
            if matches("POST") {
                .post
            } else if matches("GET") {
                .get
            } else if matches("PUT") {
                .put
            } else if matches("DELETE") {
                .delete
            } else if matches("HEAD") {
                .head
            } else if matches("PATCH") {
                .patch
            } else if matches("OPTIONS") {
                .options
            } else {
                .other
            }
    }
}
