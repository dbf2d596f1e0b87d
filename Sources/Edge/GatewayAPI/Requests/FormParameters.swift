import Base

/// Parameters in `application/x-www-form-urlencoded` (WHATWG URL standard, section 5.1).
struct FormParameters {
    private var values: [String: String] = [:]

    /// Nil where the text is no such form, has a name twice or more parameters than any call has.
    init?(parsing bytes: some Collection<UInt8>) {
        for (count, pair) in bytes.split(separator: UInt8(ascii: "&")).enumerated() {
            guard count < Limits.formParametersMax else { return nil }
            let parts = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]),
                let value = Self.decode(parts.count > 1 ? parts[1] : parts[0].prefix(0)),
                values.updateValue(value, forKey: name) == nil
            else { return nil }
        }
    }

    /// The parameter of that name, or nil.
    subscript(name: String) -> String? { values[name] }

    /// How many parameters there are whose names begin so.
    func count(prefix: String) -> Int { values.keys.count { $0.hasPrefix(prefix) } }

    private static func decode(_ bytes: some Collection<UInt8>) -> String? {
        var text: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): text.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit)
                else {
                    return nil
                }
                text.append(high << 4 | low)
            default: text.append(byte)
            }
        }
        return String(validating: text, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

extension Limits {
    /// Parameters of one call in the query protocol.
    static let formParametersMax = 256
}
