import Base

/// A place in the order of what was recorded: audit entries and events list by it.
///
/// A stamp given out after a commit was acknowledged is behind the stamps of that commit, also over a restart
/// and with a clock that was set back.
public struct RecordStamp: Hashable, Comparable, Sendable, Codable {
    /// When; never earlier than an earlier stamp's.
    public let time: Timestamp
    /// Grows by at least one from stamp to stamp.
    public let sequence: Int64

    /// A stamp.
    public init(time: Timestamp, sequence: Int64) {
        self.time = time
        self.sequence = sequence
    }

    /// The order of the stamps.
    public static func < (left: RecordStamp, right: RecordStamp) -> Bool { left.sequence < right.sequence }

    /// Text that sorts as the stamps do: milliseconds and sequence, each of sixteen digits.
    public var sortText: String {
        Self.padded(time.milliseconds) + "-" + Self.padded(sequence)
    }

    /// The first text of a moment: entries from then on sort behind it.
    public static func sortText(from time: Timestamp) -> String { padded(time.milliseconds) }

    private static func padded(_ number: Int64) -> String {
        let digits = String(max(0, number))
        return String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits
    }
}
