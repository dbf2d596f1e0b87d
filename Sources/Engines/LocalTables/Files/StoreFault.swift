import SQLite
import Tables

#if canImport(Glibc)
    import Glibc
#endif

/// Why a store's file cannot be used, as far as it matters to what is done about it.
enum StoreFault: Equatable, Sendable {
    /// The disk, or the quota on it, is full.
    case diskFull
    /// The file is as large as the process may make one.
    case fileTooLarge
    /// The file may be read only.
    case readOnly
    /// What is in the file cannot be.
    case damaged
    /// The process has as many files open as it may.
    case filesExhausted
    /// The file cannot be opened, or the disk fails.
    case unreachable
    /// The process has no memory left.
    case memoryExhausted
    /// What was copied from the log into the file may not be on the disk.
    case unsynced

    /// What a failed call says about the file; nil where it says nothing.
    /// Source: sqlite.org/rescode.html; errno(3).
    init?(_ error: SQLiteError) {
        switch error.systemError {
        case ENOSPC, EDQUOT: self = .diskFull
        case EFBIG: self = .fileTooLarge
        case EROFS, EPERM, EACCES: self = .readOnly
        case EMFILE, ENFILE: self = .filesExhausted
        default:
            switch error.code & 0xFF {
            case 13: self = .diskFull
            case 8: self = .readOnly
            case 11, 26: self = .damaged
            case 10, 14: self = error.code == 10 | 33 << 8 ? .damaged : .unreachable
            case 7: self = .memoryExhausted
            default: return nil
            }
        }
    }

    /// What happened and what to do, for the log.
    func remedy(id: String, path: String) -> String {
        switch self {
        case .diskFull:
            "\(TableError.noSpacePhrase) for its file; free space on the disk of `\(path)`: the store goes on by itself"
        case .fileTooLarge:
            "its file `\(path)` has reached the size that the process may give a file; raise that limit (`ulimit -f`)"
        case .readOnly:
            "\(TableError.readOnlyPhrase); let the server write `\(path)` and the folder it is in: the store goes on by itself"
        case .damaged:
            "its file `\(path)` is damaged, and nothing is written to it any more; stop the server, let `homeroom store "
                + "check --store \(id)` name the damage, and put a backup in the file's place"
        case .filesExhausted:
            "the process has as many files open as it may; raise that limit (`ulimit -n`): the store goes on by itself"
        case .unreachable:
            "its file `\(path)` could not be opened, read or written; look at the disk and the system's own log: the store "
                + "tries again at each request"
        case .memoryExhausted: "the process has no memory left; give it more: the store goes on by itself"
        case .unsynced:
            "the disk of its file `\(path)` did not confirm what was written to it; all of that is in its log as well, which is kept "
                + "and grows until then: look at the disk, and start the server again"
        }
    }
}
