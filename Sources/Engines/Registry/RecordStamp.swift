import Base

/// A place in the order of what was recorded: audit entries and events list by it.
///
/// The order of stamps is the order of the commits, over restarts and with a clock that was set back: stamps are given out in
/// the commit itself.
public struct RecordStamp: Hashable, Comparable, Sendable, Codable {
    /// When; never earlier than an earlier stamp's.
    public let time: Timestamp
    /// Grows by at least one from stamp to stamp of one order.
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

    /// The stamp whose `sortText` this is, or nil.
    init?(sortText: String) {
        let parts = sortText.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 16 && $0.utf8.allSatisfy(Self.isDigit) }),
            let time = Int64(parts[0]), let sequence = Int64(parts[1])
        else { return nil }
        self.init(time: Timestamp(milliseconds: time), sequence: sequence)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// A shorter text that sorts as the stamps do: `a`, then milliseconds in nine and sequence in eight digits of base 32
    /// (`0` to `9`, `a` to `v`). It sorts behind every `sortText`.
    public var shortText: String { Self.shortText(from: time) + Self.digits(sequence, count: 8) }

    /// The first short text of a moment.
    public static func shortText(from time: Timestamp) -> String { "a" + digits(time.milliseconds, count: 9) }

    /// The stamp whose `shortText` this is, or nil.
    public init?(shortText: String) {
        let bytes = Array(shortText.utf8)
        guard bytes.count == 18, bytes[0] == UInt8(ascii: "a"), let time = Self.number(bytes[1..<10]),
            let sequence = Self.number(bytes[10...])
        else { return nil }
        self.init(time: Timestamp(milliseconds: time), sequence: sequence)
    }

    private static let alphabet = Array("0123456789abcdefghijklmnopqrstuv".utf8)

    private static func digits(_ number: Int64, count: Int) -> String {
        let highest: Int64 = (1 << (5 * Int64(count))) - 1
        var rest = min(max(0, number), highest)
        var bytes = [UInt8](repeating: alphabet[0], count: count)
        for place in bytes.indices.reversed() {
            bytes[place] = alphabet[Int(rest & 31)]
            rest >>= 5
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        var number: Int64 = 0
        for byte in bytes {
            guard let digit = alphabet.firstIndex(of: byte) else { return nil }
            number = number << 5 | Int64(digit)
        }
        return number
    }

    /// The first text of a moment: entries from then on sort behind it.
    public static func sortText(from time: Timestamp) -> String { padded(time.milliseconds) }

    private static func padded(_ number: Int64) -> String {
        let digits = String(max(0, number))
        return String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits
    }
}
