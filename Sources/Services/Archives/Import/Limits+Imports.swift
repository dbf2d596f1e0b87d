import Base

extension Limits {
    /// Items that an import writes in one commit.
    static let importChunkItems = 100
    /// How long an import goes on before it notes how far it is, in milliseconds.
    static let importSliceMilliseconds: Int64 = 1000
    /// Items a second that an import writes where the tenant's tier names no rate for copies.
    static let importItemsPerSecondMax = 20_000
    /// How often a chunk is looked at anew because somebody else wrote to its items meanwhile.
    static let importChunkAttemptsMax = 20
    /// Rows that a report names one by one, each by its file and line.
    static let importRowsNamedMax = 20
    /// All files of an upload together, in bytes.
    static let uploadBytesMax = 256 * 1024 * 1024 * 1024
    /// Files of an upload.
    static let uploadFilesMax = 20_000
    /// Days for which an upload stays that no run uses.
    static let uploadDaysMax = 7
    /// Ids that one import maps.
    public static let importMappingsMax = 1000
}
