import Base
import Gateway

/// A GetItem request in its usual form, read where it lies in the body:
/// `{"TableName": "…", "Key": {"…": {"S": "…"}, …}, "ConsistentRead": …}`, members in any order, texts of ASCII without escapes.
///
/// Nil for any other text, also for one that is wrong: `WireRequest` reads it then and says so.
struct PointRequest {
    let table: UnsafeRawBufferPointer
    let key: PointKey
    let isConsistent: Bool

    init?(_ body: UnsafeRawBufferPointer) {
        var scanner = Scanner(body)
        var table: UnsafeRawBufferPointer?
        var key: PointKey?
        var isConsistent: Bool?
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        repeat {
            guard let name = scanner.text(), scanner.take(UInt8(ascii: ":")) else { return nil }
            if name.isSame(as: "TableName"), table == nil {
                table = scanner.text()
                guard table != nil else { return nil }
            } else if name.isSame(as: "Key"), key == nil {
                key = scanner.key()
                guard key != nil else { return nil }
            } else if name.isSame(as: "ConsistentRead"), isConsistent == nil {
                isConsistent = scanner.flag()
                guard isConsistent != nil else { return nil }
            } else {
                return nil
            }
        } while scanner.take(UInt8(ascii: ","))
        guard scanner.take(UInt8(ascii: "}")), scanner.isAtEnd, let table, let key else { return nil }
        self.table = table
        self.key = key
        self.isConsistent = isConsistent ?? false
    }

    /// Goes through the text once; each step passes over white space before it.
    private struct Scanner {
        private let bytes: UnsafeRawBufferPointer
        private var offset = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return offset == bytes.count
            }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard offset < bytes.count, bytes[offset] == byte else { return false }
            offset += 1
            return true
        }

        /// A string's bytes; nil where it is not there, or holds an escape, a control character or more than ASCII.
        mutating func text() -> UnsafeRawBufferPointer? {
            guard take(UInt8(ascii: "\"")) else { return nil }
            let start = offset
            var highBits: UInt64 = 0
            let end = JSONPlainRun.end(of: bytes, from: start, highBits: &highBits)
            guard highBits == 0, end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
            offset = end + 1
            return bytes.part(from: start, to: end)
        }

        mutating func flag() -> Bool? {
            if word("true") { return true }
            return word("false") ? false : nil
        }

        mutating func key() -> PointKey? {
            guard take(UInt8(ascii: "{")), let first = attribute() else { return nil }
            guard take(UInt8(ascii: ",")) else { return take(UInt8(ascii: "}")) ? PointKey(first, nil) : nil }
            guard let second = attribute(), take(UInt8(ascii: "}")) else { return nil }
            return PointKey(first, second)
        }

        private mutating func attribute() -> PointKey.Attribute? {
            guard let name = text(), take(UInt8(ascii: ":")), take(UInt8(ascii: "{")),
                let type = text(), type.isSame(as: "S"), take(UInt8(ascii: ":")), let value = text(),
                take(UInt8(ascii: "}"))
            else { return nil }
            return PointKey.Attribute(name: name, value: value)
        }

        private mutating func word(_ word: StaticString) -> Bool {
            skipSpace()
            let end = offset + word.utf8CodeUnitCount
            guard end <= bytes.count, bytes.part(from: offset, to: end).isSame(as: word) else { return false }
            offset = end
            return true
        }

        private mutating func skipSpace() {
            while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
        }
    }
}
