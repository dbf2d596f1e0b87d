#if canImport(Glibc)
    import Glibc
#endif

/// A file that is read piece by piece.
struct LineFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Opens the file.
    /// - Throws: `CommandFailure` where it cannot be read.
    init(_ path: String) throws(CommandFailure) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        guard descriptor >= 0 else {
            throw .failed("cannot read `\(path)`: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// The next bytes, or nil at the end.
    func read(_ count: Int) throws(CommandFailure) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let found = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, count) }
            if found < 0, errno == EINTR { continue }
            guard found >= 0 else {
                throw .failed("cannot read `\(path)`: \(String(cString: strerror(errno)))")
            }
            return found == 0 ? nil : Array(bytes[..<found])
        }
    }
}
