import Base

/// Reads single items of one table without waiting and without copies on the way: the shorter way of `TableEngine.get`.
public protocol PointReader: AnyObject, Sendable {
    /// Whether it still reads the table that it was made for.
    var isCurrent: Bool { get }

    /// Appends the image of the item with this encoded key to `buffer`.
    func read(
        partition: UnsafeRawBufferPointer, sort: UnsafeRawBufferPointer, into buffer: ByteBuffer
    ) -> PointReadOutcome
}

/// What a `PointReader` found.
public enum PointReadOutcome: Sendable, Equatable {
    /// The item, whose size by DynamoDB's rule is this many bytes.
    case found(sizeBytes: Int)
    /// No such item; nothing was appended.
    case absent
    /// It cannot answer: ask `TableEngine.get`, which does or says why not. What was appended means nothing.
    case unknown
}
