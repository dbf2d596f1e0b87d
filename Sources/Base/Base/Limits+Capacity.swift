extension Limits {
    /// Bytes of the data folder's disk that stay free whatever is begun: writes of those who are there go before newcomers.
    public static let freeBytesMin = 1 << 30
    /// Of a disk that is smaller than twenty times that, one part in so many stays free.
    public static let freeShareMin = 20
    /// What a store of its own is taken to need on the disk at first: its file with empty tables, its log and its indexes.
    public static let newStoreBytes = 4 << 20
    /// Files that are left for connections and stores that are there.
    public static let freeFilesMin = 128
    /// Files that a store of its own has open at most: its database and its log, for the writer, readers and who copies the log.
    public static let openFilesPerStore = 14
}
