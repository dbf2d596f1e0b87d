import Base

extension Limits {
    /// How many files of one folder of policies are read.
    public static let reviewFilesMax = 10_000
    /// How many bytes the files of one review may have together.
    public static let reviewBytesMax = 64 * 1024 * 1024
}
