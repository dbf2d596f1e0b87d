#if canImport(Glibc)
    import Glibc
#endif

/// Texts as C wants them: a list of pointers that ends in nil.
enum CStrings {
    /// Lends the texts to `body`; afterwards they are gone.
    static func with<Result>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("a list that ends in nil") }
            return body(base)
        }
    }
}
