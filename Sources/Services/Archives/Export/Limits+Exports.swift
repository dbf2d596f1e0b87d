import Base

extension Limits {
    /// Bytes of lines of one part of an export, before it is compressed: a run that is killed goes on behind its last whole part.
    public static let exportPartBytes = 32 * 1024 * 1024
    /// Items and bytes of an image that are read at once.
    static let exportPageItems = 2000
    static let exportPageBytes = 4 * 1024 * 1024
    /// Days for which an export stays on the server.
    public static let exportDaysMax = 30
    /// The longest line of an archive, in bytes: an item of 400 KB whose every character is escaped.
    static let archiveLineBytesMax = 6 * 1024 * 1024
    /// What one file of an archive may decompress to, in bytes.
    static let archiveFileBytesMax = 64 * 1024 * 1024 * 1024
    /// A manifest of an archive, in bytes.
    static let archiveManifestBytesMax = 64 * 1024 * 1024
    /// Files of an archive.
    static let archiveFilesMax = 100_000
    /// Bytes of a file that are read at once.
    static let archiveReadBytes = 256 * 1024
    /// Bytes of a file that one request sends or takes.
    public static let archivePieceBytes = 1024 * 1024
    /// The wait before a tenant that is just being moved is looked for again.
    static let archiveRouteDelayMilliseconds = 200
}
