/// What a tenant costs whoever runs the service: what plans and reports reckon with.
public struct PriceList: Hashable, Sendable {
    /// What is paid for.
    public enum Entry: String, Hashable, Sendable, CaseIterable {
        /// A table of its own, for a month; one that is shared costs each who shares it its part.
        case tableMonth = "perTableMonth"
        /// 1,000,000,000 bytes of items, as DynamoDB counts an item's size, for a month.
        case gigabyteMonth = "perGigabyteMonth"
        /// A million read units.
        case millionReadUnits = "perMillionReadUnits"
        /// A million write units.
        case millionWriteUnits = "perMillionWriteUnits"
    }

    /// Three letters, as in ISO 4217: `USD`.
    public let currency: String
    /// Millionths of the currency's unit, by what is paid for; what is missing costs nothing.
    public let micros: [Entry: Int64]

    /// Prices.
    public init(currency: String, micros: [Entry: Int64]) {
        self.currency = currency
        self.micros = micros
    }

    /// Reads an amount such as `0.25` or `12`, with up to six digits behind the point, as millionths; nil where it is none or more
    /// than `microsMax`.
    public static func micros(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }),
            let whole = Int64(parts[0]), whole <= microsMax / 1_000_000
        else { return nil }
        guard parts.count == 2 else { return whole * 1_000_000 }
        guard parts[1].utf8.count <= 6,
            let rest = Int64(parts[1] + String(repeating: "0", count: 6 - parts[1].utf8.count))
        else { return nil }
        let micros = whole * 1_000_000 + rest
        return micros <= microsMax ? micros : nil
    }

    /// A million of the currency's unit.
    private static let microsMax: Int64 = 1_000_000_000_000

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
