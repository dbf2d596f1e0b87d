/// Why an archive could not be written or read.
public enum ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk is full, or the quota is used up.
    case diskFull(path: String)
    /// The system refused a call on a file.
    case system(path: String, reason: String)
    /// There is no such file in the archive.
    case missing(file: String)
    /// A file is not what the manifest says, or not what the format asks for.
    case damaged(file: String, line: Int?, reason: String)
    /// It is whole, but cannot be taken.
    case unsupported(file: String, reason: String)
    /// It goes beyond a limit.
    case tooLarge(file: String, limit: String)

    /// One sentence without item contents.
    public var description: String {
        switch self {
        case .diskFull(let path): "the disk is full at `\(path)`; make room, then let the run go on"
        case .system(let path, let reason): "`\(path)`: \(reason)"
        case .missing(let file): "`\(file)` is missing; the archive is not complete"
        case .damaged(let file, let line?, let reason): "`\(file)`, line \(line): \(reason)"
        case .damaged(let file, nil, let reason): "`\(file)`: \(reason)"
        case .unsupported(let file, let reason): "`\(file)`: \(reason)"
        case .tooLarge(let file, let limit): "`\(file)` has more than \(limit)"
        }
    }
}
