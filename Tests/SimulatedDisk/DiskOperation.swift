/// Something that a process asks of the disk.
public struct DiskOperation: Sendable, Equatable {
    /// What is asked.
    public enum Kind: Int, Sendable, CaseIterable {
        /// Bytes of a file.
        case read
        /// A file that is not there yet.
        case make
        /// Bytes into a file.
        case write
        /// Another length for a file.
        case truncate
        /// That all of a file is on the disk.
        case sync
        /// A name less.
        case remove
        /// Another name for a file.
        case rename
        /// That all names of a folder are on the disk.
        case syncFolder
    }

    /// What is asked.
    public let kind: Kind
    /// Of which file or folder; empty for a file without a name.
    public let path: String
    /// Which operation of the disk it is, from 1, reads included.
    public let number: Int
}

/// Why the disk does not do what it is asked.
public enum DiskFault: Error, Sendable, Equatable {
    /// There is no room.
    case full
    /// The device fails (EIO).
    case failing
    /// The process has ended.
    case processEnded
    /// There is no such file or folder.
    case absent

    /// The system's error number. Source: errno(3).
    var number: Int32 {
        switch self {
        case .full: 28
        case .failing, .processEnded: 5
        case .absent: 2
        }
    }
}

/// A fault that is to come.
struct PlannedFault {
    var kind: DiskOperation.Kind
    /// So many operations of the kind go well before.
    var after: Int
    /// So many fail then; nil for all from then on.
    var count: Int?
    var fault: DiskFault
    /// What part of a failed sync's writes lies on the disk all the same.
    var seed: UInt64
    var pathEnding: String
}

/// What became of what was not synced.
public struct CrashOutcome: Sendable, Equatable {
    /// Changes of files and names that lie on the disk.
    public internal(set) var kept = 0
    /// Changes of which nothing does.
    public internal(set) var lost = 0
    /// Writes of which some sectors do.
    public internal(set) var torn = 0
}
