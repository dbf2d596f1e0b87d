import Glibc

/// A file to which each head is added as a line, synced before it counts as taken. Best on another machine's disk, or where the
/// server's user may add to files and not change them (`chattr +a`).
public struct FileSink: HeadSink {
    private let path: String

    /// A file, made with mode 0600 where there is none.
    public init(path: String) { self.path = path }

    /// `file:` and the path.
    public var name: String { "file:\(path)" }

    /// Adds the line. Where a disk that was full has cut the last one off, it begins behind that one's end.
    public func take(_ head: SealedHead) throws(HeadSinkError) {
        // Without waiting, which a pipe that nobody reads would want.
        let flags = O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        var descriptor = open(path, O_RDWR | flags, 0o600)
        // Who may add to the file need not be one who may read it.
        if descriptor < 0, errno == EACCES || errno == EPERM {
            descriptor = open(path, O_WRONLY | flags, 0o600)
        }
        guard descriptor >= 0 else { throw Self.failure("cannot open `\(path)`") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("cannot look at `\(path)`") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw HeadSinkError("`\(path)` is no file") }
        var last = UInt8(ascii: "\n")
        let isCutOff =
            status.st_size > 0 && pread(descriptor, &last, 1, status.st_size - 1) == 1
            && last != UInt8(ascii: "\n")
        let line = (isCutOff ? [UInt8(ascii: "\n")] : []) + head.line + [UInt8(ascii: "\n")]
        // In one call: with O_APPEND lines of several writers do not mix.
        let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count == line.count else { throw Self.failure("cannot write to `\(path)`") }
        guard fsync(descriptor) == 0 else { throw Self.failure("cannot sync `\(path)`") }
    }

    private static func failure(_ what: String) -> HeadSinkError {
        HeadSinkError("\(what): \(String(cString: strerror(errno)))")
    }
}
