import Tenancy

/// What a tenant has used in a period, as far as it costs something.
public struct BilledUsage: Hashable, Sendable {
    /// Tables that it has, each by the part that it bears: 1 for its own, 1/n where n tenants share it.
    public var tableShares: Double
    /// Bytes of items, on average.
    public var bytes: Double
    /// Read units.
    public var readUnits: Double
    /// Write units.
    public var writeUnits: Double

    /// Usage.
    public init(tableShares: Double = 0, bytes: Double = 0, readUnits: Double = 0, writeUnits: Double = 0) {
        self.tableShares = tableShares
        self.bytes = bytes
        self.readUnits = readUnits
        self.writeUnits = writeUnits
    }
}

/// What usage costs by a price list. Each line is rounded to a millionth; the total is the sum of the lines, so that what is shown adds up.
public struct CostEstimate: Hashable, Sendable {
    /// The prices' currency.
    public let currency: String
    /// Millionths of the currency's unit, by what is paid for.
    public let micros: [PriceList.Entry: Int64]

    /// The cost of `usage` in a part of a month.
    /// - Parameter months: how much of a month it is, at least 0; 1 for a whole one.
    public init(_ usage: BilledUsage, by prices: PriceList, months: Double) {
        currency = prices.currency
        let amounts: [PriceList.Entry: Double] = [
            .tableMonth: usage.tableShares * months,
            .gigabyteMonth: usage.bytes / 1e9 * months,
            .millionReadUnits: usage.readUnits / 1e6,
            .millionWriteUnits: usage.writeUnits / 1e6,
        ]
        micros = prices.micros.reduce(into: [:]) { lines, price in
            let line = (amounts[price.key] ?? 0) * Double(price.value)
            lines[price.key] = line < 9e18 ? Int64(line.rounded()) : .max
        }
    }

    init(currency: String, micros: [PriceList.Entry: Int64]) {
        self.currency = currency
        self.micros = micros
    }

    /// Millionths of the currency's unit in all.
    public var total: Int64 { micros.values.reduce(0) { $0.addingWithoutOverflow($1) } }

    /// The two together, of one price list.
    public static func + (left: CostEstimate, right: CostEstimate) -> CostEstimate {
        CostEstimate(
            currency: left.currency,
            micros: left.micros.merging(right.micros) { $0.addingWithoutOverflow($1) })
    }
}

extension Int64 {
    /// The sum, or the largest number there is.
    fileprivate func addingWithoutOverflow(_ other: Int64) -> Int64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}

/// Money for people: `12.34 USD`, to a hundredth; below one hundredth to a millionth.
public func moneyText(micros: Int64, currency: String) -> String {
    let sign = micros < 0 ? "-" : ""
    let magnitude = micros.magnitude
    if magnitude > 0, magnitude < 10_000 {
        let digits = String(magnitude)
        return "\(sign)0.\(String(repeating: "0", count: 6 - digits.count))\(digits) \(currency)"
    }
    let hundredths = (magnitude + 5000) / 10_000
    let rest = hundredths % 100
    return "\(sign)\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) \(currency)"
}
