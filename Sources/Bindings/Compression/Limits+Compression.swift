import Base

extension Limits {
    /// The largest piece that a decompressor hands out, in bytes.
    public static let decompressedPieceBytes = 128 * 1024
    /// The largest window of a zstd frame that is read, as a power of two: 8 MiB, what every decoder should support.
    /// Source: RFC 8878, section 3.1.1.1.2.
    static let zstdWindowLogMax: Int32 = 23
}
