import Glibc

/// A file to which each head is added as a line, synced before it counts as taken. Best on another machine's disk, or where the
/// server's user may add to files and not change them (`chattr +a`).
public struct FileSink: HeadSink {
    private let path: String

    /// A file, made with mode 0600 where there is none.
    public init(path: String) { self.path = path }

    /// `file:` and the path.
    public var name: String { "file:\(path)" }

    /// Adds the line.
    public func take(_ head: SealedHead) throws(HeadSinkError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot open `\(path)`") }
        defer { close(descriptor) }
        let line = head.line + [UInt8(ascii: "\n")]
        // In one call: with O_APPEND lines of several writers do not mix.
        let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count == line.count else { throw Self.failure("cannot write to `\(path)`") }
        guard fsync(descriptor) == 0 else { throw Self.failure("cannot sync `\(path)`") }
    }

    private static func failure(_ what: String) -> HeadSinkError {
        HeadSinkError("\(what): \(String(cString: strerror(errno)))")
    }
}
